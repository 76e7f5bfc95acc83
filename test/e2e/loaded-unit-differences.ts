/** A loaded unit beside systemd's properties of it: where the two differ. */
import { constants } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Dependencies, ExecCommand, UnitConfig } from '../../src/supervisor/engine/unit-config.ts';
import type { Condition, ExecutionContext } from '../../src/supervisor/load/loaded-unit.ts';
import type { UnitProperties } from './systemd-unit-properties.ts';

/** As JSON has it: sets are arrays, maps objects, infinity a word. */
export interface LoadedUnitJson {
  readonly config: Pick<UnitConfig, 'name' | 'type' | 'loadState' | 'description'> & {
    readonly dependencies: Dependencies;
    readonly startLimit: { readonly interval: number | 'infinity'; readonly burst: number };
    readonly service?: ServiceJson;
  };
  readonly paths: readonly string[];
  readonly execution?: Omit<ExecutionContext, 'environment'> & {
    readonly environment: Readonly<Record<string, string>>;
  };
  readonly conditions: readonly Condition[];
}
interface ServiceJson {
  readonly [key: string]: unknown;
  readonly commands: Readonly<Record<string, readonly ExecCommand[]>>;
}

/** What every unit gets that does not say DefaultDependencies=no, and what comes of paths in its directives. */
const ofSystemd = new Set([
  ...[
    'basic.target',
    'sysinit.target',
    'shutdown.target',
    'system.slice',
    'systemd-journald.socket',
    '-.mount',
  ],
  ...['system-hand.slice', 'systemd-tmpfiles-setup.service', 'tmp.mount', 'network.target'],
]);
const foreign = (name: string): boolean => ofSystemd.has(name) || name.endsWith('.slice');

/** One line a property that differs. */
export function differences(
  unit: LoadedUnitJson,
  real: UnitProperties,
  all: readonly LoadedUnitJson[],
): readonly string[] {
  const expected = expectedProperties(unit, all);
  return Object.entries(expected).flatMap(([key, ours]) => {
    const theirs = comparable(key, real[key]);
    // Younger than that systemd.
    if (real[key] === undefined && younger.has(key)) return [];
    return isDeepStrictEqual(ours, theirs)
      ? []
      : [`${key} is ${JSON.stringify(theirs)}, we say ${JSON.stringify(ours)}`];
  });
}

const signalNumbers: Readonly<Record<string, number>> = constants.signals;

const younger = new Set(['RestartSteps', 'RestartMaxDelayUSec', 'RestartMode']);

function expectedProperties(unit: LoadedUnitJson, all: readonly LoadedUnitJson[]): Record<string, unknown> {
  const { config } = unit;
  if (config.loadState !== 'loaded') return { LoadState: config.loadState };
  const { dependencies, startLimit } = config;
  const inverse = (kind: 'After' | 'Before'): readonly string[] =>
    all.flatMap((other) =>
      other.config.dependencies[kind].includes(config.name) ? [other.config.name] : [],
    );
  return {
    LoadState: 'loaded',
    Description: config.description,
    ...Object.fromEntries(
      Object.entries(dependencies).map(([kind, names]: [string, readonly string[]]) => [kind, sorted(names)]),
    ),
    After: sorted([...dependencies.After, ...inverse('Before')]),
    Before: sorted([...dependencies.Before, ...inverse('After')]),
    FragmentPath: unit.paths[0],
    DropInPaths: unit.paths.slice(1),
    StartLimitIntervalUSec: microseconds(startLimit.interval),
    StartLimitBurst: startLimit.burst,
    Conditions: conditionsOf(unit, false),
    Asserts: conditionsOf(unit, true),
    ...(config.service && expectedService(config.service, unit.execution)),
  };
}

