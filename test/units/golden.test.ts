import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadProject } from '../../src/compose/load.ts';
import { compileProject } from '../../src/units/compile.ts';
import { runScriptText } from '../../src/units/scripts.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import type { Target, UnitSet } from '../../src/units/unit-set.ts';

/**
 * The units of the examples, to the byte. After a change that is meant, run with
 * DOCKUNIT_UPDATE_FIXTURES=1 and read the difference before committing it.
 */
const targets: Readonly<Record<string, Target>> = {
  'system-252': { scope: 'system', systemd: 252, docker: 20, directory: '/etc/systemd/system' },
  'system-257': { scope: 'system', systemd: 257, docker: 26, directory: '/etc/systemd/system' },
  'user-247': { scope: 'user', systemd: 247, docker: 20, directory: '/home/ann/.config/systemd/user' },
};

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

describe.each(['sqlite', 'todo'])('the units of examples/%s', (example) => {
  it.each(Object.keys(targets))('for %s', (name) => {
    const text = render(compileExample(example, targets[name] as Target));
    const fixture = path(`../fixtures/units/${example}-${name}.txt`);
    if (process.env.DOCKUNIT_UPDATE_FIXTURES !== undefined) writeFileSync(fixture, text);
    expect(text).toBe(readFileSync(fixture, 'utf8'));
  });
});

it('the unit in README.md is the beginning of the one that is compiled', () => {
  const shown = /^```ini\n(.*?)^```$/ms.exec(readFileSync(path('../../README.md'), 'utf8'))?.[1];
  const unit = compileExample('sqlite', targets['system-252'] as Target).units.find(
    ({ name }) => name === 'sqliteproxy.service',
  );
  expect(unit && serialiseUnit(unit)).toContain(`${shown ?? 'nothing'}\n[Service]\n`);
});

function compileExample(example: string, target: Target): UnitSet {
  const loaded = loadProject({
    // A path of no machine, so that the fixtures hold everywhere.
    files: [
      {
        path: `/srv/${example}/compose.yaml`,
        text: readFileSync(path(`../../examples/${example}/compose.yaml`), 'utf8'),
      },
    ],
    directory: `/srv/${example}`,
    dotenv: [],
    environment: new Map(),
    readFile: () => ({ ok: false, reason: 'missing' }),
  });
  expect(loaded.diagnostics).toEqual([]);
  const compiled = loaded.value && compileProject(loaded.value, target);
  expect(compiled?.diagnostics).toEqual([]);
  if (compiled?.value === undefined) throw new Error(`examples/${example} does not compile`);
  return compiled.value;
}

function render(set: UnitSet): string {
  return [
    ...set.units.map((unit) => `# ${unit.name}\n${serialiseUnit(unit)}`),
    ...set.files.map(
      ({ name, mode, content }) =>
        `# ${name}, mode ${mode.toString(8)}\n${content === runScriptText ? 'src/units/run.sh\n' : content}`,
    ),
  ].join('\n');
}
