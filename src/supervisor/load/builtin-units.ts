/**
 * Units for which hosts without systemd have no file, or a file without content: those that systemd.special(7)
 * promises, and docker.service.
 */
import type { UnitConfig } from '../engine/unit-config.ts';
import { noDependencies } from './dependencies.ts';

/** How long a start waits for an external unit, ms: systemd's DefaultTimeoutStartSec=. */
export const externalStartTimeout = 90_000;

/** Boot milestones that the host has passed before it starts the supervisor. */
const targets: readonly string[] = [
  ...['basic', 'cryptsetup', 'default', 'getty', 'graphical', 'local-fs', 'local-fs-pre', 'machines'],
  ...['multi-user', 'network', 'network-online', 'network-pre', 'nss-lookup', 'nss-user-lookup', 'paths'],
  ...['remote-fs', 'remote-fs-pre', 'rpcbind', 'slices', 'sockets', 'swap', 'sysinit', 'time-set'],
  ...['time-sync', 'timers'],
].map((stem) => `${stem}.target`);

const externals: readonly string[] = ['docker.service', 'docker.socket', 'containerd.service'];

/** The built-in unit of that name, whatever is on disk; undefined for all others. */
export function builtinUnit(name: string): UnitConfig | undefined {
  const base = {
    name,
    loadState: 'loaded',
    description: name,
    dependencies: noDependencies,
    startLimit: { interval: 0, burst: 0 },
    hash: 'builtin',
  } as const;
  if (targets.includes(name)) return { ...base, type: 'target' };
  if (externals.includes(name)) return { ...base, type: 'external', startTimeout: externalStartTimeout };
  return undefined;
}
