/**
 * `generate --tar`: the units as a tar archive, for `tar -x -C /etc/systemd/system`.
 */
import { writeArchive } from '../units/archive.ts';
import { serialiseUnit } from '../units/unit-file.ts';
import type { UnitSet } from '../units/unit-set.ts';
import { type Context, type ExitCode, UsageError } from '../run/context.ts';

/** Owner root; the same set gives the same bytes. */
export function writeTar(context: Context, set: UnitSet): ExitCode {
  if (context.out.isTTY) {
    throw new UsageError(
      'a tar archive is not for a terminal',
      'Pipe it: dockunit generate --tar | tar -x -C DIR',
    );
  }
  const units = set.units.map((unit) => ({ name: unit.name, mode: 0o644, content: serialiseUnit(unit) }));
  const entries = [...units, ...set.files].map(({ name, mode, content }) => ({
    ...{ path: name, mode, content },
    ...{ uid: 0, gid: 0 },
  }));
  // As bytes: an archive is not text for a terminal.
  context.out.write(Buffer.from(writeArchive(entries)));
  return 0;
}
