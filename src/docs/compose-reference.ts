/**
 * The tables of rules as a page: each key of the Compose Specification and what becomes of it.
 */
import {
  type KeyRule,
  networkKeyRules,
  serviceKeyRules,
  topLevelKeyRules,
  volumeKeyRules,
} from '../units/fields.ts';
import { buildKeyRules, deployKeyRules, fileObjectKeyRules } from '../units/nested-key-rules.ts';

/** Markdown; the same tables give the same bytes. */
export function composeReference(): string {
  const chapters: readonly (readonly [string, Readonly<Record<string, KeyRule>>])[] = [
    ['The file', topLevelKeyRules],
    ['Services', serviceKeyRules],
    ['Build, below a service', buildKeyRules],
    ['Deploy, below a service', deployKeyRules],
    ['Networks', networkKeyRules],
    ['Volumes', volumeKeyRules],
    ['Configs and secrets', fileObjectKeyRules],
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
    ...chapters.flatMap(([title, rules]) => chapter(title, rules)),
  ].join('\n')}\n`;
}

function chapter(title: string, rules: Readonly<Record<string, KeyRule>>): readonly string[] {
  const entries = Object.entries(rules).sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = entries.flatMap(([key, rule]) =>
    rule.kind === 'flags' || rule.kind === 'unit' ? [row([key], rule.what)] : [],
  );
  const withoutEffect = entries.flatMap(([key, rule]) =>
    rule.kind === 'without-effect' ? [row([key], rule.why)] : [],
  );
  const refusals = new Map<string, string[]>();
  for (const [key, rule] of entries) {
    if (rule.kind !== 'refused') continue;
    const text = `It ${rule.why}. ${rule.remedy}.`;
    refusals.set(text, [...(refusals.get(text) ?? []), key]);
  }
  return [
    '',
    `## ${title}`,
    ...table('Key | becomes', rows),
    ...table('Without effect | since it', withoutEffect),
    ...table(
      'Refused | why, and what to do',
      [...refusals].map(([text, keys]) => row(keys, text)),
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
