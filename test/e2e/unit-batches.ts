/**
 * Many units at once on a throwaway host: written as one tar, started by their project's target.
 */
import { pack } from 'tar-stream';
import { unitDirectory, type CompiledText } from '../exactness/compile-services.ts';
import type { Host } from './throwaway-host.ts';

export async function installUnitFiles(host: Host, files: CompiledText['files']): Promise<void> {
  const archive = pack();
  for (const [name, { content, mode }] of files) archive.entry({ name, mode }, content);
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  await host.sh(`tar -x -C ${unitDirectory}; systemctl daemon-reload`, { input: Buffer.concat(chunks) });
}

/** Starts the target of the project `exact`; throws with the journal's last lines where a unit does not start. */
export async function startBatch(host: Host): Promise<void> {
  const start = 'systemctl start exact.target';
  const failed =
    "systemctl list-units --all --plain --no-legend --state=failed,activating,auto-restart 'exact-*.service'";
  const look = await host.exec(
    ['sh', '-c', `${start}; ${failed} | tee /dev/stderr | grep -q . && exit 9; exit 0`],
    {
      timeout: 300_000,
    },
  );
  if (look.exitCode === 0) return;
  const journal = await host.sh('journalctl --boot --no-pager --priority 5 --lines 40');
  throw new Error(`the units do not start:\n${look.stdout}${look.stderr}\n${journal}`);
}

/** Stops all by the target, and waits unit by unit: `systemctl stop` of hundreds takes it a minute itself. The empty slice stays. */
export async function removeUnits(host: Host): Promise<void> {
  await host.sh('systemctl stop exact.target');
  await host.until(
    'all units are down',
    () => host.sh("systemctl list-units --plain --no-legend exact.target 'exact-*'"),
    (left) => left === '',
    { deadline: 60_000, every: 300 },
  );
  await host.sh(`rm ${unitDirectory}/exact*; systemctl daemon-reload`);
}
