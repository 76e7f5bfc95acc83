/**
 * The tables of fates as a page: each key of the Compose Specification and what becomes of it.
 */
import { type Fate, networkFates, serviceFates, topLevelFates, volumeFates } from '../units/fields.ts';
import { buildFates, deployFates, fileObjectFates } from '../units/nested-fates.ts';

/** Markdown; the same tables give the same bytes. */
export function composeReference(): string {
  const chapters: readonly (readonly [string, Readonly<Record<string, Fate>>])[] = [
    ['The file', topLevelFates],
    ['Services', serviceFates],
    ['Build, below a service', buildFates],
    ['Deploy, below a service', deployFates],
    ['Networks', networkFates],
    ['Volumes', volumeFates],
    ['Configs and secrets', fileObjectFates],
  ];
  return `${[
    '<!-- Made by `npm run docs` of src/units/fields.ts: change that, not this. -->',
    '',
    '# What becomes of each key',
    '',
    'Every key of the Compose Specification stands here. A key is compiled, or without effect on a host (a',
    'warning), or refused (an error): never dropped in silence. Keys that begin with `x-` are yours; dockunit',
    'reads `x-systemd` of them, at the top and in a service, and `x-dockunit` in a service. A key that stands',
    'nowhere here is an error.',
    ...chapters.flatMap(([title, fates]) => chapter(title, fates)),
  ].join('\n')}\n`;
}

function chapter(title: string, fates: Readonly<Record<string, Fate>>): readonly string[] {
  const entries = Object.entries(fates).sort(([a], [b]) => (a < b ? -1 : 1));
  const compiled = entries.flatMap(([key, fate]) =>
    fate.fate === 'flags' || fate.fate === 'unit' ? [row([key], fate.what)] : [],
  );
  const withoutEffect = entries.flatMap(([key, fate]) =>
    fate.fate === 'without-effect' ? [row([key], fate.why)] : [],
  );
  const refused = new Map<string, string[]>();
  for (const [key, fate] of entries) {
    if (fate.fate !== 'refused') continue;
    const text = `It ${fate.why}. ${fate.remedy}.`;
    refused.set(text, [...(refused.get(text) ?? []), key]);
  }
  return [
    '',
    `## ${title}`,
    ...table('Key | becomes', compiled),
    ...table('Without effect | since it', withoutEffect),
    ...table(
      'Refused | why, and what to do',
      [...refused].map(([text, keys]) => row(keys, text)),
    ),
  ];
}

function table(head: string, rows: readonly string[]): readonly string[] {
  return rows.length === 0 ? [] : ['', `| ${head} |`, '| --- | --- |', ...rows];
}

function row(keys: readonly string[], text: string): string {
  const cell = text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
  return `| ${keys.map((key) => `\`${key}\``).join(' ')} | ${cell} |`;
}
