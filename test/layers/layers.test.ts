/** The rules of imports refuse what they are to refuse, and ARCHITECTURE.md has the table that they are made of. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type ICruiseOptions,
  type IForbiddenRuleType,
  type IReporterOutput,
  cruise,
} from 'dependency-cruiser';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';

interface Room {
  readonly folder: string;
  readonly holds: string;
  readonly pure?: true;
}

/** A module of the project that is no TypeScript. */
const load = async <T>(path: string): Promise<T> =>
  (await import(new URL(`../../${path}`, import.meta.url).href)) as T;
const { floors } = await load<{ floors: readonly (readonly Room[])[] }>('scripts/layers.mjs');
const { forbidden, options } = (
  await load<{ default: { forbidden: IForbiddenRuleType[]; options: ICruiseOptions } }>(
    '.dependency-cruiser.mjs',
  )
).default;

/** Names of the rules that the files break. */
async function brokenBy(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const directory = temporaryDirectory();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const { output }: IReporterOutput = await cruise(['src'], {
    ...options,
    tsConfig: {},
    baseDir: directory,
    validate: true,
    ruleSet: { forbidden },
  });
  if (typeof output === 'string') throw new Error(output);
  return output.summary.violations.map(({ rule }) => rule.name).sort();
}

describe('the rules of imports', () => {
  it.each([
    [
      'a circle',
      {
        'src/units/a.ts': "import { b } from './b.ts';\nexport const a = b;\n",
        'src/units/b.ts': "import { a } from './a.ts';\nexport const b = a;\n",
      },
      ['no-circular'],
    ],
    [
      'a circle of types',
      {
        'src/units/a.ts': "import type { B } from './b.ts';\nexport type A = B;\n",
        'src/units/b.ts': "import type { A } from './a.ts';\nexport type B = A;\n",
      },
      ['no-circular'],
    ],
    [
      'an arrow up',
      {
        'src/compose/a.ts': "import { b } from '../units/b.ts';\nexport const a = b;\n",
        'src/units/b.ts': 'export const b = 1;\n',
      },
      ['imports-of-compose'],
    ],
    [
      'an arrow to the same floor',
      {
        'src/host/docker/a.ts': "import { b } from '../systemd/b.ts';\nexport const a = b;\n",
        'src/host/systemd/b.ts': 'export const b = 1;\n',
      },
      ['imports-of-host-docker'],
    ],
    [
      'an arrow of a type alone',
      {
        'src/model/a.ts': "import type { B } from '../units/b.ts';\nexport type A = B;\n",
        'src/units/b.ts': 'export type B = 1;\n',
      },
      ['imports-of-model'],
    ],
    [
      'an engine that reads files',
      {
        'src/supervisor/engine/a.ts':
          "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;\n",
      },
      ['pure'],
    ],
    [
      'an engine that imports the host',
      {
        'src/supervisor/engine/a.ts': "import { b } from '../../host/machine/b.ts';\nexport const a = b;\n",
        'src/host/machine/b.ts': 'export const b = 1;\n',
      },
      ['pure-of-host'],
    ],
    [
      'a folder without a floor',
      {
        'src/attic/a.ts': "import { b } from './b.ts';\nexport const a = b;\n",
        'src/attic/b.ts': 'export const b = 1;\n',
      },
      ['no-folder-without-floor'],
    ],
  ])('refuse %s', async (_, files, rules) => {
    expect(await brokenBy(files)).toEqual(rules);
  });

  it('take what goes down', async () => {
    const files = {
      'src/units/a.ts':
        "import { b } from '../compose/b.ts';\nimport { join } from 'node:path';\nexport const a = join(b);\n",
      'src/compose/b.ts': "export const b = '1';\n",
    };
    expect(await brokenBy(files)).toEqual([]);
  });
});

it('ARCHITECTURE.md has the table of floors', () => {
  const page = readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8');
  const rows = floors
    .flatMap((floor) =>
      floor.map(({ folder, holds, pure }) => `| \`src/${folder}/\` | ${holds}${pure ? ' (pure)' : ''} |`),
    )
    .reverse();
  expect(page.split('\n').filter((line) => rows.includes(line))).toEqual(rows);
});
