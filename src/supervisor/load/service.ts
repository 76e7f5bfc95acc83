/** [Service], as the engine uses it; systemd.service(5), systemd.kill(5). */
import {
  type ExecCommand,
  type ExecPhase,
  type ExitStatusSet,
  type KillMode,
  type RestartPolicy,
  type ServiceConfig,
  type ServiceType,
  execDirectives,
  execPhases,
  killModes,
  restartPolicies,
} from '../engine/unit-config.ts';
import { parseCommandLine } from './command.ts';
import type { Assignment, ReadDirective, UnitSettings } from './settings.ts';
import type { SpecifierValues } from './specifiers.ts';
import { parseTimeSpan } from '../../text/time-span.ts';
import { emptyExitStatusSet, parseBoolean, parseExitStatus, parseSignal, parseUnsigned } from './values.ts';

/** systemd's DefaultTimeoutStartSec= and DefaultTimeoutStopSec=, ms. */
const defaultTimeout = 90_000;
/** systemd's DefaultRestartSec=, ms. */
const defaultRestartSec = 100;

/** The service; `valid` is false where systemd would not start it (LoadState bad-setting). */
export function readService(
  settings: UnitSettings,
  specifiers: SpecifierValues,
): { readonly service: ServiceConfig; readonly valid: boolean } {
  const commands = readCommands(settings, specifiers);
  const type = readType(settings, commands.start.length > 0);
  const restartMaxDelaySec = span(settings, 'Service.RestartMaxDelaySec') ?? Infinity;
  const service: ServiceConfig = {
    type: type ?? 'simple',
    restart: settings.last(oneOf(restartPolicies), 'a policy of restarts', 'Service.Restart') ?? 'no',
    restartMode: settings.last(parseRestartMode, 'normal or direct', 'Service.RestartMode') ?? 'normal',
    restartSec: Math.min(span(settings, 'Service.RestartSec') ?? defaultRestartSec, restartMaxDelaySec),
    restartSteps: settings.last(parseUnsigned, 'a whole number', 'Service.RestartSteps') ?? 0,
    restartMaxDelaySec,
    timeoutStartSec:
      timeout(settings, 'Service.TimeoutSec', 'Service.TimeoutStartSec') ??
      (type === 'oneshot' ? Infinity : defaultTimeout),
    timeoutStopSec: timeout(settings, 'Service.TimeoutSec', 'Service.TimeoutStopSec') ?? defaultTimeout,
    runtimeMaxSec: span(settings, 'Service.RuntimeMaxSec') ?? Infinity,
    remainAfterExit: flag(settings, 'Service.RemainAfterExit') ?? false,
    successExitStatus: readStatuses(settings, 'Service.SuccessExitStatus'),
    restartPreventExitStatus: readStatuses(settings, 'Service.RestartPreventExitStatus'),
    restartForceExitStatus: readStatuses(settings, 'Service.RestartForceExitStatus'),
    killMode: settings.last(parseKillMode, 'a way to kill', 'Service.KillMode') ?? 'control-group',
    killSignal: settings.last(parseSignal, 'a signal', 'Service.KillSignal') ?? 'SIGTERM',
    finalKillSignal: settings.last(parseSignal, 'a signal', 'Service.FinalKillSignal') ?? 'SIGKILL',
    sendSigkill: flag(settings, 'Service.SendSIGKILL') ?? true,
    sendSighup: flag(settings, 'Service.SendSIGHUP') ?? false,
    commands,
  };
  const faults = [...(type === undefined ? [busFault] : []), ...faultsOf(service)];
  // A file that was not read to its end lacks the lines below: nothing to report.
  if (settings.valid) {
    for (const { message, remedy } of faults) settings.report('error', 'bad-setting', message, remedy);
  }
  return { service, valid: faults.length === 0 };
}

interface Fault {
  readonly message: string;
  readonly remedy: string;
}

const busFault: Fault = {
  message: 'Type=dbus waits for a name on the system bus, which only systemd watches',
  remedy: 'Use Type=exec or Type=notify',
};

/** What systemd's service_verify() refuses. */
function faultsOf({ type, commands, remainAfterExit, restart }: ServiceConfig): readonly Fault[] {
  const faults: Fault[] = [];
  if (commands.start.length === 0 && (type !== 'oneshot' || !remainAfterExit || commands.stop.length === 0)) {
    faults.push({
      message: 'the service has no ExecStart=',
      remedy: 'Add one; only Type=oneshot with RemainAfterExit=yes and ExecStop= can do without',
    });
  }
  if (commands.start.length > 1 && type !== 'oneshot') {
    faults.push({
      message: `the service has ${String(commands.start.length)} ExecStart=, which only Type=oneshot may have`,
      remedy: 'Keep one, and move what runs before it to ExecStartPre=',
    });
  }
  if (type === 'oneshot' && neverOneshot.has(restart)) {
    faults.push({
      message: `Restart=${restart} would repeat a Type=oneshot that succeeded, so systemd refuses it`,
      remedy: 'Use Restart=on-failure, or another Type=',
    });
  }
  return faults;
}

