/** Small files that ask for much: each is refused with one error for its budget, and nothing else is done for it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileLoaded } from '../../src/session/compile-project.ts';
import { type Diagnostic, mostDiagnostics } from '../../src/model/diagnostic.ts';
import { type BudgetKind, budgets, sizeOfData } from '../../src/compose/budget.ts';
import { readTemplates } from '../../src/units/templates.ts';
import { loadText } from './load-text.ts';

interface Case {
  readonly what: string;
  readonly files: Readonly<Record<string, string>>;
  readonly dotenv?: string;
  /** Other errors that come with it. */
  readonly others?: readonly string[];
}

const each = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join('');
const web = (lines: string): string => `services:\n  web:\n    image: a\n${lines}`;
const compose = (text: string): Case['files'] => ({ 'compose.yaml': text });
const chain = (count: number, text: (index: number) => string): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      index === 0 ? 'compose.yaml' : `f${String(index)}.yaml`,
      text(index),
    ]),
  );

const cases: Readonly<Record<BudgetKind, readonly Case[]>> = {
  values: [
    {
      what: 'a service of many labels that many others extend',
      files: compose(
        `services:\n  base:\n    image: a\n    labels:\n${each(1000, (index) => `      - l${String(index)}\n`)}${each(1000, (index) => `  s${String(index)}: { extends: base }\n`)}`,
      ),
    },
    {
      what: 'a service of many labels, a thousand times',
      files: compose(
        web(
          `    deploy: { replicas: 1000 }\n    labels:\n${each(1000, (index) => `      - l${String(index)}\n`)}`,
        ),
      ),
    },
    {
      what: 'many containers that depend on as many',
      files: compose(
        `services:\n${each(5, (index) => `  s${String(index)}: { image: a, deploy: { replicas: 1000 }, depends_on: [${each(index, (other) => `s${String(other)},`)}] }\n`)}`,
      ),
    },
    {
      what: 'many directives for many services',
      files: compose(
        `x-systemd:\n  Service:\n    Environment:\n${each(1000, () => '      - A=b\n')}services:\n${each(1000, (index) => `  s${String(index)}: { image: a }\n`)}`,
      ),
    },
  ],
  copies: [
    {
      what: 'services that are merged once for each file that lies over them',
      files: {
        ...compose(`services:\n${each(10_000, (index) => `  s${String(index)}: { image: a }\n`)}`),
        ...Object.fromEntries(
          Array.from({ length: 250 }, (_, index) => [
            `compose${String(index)}.yaml`,
            'services: { s1: { image: b } }',
          ]),
        ),
      },
    },
  ],
  characters: [
    {
      what: 'aliases of a long text',
      files: compose(
        `x-a: &a ${'b'.repeat(60_000)}\n${web(`    command: [${each(10_000, () => '*a, ')}]\n`)}`,
      ),
    },
    {
      what: 'variables of variables',
      files: compose(web('    command: $V40\n')),
      dotenv: `V0=aa\n${each(40, (index) => `V${String(index + 1)}=$V${String(index)}$V${String(index)}\n`)}`,
    },
    {
      what: 'a long variable many times',
      files: compose(web(`    command: "${'$V'.repeat(10_000)}"\n`)),
      dotenv: `V=${'a'.repeat(60_000)}\n`,
    },
    {
      what: 'a long content for many containers',
      files: compose(
        `${web('    configs: [a]\n    deploy: { replicas: 1000 }\n')}configs: { a: { content: ${'b'.repeat(100_000)} } }\n`,
      ),
    },
    {
      what: 'a long file of variables for many services',
      files: {
        ...compose(
          `services:\n${each(1000, (index) => `  s${String(index)}: { image: a, env_file: a.env }\n`)}`,
        ),
        'a.env': `A=${'b'.repeat(100_000)}\n`,
      },
    },
  ],
  inclusions: [
    {
      what: 'files that include the next one twice, each time with other variables',
      files: {
        ...chain(14, (index) =>
          index === 13
            ? web('')
            : `include:\n${each(2, (turn) => `- { path: f${String(index + 1)}.yaml, env_file: v${String(index)}${String(turn)}.env }\n`)}`,
        ),
        ...Object.fromEntries(
          Array.from({ length: 14 }, (_, index) =>
            [0, 1].map((turn) => [
              `v${String(index)}${String(turn)}.env`,
              `V${String(index)}=${String(turn)}\n`,
            ]),
          ).flat(),
        ),
      },
    },
  ],
  containers: [
    {
      what: 'replicas',
      files: compose(
        `services:\n${each(11, (index) => `  s${String(index)}: { image: a, deploy: { replicas: 1000 } }\n`)}`,
      ),
    },
    {
      what: 'services',
      files: compose(`services:\n${each(10_001, (index) => `  s${String(index)}: { image: a }\n`)}`),
    },
  ],
  ports: [
    {
      what: 'ranges',
      files: compose(
        web(`    ports:\n${each(20, (index) => `    - "127.0.0.${String(index + 1)}:1-65535:1-65535"\n`)}`),
      ),
    },
  ],
  levels: [
    {
      what: 'services that extend one another',
      files: compose(
        `services:\n  s10000: { image: a }\n${each(10_000, (index) => `  s${String(index)}: { extends: s${String(index + 1)} }\n`)}`,
      ),
    },
    {
      what: 'files that include one another',
      files: chain(200, (index) => (index === 199 ? web('') : `include: [f${String(index + 1)}.yaml]\n`)),
    },
  ],
};

