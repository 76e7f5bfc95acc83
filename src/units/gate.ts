/**
 * Gates: units that become active when a service has reached a condition, so that dependents can wait for one service
 * in different ways with only After=.
 */
import type { Project, Service } from '../compose/project.ts';
import { type GateKind, containerName, gateUnit, replicasOf, serviceUnits } from './names.ts';
import { oneshot } from './resources.ts';
import { restartPolicy } from './restart.ts';
import { runCommand, runScript } from './scripts.ts';
import type { Argument, Command, Target, Unit } from './unit-set.ts';

/** Half a minute, in half seconds. */
const badHealth = '60';

/** How often a service with unlimited retries may fail before its gate gives up waiting. */
const patience = 1000;

export function compileGate(project: Project, service: Service, kind: GateKind, target: Target): Unit {
  const units = serviceUnits(project, service);
  const replicas = replicasOf(service);
  const [only, ...others] = replicas.map((replica) => containerName(project, replica));
  const script = runScript(project, target);
  return oneshot(project, target, {
    name: gateUnit(project, service.name, kind),
    kind: 'gate',
    description: `${service.name} ${kind}`,
    requires: units,
    after: units,
    start: replicas.map((replica) => gateCommands[kind](script, service, containerName(project, replica))),
    identity: {
      Service: service.name,
      ...(only !== undefined && others.length === 0 && { Container: only }),
    },
  });
}

const gateCommands = {
  healthy: (script, _service, container) => runCommand(script, 'await-healthy', [container, badHealth]),
  completed: (script, service, container) =>
    runCommand(script, 'await-completed', [container, String(retriesOf(service))]),
} satisfies Record<GateKind, (script: Argument, service: Service, container: string) => Command>;

function retriesOf(service: Service): number {
  const policy = restartPolicy(service, true);
  return policy.policy === 'on-failure' ? (policy.retries ?? patience) : 0;
}
