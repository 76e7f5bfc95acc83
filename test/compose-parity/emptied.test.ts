/** Every key with each of its parts emptied: what is compiled of it gives docker no empty word that docker refuses. */
import { expect, it } from 'vitest';
import { loadProject } from '../../src/compose/load.ts';
import { compileProject } from '../../src/units/compile.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import { executedWords } from '../exactness/read-shell.ts';
import { readUnit } from '../exactness/read-unit.ts';
import { emptied } from './emptied.ts';

/** Words before an empty one that docker takes, and why. */
const takesEmpty: Readonly<Record<string, string>> = {
  '--entrypoint': 'clears the entrypoint of the image',
  '--dns-option': 'no options, in place of those of the host',
};

const target = { scope: 'system', systemd: 257, docker: 28, directory: '/etc/systemd/system' } as const;

it('gives docker no empty word', () => {
  const found = emptied().flatMap(({ what, file }) => {
    const loaded = loadProject({
      files: [{ path: '/srv/shop/compose.yaml', text: file }],
      directory: '/srv/shop',
      dotenv: [],
      environment: new Map([['HOME', '/root']]),
      readFile: () => ({ ok: true, text: '' }),
    });
    const set = loaded.value && compileProject(loaded.value, target).value;
    const readFile = (path: string): string =>
      set?.files.find(({ name }) => path === `${target.directory}/${name}`)?.content ?? '';
    return (set?.units ?? []).flatMap((unit) =>
      readUnit(serialiseUnit(unit), { Y: target.directory, U: '0' }, readFile).commands.flatMap(({ argv }) =>
        emptyWordsOf(executedWords(argv)).map((word) => `${what}: ${word} ""`),
      ),
    );
  });
  expect(found).toEqual([]);
});

/** The words before those that are empty, or begin a pair with nothing: `:400`. */
function emptyWordsOf(words: readonly string[]): readonly string[] {
  if (words[0] !== 'docker') return [];
  const image = words.findIndex((word) => /^[xyz]$/.test(word));
  const options = words.slice(0, image < 0 ? words.length : image);
  return options.flatMap((word, at) => {
    const before = options[at - 1] ?? '';
    return (word === '' && !(before in takesEmpty)) || /^:./.test(word) ? [before] : [];
  });
}