function diagnose({ files, dotenv }: Pick<Case, 'files' | 'dotenv'>): readonly Diagnostic[] {
  const given = Object.fromEntries(Object.entries(files).filter(([name]) => name.startsWith('compose')));
  const loaded = loadText(given, { others: files, ...(dotenv !== undefined && { dotenv }) });
  const target = { scope: 'system', systemd: 257, docker: 26, directory: '/etc/systemd/system' } as const;
  const source = { files: [], directory: '/srv/shop', dotenv: [] };
  return compileLoaded({ source, outcome: loaded }, target, readTemplates()).diagnostics;
}

describe.each(Object.keys(cases) as BudgetKind[])('the budget of %s', (kind) => {
  it.each(cases[kind])('refuses $what', (each) => {
    const errors = diagnose(each).filter(({ severity }) => severity === 'error');
    const tooLarge = errors.filter(({ code }) => code === 'project-too-large');
    expect(tooLarge.map(({ message }) => message)).toEqual([expect.stringContaining(budgets[kind].what)]);
    expect(tooLarge[0]?.remedy).toBe(budgets[kind].remedy);
  });
});

it('files that include the next one twice are read once each', () => {
  const files = chain(31, (index) =>
    index === 30 ? web('') : `include: [f${String(index + 1)}.yaml, f${String(index + 1)}.yaml]\n`,
  );
  expect(diagnose({ files })).toEqual([]);
});

it.each([
  ['unknown keys', web(each(40_000, (index) => `    key${String(index)}: a\n`))],
  ['undefined dependencies', web(`    depends_on:\n${each(40_000, (index) => `    - s${String(index)}\n`)}`)],
])('of 40,000 %s dockunit shows the first, and the number of others', (_, text) => {
  const diagnostics = diagnose({ files: compose(text) });
  expect(diagnostics).toHaveLength(mostDiagnostics + 1);
  expect(diagnostics.at(-1)).toMatchObject({
    severity: 'error',
    message: '39900 more errors are not shown',
    omitted: 39_900,
  });
});

it('a long text is shortened in its diagnostic', () => {
  const [diagnostic] = diagnose({ files: compose(web(`    ports: ["${'a'.repeat(1_000_000)}"]\n`)) });
  expect(diagnostic?.message.length).toBeLessThan(1010);
});

it('docs/security.md names every limit', () => {
  const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
  const written = (limit: number): string =>
    limit % 2 ** 20 === 0 ? `${String(limit / 2 ** 20)} MiB` : limit.toLocaleString('en');
  for (const { limit } of Object.values(budgets)) expect(page).toContain(`| ${written(limit)} |`);
});

it('a property without a value ends no count', () => {
  expect(sizeOfData({ image: 'ab', user: undefined, labels: new Map([['c', ['d', undefined]]]) })).toEqual({
    values: 7,
    characters: 4,
  });
});
