/**
 * post_start and pre_stop as commands of the container unit, each a `docker exec`: before dependents start, and before
 * the container stops.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Hook, Project, Service } from '../compose/project.ts';
import { type ServiceFinding, findingsAt } from './check-service.ts';
import { docker } from './directives.ts';
import { type EnvironmentPlan, fitsLine, planEnvironment } from './environment.ts';
import { containerName } from './names.ts';
import { runCommand, runScript } from './scripts.ts';
import type { Argument, AttachedFile, Command, Target } from './unit-set.ts';

const moments = { post_start: 'postStart', pre_stop: 'preStop' } as const;
type Moment = keyof typeof moments;

export interface HookPlan {
  /** Commands that run when the container runs; a failing one fails the start. */
  readonly postStart: readonly Command[];
  /** Commands that run while the container still runs; a failure is ignored. */
  readonly preStop: readonly Command[];
  readonly files: readonly AttachedFile[];
  /** Paths for EnvironmentFile=. */
  readonly environmentFiles: readonly Argument[];
  /** Names for UnsetEnvironment=. */
  readonly unset: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

export function planHooks(project: Project, service: Service, unit: string, target: Target): HookPlan {
  const container = containerName(project, service);
  const hooks = hooksOf(service).map(({ moment, hook, below }) => {
    const stem = `${unit.replace(/\.service$/, '')}.${below.slice(1).replace(/\[(\d+)\]/, '.$1')}`;
    const path = `services.${service.name}${below}.environment`;
    const environment = planEnvironment(project, { values: hook.environment, path, stem, unit }, target);
    return { moment, hook, environment };
  });
  const commandsAt = (when: Moment): readonly Command[] =>
    hooks
      .filter(({ moment }) => moment === when)
      .map(({ hook, environment }) => docker(execArguments(hook, environment, container)));
  return {
    postStart: commandsAt('post_start'),
    preStop: commandsAt('pre_stop').map(({ argv }) =>
      runCommand(runScript(project, target), 'pre-stop', [container, ...argv]),
    ),
    files: hooks.flatMap(({ environment }) => environment.files),
    environmentFiles: hooks.flatMap(({ environment: { environmentFile: path } }) =>
      path === undefined ? [] : [path],
    ),
    unset: hooks.flatMap(({ environment }) => environment.unset),
    diagnostics: hooks.flatMap(({ environment }) => environment.diagnostics),
  };
}

/** docker-container-exec(1): options end at the container's name, so the command may begin with a dash. */
function execArguments(hook: Hook, { flags }: EnvironmentPlan, container: string): readonly Argument[] {
  return [
    'exec',
    ...(hook.user === undefined ? [] : ['--user', hook.user]),
    ...(hook.privileged ? ['--privileged'] : []),
    ...(hook.workingDir === undefined ? [] : ['--workdir', hook.workingDir]),
    ...flags,
    container,
    ...hook.command,
  ];
}

function hasSeveralLines(variable: readonly [string, string | null]): variable is [string, string] {
  const [name, value] = variable;
  return value !== null && !fitsLine(name, value);
}

/** Problems of a hook: no program, or a value that does not fit in the unit's single environment. */
export function checkHooks(project: Project, service: Service): Diagnostic[] {
  const variables = new Map([...service.environment].filter(hasSeveralLines));
  const findings = hooksOf(service).flatMap(({ hook, below }): ServiceFinding[] => {
    const several = [...hook.environment].filter(hasSeveralLines);
    const conflicts = several.filter(([name, value]) => (variables.get(name) ?? value) !== value);
    for (const [name, value] of several) variables.set(name, value);
    return [
      ...((hook.command[0] ?? '') === ''
        ? [
            {
              path: `${below}.command`,
              code: 'hook-command-empty',
              message: 'the hook names no program',
              remedy: 'Write the program first, or remove the hook',
            },
          ]
        : []),
      ...conflicts.map(([name]) => ({
        path: `${below}.environment.${name}`,
        code: 'hook-environment-conflict',
        message: `${name} has several lines, and another value of several lines elsewhere in this service`,
        remedy: 'Give the variable another name in the hook, or mount the value as a file',
      })),
    ];
  });
  return findingsAt(project, `services.${service.name}`, findings);
}

/** Every hook with its place below the service. */
function hooksOf(service: Service): readonly { moment: Moment; hook: Hook; below: string }[] {
  return (Object.keys(moments) as Moment[]).flatMap((moment) =>
    (service[moments[moment]] ?? []).map((hook, index) => ({
      moment,
      hook,
      below: `.${moment}[${String(index)}]`,
    })),
  );
}
