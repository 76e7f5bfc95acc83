/**
 * systemd-analyze(1) verify over a unit set, in a directory of its own.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { serialiseUnit } from '../../units/unit-file.ts';
import type { UnitSet } from '../../units/unit-set.ts';
import type { Scope } from '../../model/ports.ts';

/** systemd's warnings about the units, one a line; [] where there is no systemd-analyze here. */
export async function verifyUnits(set: UnitSet, scope: Scope): Promise<readonly Diagnostic[]> {
  const directory = await mkdtemp(join(tmpdir(), 'dockunit-check-'));
  try {
    for (const unit of set.units)
      await writeFile(join(directory, unit.name), serialiseUnit(unit), { mode: 0o600 });
    const { all, code } = await execa(
      'systemd-analyze',
      [`--${scope}`, 'verify', '--man=no', ...set.units.map((unit) => join(directory, unit.name))],
      // The set's directory comes first, so that its units find each other.
      {
        all: true,
        reject: false,
        stdin: 'ignore',
        env: { SYSTEMD_UNIT_PATH: `${directory}:` },
        timeout: 60_000,
      },
    );
    if (code === 'ENOENT') return [];
    return readVerifyOutput(all, new Set(set.units.map((unit) => unit.name)), directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Lines about units of the set, `PATH:LINE: what` or `UNIT: what`; systemd-analyze reports others too. Pure. */
function readVerifyOutput(
  output: string,
  units: ReadonlySet<string>,
  directory: string,
): readonly Diagnostic[] {
  return output.split('\n').flatMap((line): Diagnostic[] => {
    const match = /^(?:.*\/)?([^/:\s]+\.(?:service|target|slice))(?::(\d+))?: (.*)$/s.exec(line);
    const [, unit, lineNumber, message] = match ?? [];
    if (unit === undefined || message === undefined || !units.has(unit)) return [];
    return [
      {
        severity: 'warning',
        code: 'systemd-verify',
        path: lineNumber === undefined ? unit : `${unit}:${lineNumber}`,
        message: `systemd says: ${message.replaceAll(`${directory}/`, '').replace(/\.$/, '')}`,
        remedy: 'Look at the directives under x-systemd, and at the programs they name',
      },
    ];
  });
}