function expectedService(
  service: ServiceJson,
  execution: LoadedUnitJson['execution'],
): Record<string, unknown> {
  const signal = (name: unknown): unknown => signalNumbers[String(name)];
  const statuses = (set: unknown): unknown => {
    const { codes, signals } = set as {
      readonly codes: readonly number[];
      readonly signals: readonly string[];
    };
    return [numeric(codes), numeric(signals.map((name) => signalNumbers[name] ?? 0))];
  };
  const { workingDirectory: directory, umask } = execution ?? {};
  return {
    Type: service['type'],
    Restart: service['restart'],
    RestartMode: service['restartMode'],
    RestartUSec: microseconds(service['restartSec']),
    RestartSteps: service['restartSteps'],
    RestartMaxDelayUSec: microseconds(service['restartMaxDelaySec']),
    TimeoutStartUSec: microseconds(service['timeoutStartSec']),
    TimeoutStopUSec: microseconds(service['timeoutStopSec']),
    RuntimeMaxUSec: microseconds(service['runtimeMaxSec']),
    RemainAfterExit: service['remainAfterExit'],
    SuccessExitStatus: statuses(service['successExitStatus']),
    RestartPreventExitStatus: statuses(service['restartPreventExitStatus']),
    RestartForceExitStatus: statuses(service['restartForceExitStatus']),
    KillMode: service['killMode'],
    KillSignal: signal(service['killSignal']),
    FinalKillSignal: signal(service['finalKillSignal']),
    SendSIGKILL: service['sendSigkill'],
    SendSIGHUP: service['sendSighup'],
    ...Object.fromEntries(
      Object.entries(execProperties).map(([phase, property]) => [
        property,
        service.commands[phase]?.map(ours),
      ]),
    ),
    Environment: execution?.environment,
    EnvironmentFiles: execution?.environmentFiles.map(({ path, optional }) => [path, optional]),
    WorkingDirectory: directory === undefined ? '' : `${directory.optional ? '!' : ''}${directory.path}`,
    User: execution?.user ?? '',
    Group: execution?.group ?? '',
    SupplementaryGroups: sorted(execution?.supplementaryGroups ?? []),
    ...(umask !== undefined && { UMask: umask }),
  };
}

const execProperties = {
  condition: 'ExecConditionEx',
  'start-pre': 'ExecStartPreEx',
  start: 'ExecStartEx',
  'start-post': 'ExecStartPostEx',
  stop: 'ExecStopEx',
  'stop-post': 'ExecStopPostEx',
} as const;

const ours = ({ argv, argv0, ignoreFailure, literalDollar, privileged }: ExecCommand): unknown => ({
  path: (argv[0] ?? '').replace(/\/(\.?\/)+/g, '/').replace(/\/\.$/, ''),
  argv: [argv0 ?? argv[0], ...argv.slice(1)],
  ignoreFailure,
  literalDollar,
  privileged,
});

/** systemd's value in the form of ours. */
function comparable(key: string, value: unknown): unknown {
  if (Array.isArray(value)) {
    if (key.startsWith('Exec')) return value.map(theirs);
    if (key === 'Environment') return Object.fromEntries(value.map((entry) => splitOnce(String(entry))));
    if (key.endsWith('ExitStatus')) return value.map((part) => numeric(part as readonly number[]));
    if (key === 'Conditions' || key === 'Asserts')
      return sorted(value.map((row) => JSON.stringify((row as unknown[]).slice(0, 4))));
    if (key === 'EnvironmentFiles' || key === 'DropInPaths') return value;
    return sorted(value.filter((name) => !foreign(String(name))).map(String));
  }
  if (typeof value === 'number' && value >= 2 ** 64) return 'infinity';
  if (typeof value === 'number') return rounded(value);
  // A directory that is none, of an assignment that was let pass for its `-`.
  if (key === 'WorkingDirectory' && value === '!') return '';
  // notify-reload and idle differ from these by what the supervisor does not do.
  if (key === 'Type' && value === 'idle') return 'simple';
  return value;
}

function theirs(command: unknown): unknown {
  const [path, argv, flags] = command as [string, readonly string[], readonly string[]];
  return {
    path,
    argv,
    ignoreFailure: flags.includes('ignore-failure'),
    literalDollar: flags.includes('no-env-expand'),
    privileged: flags.includes('privileged') || flags.includes('no-setuid'),
  };
}

const conditionsOf = (unit: LoadedUnitJson, assert: boolean): readonly string[] =>
  sorted(
    unit.conditions
      .filter((condition) => condition.assert === assert)
      .map(({ test, triggering, isNegated, parameter }) =>
        JSON.stringify([`${assert ? 'Assert' : 'Condition'}${test}`, triggering, isNegated, parameter]),
      ),
  );

const microseconds = (milliseconds: unknown): unknown =>
  typeof milliseconds === 'number' ? rounded(milliseconds * 1000) : milliseconds;
/** As exact as a double is beyond some 285 years. */
const rounded = (value: number): number => Number(Math.round(value).toPrecision(15));
const sorted = (names: readonly string[]): readonly string[] =>
  [...new Set(names)].filter((name) => !foreign(name)).sort();
const numeric = (numbers: readonly number[]): readonly number[] => [...numbers].sort((a, b) => a - b);
const splitOnce = (text: string): [string, string] => {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
};
