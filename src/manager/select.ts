/** Which manager runs the units. */
import { sdBooted } from '../host/boot.ts';
import { HostError } from '../host/ports.ts';
import type { Scope } from '../host/ports.ts';
import type { Manager } from './manager.ts';

/** The values of `--manager`. */
export const managerKinds = ['systemd', 'supervisor'] as const;
export type ManagerKind = (typeof managerKinds)[number];

/**
 * Connects to the manager asked for, else to systemd where sd_booted(3) says it is this host's
 * init. HostError where that one cannot be had.
 */
export async function selectManager(choice: { scope: Scope; kind?: ManagerKind }): Promise<Manager> {
  const kind = choice.kind ?? (sdBooted() ? 'systemd' : 'supervisor');
  return connect[kind](choice.scope, choice.kind === undefined);
}

const connect = {
  systemd: async (scope) => {
    // Loaded when needed: verbs that speak to no manager do not pay for D-Bus at their start.
    const { SystemdManager } = await import('./systemd.ts');
    return SystemdManager.connect(scope);
  },
  supervisor: (_scope, byDefault) =>
    Promise.reject(
      byDefault
        ? new HostError(
            'systemd does not run on this host, and this version of dockunit has no supervisor of its own yet',
            'Generate the units here and use them on a host with systemd: dockunit generate --tar',
          )
        : new HostError(
            'This version of dockunit has no supervisor of its own yet',
            'Leave out --manager supervisor, to use systemd',
          ),
    ),
} as const satisfies Record<ManagerKind, (scope: Scope, byDefault: boolean) => Promise<Manager>>;
