/** Changes, drift and the plan for them, in words. Pure. */
import { groupBy } from '../model/group-by.ts';
import type { UnitChange } from './compare-units.ts';
import type { Drift } from './drift.ts';
import { goneWords } from '../session/gone-resources.ts';
import type { Plan, Reason } from './plan-apply.ts';
import { type Detail, topicOf } from './unit-diff.ts';
import { withoutControls } from '../text/width.ts';
import { isPrivateFile } from '../units/environment.ts';
import type { Style } from '../ui/style.ts';

/** Longer values are shortened, so that each stays on one line. */
const longest = 100;

/** One block for each unit that differs: its name, and each of its differences on a line of its own. */
export function renderChanges(
  changes: readonly UnitChange[],
  drift: readonly Drift[],
  style: Style,
): readonly string[] {
  const driftOf = groupBy(drift, ({ unit }) => unit);
  // A line that moves in the Compose file changes the first line of every unit below it.
  const reworded = changes.filter(
    (change) => change.change === 'changed' && change.details.length === 0 && !driftOf.has(change.unit),
  );
  const summarised = new Set(reworded.length > 1 ? reworded : []);
  const lines = changes.flatMap((change) => {
    const driftLines = (driftOf.get(change.unit) ?? []).map(driftWords);
    if (summarised.has(change) || (change.change === 'same' && driftLines.length === 0)) return [];
    return [
      `${marks[change.change](style)} ${style.unit(change.unit)}${headOf(change)}`,
      ...[...changeLines(change), ...driftLines].map((line) => `    ${line}`),
    ];
  });
  if (summarised.size === 0) return lines;
  return [
    ...lines,
    `${marks.changed(style)} ${String(summarised.size)} units are worded otherwise, to the same effect`,
  ];
}

const marks = {
  added: (style) => style.ok('+'),
  removed: (style) => style.bad('-'),
  changed: (style) => style.busy('~'),
  same: (style) => style.dim('='),
} as const satisfies Record<UnitChange['change'], (style: Style) => string>;

function headOf(change: UnitChange): string {
  switch (change.change) {
    case 'added':
      return ' is new';
    case 'removed':
      return change.orphan ? ' is no longer in the file' : ' is no longer needed';
    case 'changed':
    case 'same':
      return '';
  }
}

function changeLines(change: UnitChange): readonly string[] {
  if (change.change !== 'changed') return [];
  const lines = change.details.flatMap(detailLines);
  return lines.length > 0 ? lines : ['worded otherwise, to the same effect'];
}

/** `image nginx:1.24 → nginx:1.25`, `publish 80:80 added`, `environment: TOKEN changed`. */
function detailLines(detail: Detail): readonly string[] {
  switch (detail.kind) {
    case 'setting':
    case 'directive': {
      const { name, removed, added } = detail;
      if (removed.length === 1 && added.length === 1) {
        return [`${name} ${short(removed[0] ?? '')} → ${short(added[0] ?? '')}`];
      }
      if ([...removed].sort().join('\0') === [...added].sort().join('\0'))
        return [`${name}: in another order`];
      return [
        ...removed.map((value) => `${name} ${short(value)} removed`),
        ...added.map((value) => `${name} ${short(value)} added`),
      ];
    }
    case 'variables': {
      const words = (['changed', 'added', 'removed'] as const).flatMap((what) =>
        detail[what].map((variable) => `${variable} ${what}`),
      );
      const what = isPrivateFile(detail.file) ? 'private values' : 'environment';
      return [`${what}: ${words.length === 0 ? `${detail.file} worded otherwise` : words.join(', ')}`];
    }
    case 'contents':
      return [`${detail.file}: its contents changed`];
  }
}

/** Shows both ends of a long value: the difference is often in the last word. */
function short(value: string): string {
  const plain = withoutControls(value);
  return plain.length <= longest ? plain : `${plain.slice(0, longest / 2)}…${plain.slice(-longest / 2)}`;
}

function driftWords(drift: Drift): string {
  switch (drift.kind) {
    case 'edited':
      return 'edited by hand; apply writes it again (a drop-in would stay: systemctl edit)';
    case 'configuration':
      return `container ${drift.container} was made of another version of this unit`;
    case 'file':
      return `container ${drift.container} was started before ${drift.file} was written`;
    case 'image':
      return `container ${drift.container} runs another image than ${drift.image} is now`;
    case 'network':
      return `network ${drift.network} was made of another version of this unit`;
    case 'gone':
      return `${goneWords(drift)}; apply creates it again${drift.heldData ? ', empty' : ''}`;
  }
}

/** The steps of the plan, one line each, in their order; [] where there is nothing to do. */
export function renderPlan(plan: Plan, style: Style): readonly string[] {
  const list = (units: readonly string[]): string => units.map((unit) => style.unit(unit)).join(', ');
  const step = (what: string, units: readonly string[]): string[] =>
    units.length === 0 ? [] : [`${what} ${list(units)}`];
  return [
    ...step('stops', plan.stop),
    ...step('disables', plan.disable),
    ...(plan.write.length === 0 ? [] : [`writes ${files(plan.write.length)}`]),
    ...(plan.remove.length === 0 ? [] : [`removes ${plan.remove.join(', ')}`]),
    ...step('enables', [...plan.enable, ...plan.reenable]),
    ...plan.restart.map(
      ({ unit, because, follows }) =>
        `restarts ${list([unit])} (${reasonWords(because)})` +
        (follows.length === 0 ? '' : `; with it ${list(follows)}`),
    ),
    ...step('starts', plan.start),
    ...step('removes the network of', plan.networks),
  ];
}

function files(count: number): string {
  return `${String(count)} ${count === 1 ? 'file' : 'files'}`;
}

/** In a few words; the differences themselves are printed above. */
function reasonWords(reasons: readonly Reason[]): string {
  const words = reasons.flatMap((reason) =>
    reason.kind === 'changed' ? reason.details.map(topicOf) : [driftTopics[reason.drift.kind]],
  );
  return [...new Set(words)].join(', ');
}

const driftTopics = {
  edited: 'edited by hand',
  configuration: 'made of an older unit',
  file: 'started before its files were written',
  image: 'another image',
  network: 'made of an older unit',
  gone: 'what it made is gone',
} as const satisfies Record<Drift['kind'], string>;

/**
 * What the plan leaves unchanged, and why.
 * @param other the Compose file that the project is taken over from
 */
export function renderRemarks(plan: Plan, user: string, other?: string): readonly string[] {
  const why =
    other === undefined
      ? 'left from an earlier version of the file; --prune removes it'
      : `of ${other}, and stays`;
  return [
    ...plan.orphans.map((unit) => `note: ${unit} is ${why}`),
    ...plan.stays.map(
      (unit) => `note: ${unit} is stopped, and stays so; start it: dockunit start${user} ${unit}`,
    ),
    ...plan.kept.map((unit) => `note: the volume of ${unit} keeps its data and options as they are`),
  ];
}
