import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { expect, it, describe } from 'vitest';
import { listVerbs } from '../../src/cli/reference.ts';
import { documents } from '../../src/docs/documents.ts';
import { serviceKeys } from '../../src/compose/keys.ts';
import { dockunitCommands, shellBlocks, tryCommand } from './command-lines.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('pages made of the tables', () => {
  it.each(Object.entries(documents))('%s is current', (path, make) => {
    expect(read(path), 'run: npm run docs').toBe(make());
  });

  it('the manual names every verb with every option', () => {
    const page = read('docs/dockunit.1').replaceAll('\\-', '-');
    for (const { name, options } of listVerbs()) {
      const [, section = ''] = page.split(new RegExp(`^\\.SS dockunit ${name}\\b.*$`, 'm'));
      const [own = ''] = section.split(/^\.S[SH] /m);
      for (const flag of options.flatMap(({ names }) => names)) expect(own).toContain(`\\fB${flag}\\fR`);
    }
  });

  it('the changelog names every verb', () => {
    const page = read('CHANGELOG.md');
    for (const { name } of listVerbs()) expect(page).toContain(`\`${name}\``);
  });

  it('the reference names every key of a service', () => {
    const page = read('docs/compose.md');
    for (const key of serviceKeys) expect(page).toContain(`\`${key}\``);
  });
});

describe('commands that pages show', () => {
  const pages = [
    ...readdirSync(new URL('../../docs', import.meta.url))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'examples/sqlite/README.md',
    'examples/todo/README.md',
  ];
  const shown = pages.flatMap((page) =>
    shellBlocks(read(page)).flatMap((block) =>
      dockunitCommands(block).map((words) => [page, words] as const),
    ),
  );
  const demo = dockunitCommands(
    [...read('scripts/demo.sh').matchAll(/^ *(?:show '|say " {2}\$\{bold\})(.*?)(?:'|\$\{plain\})/gm)]
      .map(([, line]) => line)
      .join('\n'),
  ).map((words) => ['scripts/demo.sh', words] as const);
  const examples = listVerbs().flatMap(({ spec }) =>
    dockunitCommands(spec.examples.map(([line]) => line).join('\n')).map(
      (words) => ['--help', words] as const,
    ),
  );

  it('are found', () => {
    for (const page of ['README.md', 'examples/sqlite/README.md', 'examples/todo/README.md'])
      expect(shown.map(([from]) => from)).toContain(page);
    expect(demo.length).toBeGreaterThan(5);
    expect(examples.length).toBeGreaterThanOrEqual(listVerbs().length);
  });

  it.each([...shown, ...demo, ...examples].map(([page, words]) => [page, words.join(' '), words] as const))(
    '%s: dockunit %s',
    async (_page, _line, words) => {
      const { verb, complaint } = await tryCommand(words);
      expect(complaint).toBeUndefined();
      expect(verb).toBeDefined();
    },
  );

  it('would be caught if they were wrong', async () => {
    const [words = []] = dockunitCommands('# dockunit generate --outptu /x | tar -x');
    expect(words).toEqual(['generate', '--outptu', '/x']);
    expect((await tryCommand(words)).complaint).toContain('--output');
  });

  it('name every verb in docs/verbs.md', () => {
    const table = read('docs/verbs.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    for (const { name } of listVerbs()) expect(table.some((line) => line.includes(`\`${name}\``))).toBe(true);
  });
});

it('links between pages lead to files', () => {
  const pages = [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    ...readdirSync(new URL('../../docs', import.meta.url))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ];
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
      .map(([, path = '']) => path)
      .filter((path) => !existsSync(new URL(path, new URL(`../../${page}`, import.meta.url))))
      .map((path) => `${page}: ${path}`),
  );
  expect(broken).toEqual([]);
});

it('files that ARCHITECTURE.md and CONTRIBUTING.md name are there', () => {
  const files = ['src', 'test', 'scripts'].flatMap((folder) =>
    readdirSync(new URL(`../../${folder}`, import.meta.url), { recursive: true, encoding: 'utf8' }).map(
      (path) => `/${folder}/${path}`,
    ),
  );
  const absent = ['ARCHITECTURE.md', 'CONTRIBUTING.md'].flatMap((page) =>
    [...read(page).matchAll(/`([\w/-]+\.(?:ts|mjs))`/g)]
      .map(([, path = '']) => path)
      .filter((path) => !path.includes('NAME') && !files.some((file) => file.endsWith(`/${path}`))),
  );
  expect(absent).toEqual([]);
});

it('files that programs of bench and scripts name are there', () => {
  const absent = ['bench', 'scripts'].flatMap((folder) =>
    readdirSync(new URL(`../../${folder}`, import.meta.url)).flatMap((name) =>
      [
        ...read(`${folder}/${name}`).matchAll(
          /\b(?:test|src|bench|scripts|examples)\/[\w/-]+\.(?:ts|mjs|sh|yaml)\b/g,
        ),
      ]
        .map(([path]) => path)
        .filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)))
        .map((path) => `${folder}/${name}: ${path}`),
    ),
  );
  expect(absent).toEqual([]);
});