const neverOneshot: ReadonlySet<RestartPolicy> = new Set<RestartPolicy>(['always', 'on-success']);

/** Type=, or its default; undefined for dbus. */
function readType(settings: UnitSettings, hasStart: boolean): ServiceType | undefined {
  const ownType = settings.last(
    (text) => (Object.hasOwn(types, text) ? types[text as keyof typeof types] : undefined),
    'a type of service',
    'Service.Type',
  );
  const bus = settings.all('Service.BusName').at(-1)?.value ?? '';
  const defaultType = bus !== '' ? 'dbus' : hasStart ? 'simple' : 'oneshot';
  const type = ownType ?? defaultType;
  return type === 'dbus' ? undefined : type;
}

/**
 * Each type of systemd, and its equivalent here: `idle` differs by a delay for the console, `notify-reload` by a verb.
 */
const types = {
  simple: 'simple',
  exec: 'exec',
  notify: 'notify',
  'notify-reload': 'notify',
  oneshot: 'oneshot',
  forking: 'forking',
  idle: 'simple',
  dbus: 'dbus',
} as const satisfies Record<string, ServiceType | 'dbus'>;

function readCommands(settings: UnitSettings, specifiers: SpecifierValues): ServiceConfig['commands'] {
  const read = (directive: ReadDirective): readonly ExecCommand[] =>
    settings.list(directive).flatMap(({ value, position }) => {
      const { commands, refusal, isIgnored, unknownEscapes } = parseCommandLine(value, specifiers);
      for (const escape of unknownEscapes) {
        const message = `${escape} is no escape, so the backslash is taken for itself`;
        settings.report('warning', 'unknown-escape', message, 'Write a backslash as \\\\', position);
      }
      if (refusal !== undefined && isIgnored) {
        const message = `${refusal}, so the command is ignored`;
        settings.report('warning', 'invalid-command', message, 'Correct the command line', position);
      }
      return commands;
    });
  return Object.fromEntries(
    execPhases.map((phase) => [phase, read(`Service.${execDirectives[phase]}`)]),
  ) as Record<ExecPhase, readonly ExecCommand[]>;
}

/** An invalid command line, unless its prefix `-` excuses it. */
export function commandFault(
  { directive, value }: Assignment,
  specifiers: SpecifierValues,
): { readonly message: string; readonly remedy: string } | undefined {
  const isCommand = execPhases.some((phase) => directive === `Service.${execDirectives[phase]}`);
  if (!isCommand || value === '') return undefined;
  const { refusal, isIgnored } = parseCommandLine(value, specifiers);
  if (refusal === undefined || isIgnored) return undefined;
  return { message: refusal, remedy: 'Correct the command line' };
}

function readStatuses(settings: UnitSettings, directive: ReadDirective): ExitStatusSet {
  const codes = new Set<number>();
  const signals = new Set<string>();
  for (const { value, position } of settings.list(directive)) {
    for (const word of value.split(/[ \t\n\r]+/).filter((each) => each !== '')) {
      const status = parseExitStatus(word);
      if (status === undefined) {
        const message = `${word} is neither an exit code nor a signal, so it is ignored`;
        settings.report('warning', 'invalid-value', message, 'Write codes like 143, or names', position);
      } else if ('code' in status) codes.add(status.code);
      else signals.add(status.signal);
    }
  }
  return codes.size + signals.size === 0 ? emptyExitStatusSet : { codes, signals };
}

const span = (settings: UnitSettings, directive: ReadDirective): number | undefined =>
  settings.last(parseTimeSpan, 'a time span', directive);

/** 0 means no limit here: config_parse_sec_fix_0(). */
const timeout = (settings: UnitSettings, ...directives: readonly ReadDirective[]): number | undefined => {
  const milliseconds = settings.last(parseTimeSpan, 'a time span', ...directives);
  return milliseconds === 0 ? Infinity : milliseconds;
};

const flag = (settings: UnitSettings, directive: ReadDirective): boolean | undefined =>
  settings.last(parseBoolean, 'yes or no', directive);

const oneOf =
  <Word extends string>(words: readonly Word[]) =>
  (text: string): Word | undefined =>
    words.find((word) => word === text);

/** The only directive here that an empty assignment resets. */
function parseKillMode(text: string): KillMode | undefined {
  return text === '' ? 'control-group' : oneOf(killModes)(text);
}

/** `debug` restarts as `normal` does; systemd.service(5). */
function parseRestartMode(text: string): ServiceConfig['restartMode'] | undefined {
  return text === 'debug' ? 'normal' : oneOf(['normal', 'direct'] as const)(text);
}
