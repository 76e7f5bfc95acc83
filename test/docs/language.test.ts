/** CONTRIBUTING.md, Language: what people read has none of the words that its table replaces. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Each word or phrase, and what to write in its place. */
const replacements = {
  told: 'reported, logged',
  anew: 'again',
  nobody: 'no one',
  somebody: 'someone',
  'befall|befalls|befell': 'happens to',
  'of ours': 'of dockunit',
  'for want of': 'for lack of',
  'goes? on|going on': 'continues',
  'as it was|as they were|as before': 'unchanged',
  'as the file says': 'up to date',
  'cut off': 'interrupted',
  'no use': 'cannot be used',
  'under way': 'in progress',
  'once more': 'again',
  'docker engine': 'Docker; the engine is the supervisor’s',
} as const;
const dialect = new RegExp(String.raw`\b(?:${Object.keys(replacements).join('|')})\b`, 'i');

/** Where such a word has to stand: it is a name, or quoted. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'src/host/machine/lock.ts': [`'0 nobody\\n'`],
  'src/units/docker-options.ts': ['Docker Engine release notes'],
  'scripts/participles.mjs': ['timed told torn'],
};

const roots = ['src', 'docs', 'templates', 'bin', 'scripts', 'examples'];
const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];

function filesBelow(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => join(root, path))
    .filter((path) => statSync(path).isFile());
}

/** The lines of a text that have such a word, with their numbers; the table of replacements may quote them. */
function dialectLines(text: string, exceptions: readonly string[] = []): readonly string[] {
  const table = /^\| not \| but \|$/m.exec(text);
  const tableEnd = table === null ? -1 : text.indexOf('\n\n', table.index);
  const readable =
    table === null
      ? text
      : text.slice(0, table.index) +
        text.slice(table.index, tableEnd).replaceAll(/[^\n]/g, '') +
        text.slice(tableEnd);
  return readable
    .split('\n')
    .map((line) => exceptions.reduce((rest, exception) => rest.replace(exception, ''), line))
    .flatMap((line, index) => (dialect.test(line) ? [`${String(index + 1)}: ${line.trim()}`] : []));
}

describe('plain English', () => {
  it.each([...roots, ...pages])('in %s', (root) => {
    const files = statSync(root).isFile() ? [root] : filesBelow(root);
    expect(
      files.flatMap((file) =>
        dialectLines(readFileSync(file, 'utf8'), allowed[file]).map((line) => `${file}:${line}`),
      ),
    ).toEqual([]);
  });

  it('is what the test looks for: it finds a planted word, and no part of another word', () => {
    expect(dialectLines('fine\nThe container is made anew.\nforetold, a manewer')).toEqual([
      '2: The container is made anew.',
    ]);
    expect(dialectLines('| not | but |\n| --- | --- |\n| made anew | recreated |\n\ntold')).toEqual([
      '5: told',
    ]);
  });
});
