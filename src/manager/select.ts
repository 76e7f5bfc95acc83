/** Which manager runs the units. */
import { sdBooted } from '../host/systemd/detect.ts';
import { machine } from '../host/machine/machine.ts';
import type { Scope } from '../model/ports.ts';
import type { Manager } from './manager.ts';

/** The values of `--manager`. */
export type ManagerKind = 'systemd' | 'supervisor';

/**
 * Connects to the requested manager, else to systemd where sd_booted(3) says it is this host's init, and to dockunit's
 * own supervisor elsewhere. HostError where the manager is unavailable.
 */
export async function selectManager(choice: { scope: Scope; kind?: ManagerKind }): Promise<Manager> {
  return connect[choice.kind ?? managerOfHost()](choice.scope);
}

/** Which manager runs the units of this host, whether or not it is running now. */
export function managerOfHost(): ManagerKind {
  return hasSystemd() ? 'systemd' : 'supervisor';
}

/**
 * A supervisor answers over its socket on its own machine: for another machine, dockunit asks systemd, which says if it
 * is not there.
 */
function hasSystemd(): boolean {
  return machine().name !== undefined || sdBooted();
}

// Loaded on demand: verbs that use no manager do not load D-Bus or the socket when they start.
const connect = {
  systemd: async (scope) => {
    const { SystemdManager } = await import('./systemd.ts');
    return SystemdManager.connect(scope);
  },
  supervisor: async (scope) => {
    const { SupervisorManager } = await import('./supervisor.ts');
    return SupervisorManager.connect(scope);
  },
} as const satisfies Record<ManagerKind, (scope: Scope) => Promise<Manager>>;
