/**
 * on_unhealthy: restart as a unit that watches the container's health. Docker itself never acts on it.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Project, ComposeRestartPolicy, Service } from '../compose/project.ts';
import { runsToCompletion } from './dependencies.ts';
import { dockerDependency, dockunitSection, exec, names, text, word } from './directives.ts';
import { containerName, containerUnit, sliceUnit, targetUnit, watchUnit } from './names.ts';
import { restartPolicy } from './restart.ts';
import { runCommand, runScript } from './scripts.ts';
import type { Target, Unit } from './unit-set.ts';

/** How to end the container so that its unit restarts it: with its grace, or as a failure. */
const endings = {
  always: 'stop',
  'unless-stopped': 'stop',
  // An orderly stop would be a success, after which this policy does not restart.
  'on-failure': 'kill',
  no: undefined,
} satisfies Record<ComposeRestartPolicy['policy'], 'stop' | 'kill' | undefined>;

/** The watching unit; undefined where the service asks for none, or would not restart. */
export function compileWatch(project: Project, service: Service, target: Target): Unit | undefined {
  const ending = endingOf(project, service);
  if (ending === undefined) return undefined;
  const unit = containerUnit(project, service);
  const container = containerName(project, service);
  const onDocker = dockerDependency(target);
  return {
    name: watchUnit(project, service),
    kind: 'watch',
    sections: [
      {
        name: 'Unit',
        directives: [
          text('Description', `${project.name}: health of ${service.name}`),
          ...names('Requires', [...onDocker.requires, unit]),
          ...names('Wants', onDocker.wants),
          ...names('After', [...onDocker.after, unit]),
          ...names('PartOf', [targetUnit(project)]),
        ],
      },
      {
        name: 'Service',
        directives: [
          word('Type', 'exec'),
          ...(target.scope === 'system' ? [word('Slice', sliceUnit(project))] : []),
          exec('ExecStart', runCommand(runScript(project, target), 'watch-health', [container, ending])),
          word('Restart', 'always'),
        ],
      },
      dockunitSection({
        Project: project.name,
        Service: service.name,
        Kind: 'watch',
        Container: container,
      }),
    ],
  };
}

/** Health cannot restart a service that never restarts. */
export function checkWatch(project: Project, service: Service): Diagnostic[] {
  if (service.dockunit.onUnhealthy === undefined || endingOf(project, service) !== undefined) return [];
  const path = `services.${service.name}.x-dockunit`;
  const position = project.where(path);
  return [
    {
      severity: 'error',
      code: 'on-unhealthy-without-restart',
      path,
      ...(position && { position }),
      message: `${service.name} is not restarted when it ends, so it cannot be for its health`,
      remedy: 'Give it another `restart:`, or remove `on_unhealthy`',
    },
  ];
}

function endingOf(project: Project, service: Service): 'stop' | 'kill' | undefined {
  if (service.dockunit.onUnhealthy === undefined) return undefined;
  return endings[restartPolicy(service, runsToCompletion(project, service)).policy];
}
