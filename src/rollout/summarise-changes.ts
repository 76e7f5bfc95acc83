/** Changes of units → a few words for a line of the history. Pure. */
import type { UnitChange } from './compare-units.ts';
import { type Detail, topicOf } from './unit-diff.ts';

/**
 * `web: image nginx:1.24 → nginx:1.25, environment`, `mail added`: one entry for each service, or unit
 * without one, sorted by name.
 */
export function summarise(changes: readonly UnitChange[]): readonly string[] {
  const words = new Map<string, Set<string>>();
  for (const change of changes) {
    const about = change.service ?? change.unit;
    const ownWords = words.get(about) ?? new Set();
    for (const word of wordsOf(change)) ownWords.add(word);
    if (ownWords.size > 0) words.set(about, ownWords);
  }
  return [...words]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([about, ownWords]) =>
      ownWords.size === 1 && (ownWords.has('added') || ownWords.has('removed'))
        ? `${about} ${[...ownWords].join('')}`
        : `${about}: ${[...ownWords].join(', ')}`,
    );
}

function wordsOf(change: UnitChange): readonly string[] {
  switch (change.change) {
    case 'same':
      return [];
    case 'added':
    case 'removed':
      // The units that serve a container come and go with it.
      return change.kind === 'container' || change.service === undefined ? [change.change] : [];
    case 'changed':
      return change.kind === 'container' || change.service === undefined
        ? [...new Set(change.details.map(detailWords))]
        : [];
  }
}

function detailWords(detail: Detail): string {
  const [before, after] = detail.kind === 'setting' ? [detail.removed[0], detail.added[0]] : [];
  return topicOf(detail) === 'image' && before !== undefined && after !== undefined
    ? `image ${shortPin(before)} → ${shortPin(after)}`
    : topicOf(detail);
}

/**
 * With a digest of twelve digits, as docker shows ids: enough for people to distinguish two versions of
 * an image.
 */
export function shortPin(pin: string): string {
  return pin.replace(/\b(sha256:[0-9a-f]{12})[0-9a-f]{52}$/, '$1');
}
