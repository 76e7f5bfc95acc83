/**
 * `generate --tar`: the units as a tar archive, for `tar -x -C /etc/systemd/system`.
 */
import { pack } from 'tar-stream';
import { serialiseUnit } from '../units/unit-file.ts';
import type { UnitSet } from '../units/unit-set.ts';
import { type Context, type ExitCode, UsageError } from '../run/context.ts';

/** Owner root, modification time 0: the same set gives the same bytes. */
export async function writeTar(context: Context, set: UnitSet): Promise<ExitCode> {
  if (context.out.isTTY) {
    throw new UsageError(
      'a tar archive is not for a terminal',
      'Pipe it: dockunit generate --tar | tar -x -C DIR',
    );
  }
  const archive = pack();
  const entries = [
    ...set.units.map((unit) => ({ name: unit.name, mode: 0o644, content: serialiseUnit(unit) })),
    ...set.files,
  ];
  for (const { name, mode, content } of entries) {
    archive.entry({ name, mode, uid: 0, gid: 0, uname: 'root', gname: 'root', mtime: new Date(0) }, content);
  }
  archive.finalize();
  for await (const chunk of archive as AsyncIterable<Uint8Array>) context.out.write(chunk);
  return 0;
}
