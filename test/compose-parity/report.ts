/** Verdicts → text: a summary first, then every file by name. */
import { accepted, alike } from './accepted.ts';
import type { Verdict } from './compare-corpus.ts';
import type { Difference } from './differences.ts';

type Of<Name extends Verdict['verdict']> = Extract<Verdict, { verdict: Name }>;

/** The number of files of each verdict, and by reason what is not equal. */
export function summarise(verdicts: readonly Verdict[]): string {
  const of = <Name extends Verdict['verdict']>(name: Name): Of<Name>[] =>
    verdicts.filter((verdict): verdict is Of<Name> => verdict.verdict === name);
  const [equal, refused, different] = [of('equal'), of('refused'), of('different')];
  const [unmakeable, notCompose] = [of('cannot-be-made'), of('compose-refuses')];
  const nothing = of('makes-nothing');
  const compared = equal.length + refused.length + different.length;
  return [
    `${verdicts.length} files; ${verdicts.length - notCompose.length} that docker compose config accepts; ${compared} that docker compose create makes`,
    `  equal       ${equal.length}`,
    `  refused     ${refused.length} (by a diagnostic)`,
    `  different   ${different.length}`,
    `no service takes part in ${nothing.length}, for both`,
    `docker compose create fails on ${unmakeable.length}; dockunit's commands do not on ${count(unmakeable, 'oursMakesIt')} of them`,
    `docker compose config refuses ${notCompose.length}; dockunit does not refuse ${count(notCompose, 'oursTakesIt')} of them`,
    '',
    ...table('refused for (files, those refused for nothing else)', tallyRefusals(refused)),
    ...table('different in (files)', tally(different.map((one) => [...new Set(reasonsOf(one))]))),
    ...table('accepted differences (files)', tally(equal.map((one) => one.accepted))),
  ].join('\n');
}

/** What is let pass, and why. */
export function explain(): string {
  const lines = (all: readonly { readonly name: string; readonly reason: string }[]): string[] =>
    all.map(({ name, reason }) => `${name}: ${reason}`);
  return [...table('accepted', lines(accepted)), ...table('read as the same', lines(alike))].join('\n');
}

/** Every file with what was found, by verdict. */
export function detail(verdicts: readonly Verdict[]): string {
  const order = [
    'different',
    'refused',
    'cannot-be-made',
    'compose-refuses',
    'makes-nothing',
    'equal',
  ] as const;
  return order
    .map((name) => {
      const files = verdicts.filter(({ verdict }) => verdict === name);
      return `== ${name}: ${files.length}\n${files.map(describeFile).join('')}`;
    })
    .join('\n');
}

function describeFile(verdict: Verdict): string {
  const lines = linesOf(verdict).map((line) => `    ${line}\n`);
  return `${verdict.file}\n${lines.join('')}`;
}

function linesOf(verdict: Verdict): string[] {
  switch (verdict.verdict) {
    case 'equal':
    case 'makes-nothing':
      return [];
    case 'refused':
      return [
        ...new Set(
          verdict.diagnostics.map(({ code, path, message }) => `${path ?? ''} [${code}] ${message}`),
        ),
      ];
    case 'different':
      return [
        ...(verdict.failure ?? '').split('\n').filter((line) => line !== ''),
        ...verdict.differences.map(describe),
      ];
    case 'cannot-be-made':
      return [
        lastLine(verdict.error),
        `dockunit's commands ${verdict.oursMakesIt ? 'make it' : 'do not make it either'}`,
      ];
    case 'compose-refuses':
      return [lastLine(verdict.error), `dockunit ${verdict.oursTakesIt ? 'takes it' : 'refuses it too'}`];
  }
}

function describe({ of, path, compose, ours }: Difference): string {
  return `${of} ${path.join('.')}: compose ${shown(compose)}, dockunit ${shown(ours)}`;
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

function reasonsOf(verdict: Of<'different'>): string[] {
  if (verdict.failure !== undefined)
    return [`the commands fail: ${lastLine(verdict.failure.replace(/\nin \S+$/, ''))}`];
  return verdict.differences.map(
    ({ of, path }) => `${of.slice(0, of.indexOf('.'))} ${path.slice(0, 2).join('.')}`,
  );
}

/** What a file is refused for: the key, where that is the reason, else the code. */
function refusalsOf({ diagnostics }: Of<'refused'>): string[] {
  return [
    ...new Set(
      diagnostics.map(({ code, path = '' }) => (code.startsWith('key-') ? `${code} ${keyOf(path)}` : code)),
    ),
  ];
}

function keyOf(path: string): string {
  return path.replace(/^(services|networks|volumes|configs|secrets)\.(?:.*\.)?([a-z_]+)(\[\d+\])?$/, '$1 $2');
}

function tallyRefusals(refused: readonly Of<'refused'>[]): string[] {
  const reasons = refused.map(refusalsOf);
  const alone = new Map<string, number>();
  for (const [only, ...more] of reasons) {
    if (only !== undefined && more.length === 0) alone.set(only, (alone.get(only) ?? 0) + 1);
  }
  return countAll(reasons).map(([reason, number]) => `${number} (${alone.get(reason) ?? 0})  ${reason}`);
}

function tally(lists: readonly (readonly string[])[]): string[] {
  return countAll(lists).map(([reason, number]) => `${number}  ${reason}`);
}

function countAll(lists: readonly (readonly string[])[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const reason of lists.flat()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
}

function table(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`), ''];
}

function count<Key extends string>(all: readonly Readonly<Record<Key, boolean>>[], key: Key): number {
  return all.filter((one) => one[key]).length;
}
