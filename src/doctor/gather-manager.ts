/** Asks the manager which units it runs, and what state they are in. */
import { sdBooted } from '../host/systemd/detect.ts';
import { lingers } from '../host/systemd/linger.ts';
import { machine } from '../host/machine/machine.ts';
import { HostError } from '../model/ports.ts';
import type { Scope, UnitState } from '../model/ports.ts';
import type { Manager } from '../manager/manager.ts';
import { selectManager } from '../manager/select.ts';
import type { GlobalOptions } from '../run/context.ts';
import { dependenciesOf } from '../session/installed-units.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import type { Failing, ManagerFacts } from './facts.ts';
import { isUnknown } from './facts.ts';
import { settleFact } from './settle-fact.ts';

export async function gatherManager(
  scope: Scope,
  options: GlobalOptions,
  installedUnits: readonly InstalledUnit[],
): Promise<ManagerFacts> {
  const systemdRuns = sdBooted();
  const kind = options.manager ?? (systemdRuns ? 'systemd' : 'supervisor');
  const names = [...new Set(installedUnits.flatMap((unit) => [unit.name, ...dependenciesOf(unit)]))];
  const [answers, dockerUnits] = await Promise.all([
    askManager(kind, scope, async (manager) => ({
      version: await manager.version(),
      states: byName(await manager.states(names)),
    })),
    systemdRuns
      ? askManager('systemd', 'system', async (manager) =>
          byName(await manager.states(['docker.service', 'docker.socket'])),
        )
      : { message: 'systemd does not run here', remedy: '' },
  ]);
  const facts = { kind, systemdRuns, lingers: lingers(machine().user) };
  const knownDockerUnits = isFailing(dockerUnits) ? { unknown: dockerUnits.message } : dockerUnits;
  if (!isFailing(answers)) return { ...facts, ...answers, dockerUnits: knownDockerUnits };
  const unknown = { unknown: answers.message, source: 'manager' } as const;
  return { ...facts, version: unknown, states: unknown, dockerUnits: knownDockerUnits, failing: answers };
}

/** The manager's answer, or why there is none; a connection that comes too late is closed all the same. */
export async function askManager<T>(
  kind: ManagerFacts['kind'],
  scope: Scope,
  question: (manager: Manager) => Promise<T>,
): Promise<T | Failing> {
  const connecting = selectManager({ kind, scope });
  const answer = connecting.then(question).catch((error: unknown): Failing => {
    if (error instanceof HostError) return { message: error.message, remedy: error.remedy };
    throw error;
  });
  connecting.catch(() => undefined);
  const fact = await settleFact('manager', kind, answer);
  void connecting.then((manager) => manager.close()).catch(() => undefined);
  return isUnknown(fact)
    ? { message: fact.unknown, remedy: 'See how busy the host is, and look again: uptime; dockunit doctor' }
    : fact;
}

export function isFailing(answer: unknown): answer is Failing {
  return typeof answer === 'object' && answer !== null && 'remedy' in answer;
}

function byName(states: readonly UnitState[]): ReadonlyMap<string, UnitState> {
  return new Map(states.map((state) => [state.name, state]));
}
