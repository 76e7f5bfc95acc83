/**
 * The order of directives in a unit: that of the man pages, so that a reader who has one open finds his way. Commands
 * stand in the order in which systemd runs them, which the man page does not have.
 */
import type { Section } from './unit-set.ts';

/**
 * By section. The last directive of a line sets the others of that line: where it is present, all of them keep the
 * order in which they are given.
 */
const order: Readonly<Record<string, readonly string[]>> = {
  // systemd.unit(5)
  Unit: [
    ...['Description', 'Documentation', 'Wants', 'Requires', 'Requisite', 'BindsTo', 'PartOf', 'Upholds'],
    ...[
      'Conflicts',
      'Before',
      'After',
      'OnFailure',
      'OnSuccess',
      'PropagatesReloadTo',
      'ReloadPropagatedFrom',
    ],
    ...['PropagatesStopTo', 'StopPropagatedFrom', 'JoinsNamespaceOf', 'RequiresMountsFor', 'WantsMountsFor'],
    ...['OnSuccessJobMode', 'OnFailureJobMode', 'IgnoreOnIsolate', 'StopWhenUnneeded'],
    ...['RefuseManualStart', 'RefuseManualStop', 'AllowIsolate', 'DefaultDependencies'],
    ...['SurviveFinalKillSignal', 'CollectMode', 'FailureAction', 'SuccessAction'],
    ...['FailureActionExitStatus', 'SuccessActionExitStatus'],
    ...['JobTimeoutSec', 'JobRunningTimeoutSec', 'JobTimeoutAction', 'JobTimeoutRebootArgument'],
    ...[
      'StartLimitIntervalSec',
      'StartLimitInterval',
      'StartLimitBurst',
      'StartLimitAction',
      'RebootArgument',
    ],
    'SourcePath',
  ],
  Service: [
    // systemd.service(5)
    ...['Type', 'ExitType', 'RemainAfterExit', 'GuessMainPID', 'PIDFile', 'BusName'],
    ...[
      'ExecCondition',
      'ExecStartPre',
      'ExecStart',
      'ExecStartPost',
      'ExecReload',
      'ExecStop',
      'ExecStopPost',
    ],
    ...['RestartSec', 'RestartSteps', 'RestartMaxDelaySec'],
    'TimeoutStartSec TimeoutStopSec TimeoutAbortSec TimeoutSec',
    ...['TimeoutStartFailureMode', 'TimeoutStopFailureMode', 'RuntimeMaxSec', 'RuntimeRandomizedExtraSec'],
    ...['WatchdogSec', 'Restart', 'RestartMode', 'SuccessExitStatus', 'RestartPreventExitStatus'],
    ...['RestartForceExitStatus', 'NotifyAccess', 'OOMPolicy', 'OpenFile', 'ReloadSignal'],
    // systemd.exec(5)
    ...['ExecSearchPath', 'WorkingDirectory', 'User', 'Group', 'DynamicUser', 'SupplementaryGroups', 'UMask'],
    ...['RuntimeDirectory', 'StateDirectory', 'CacheDirectory', 'LogsDirectory', 'ConfigurationDirectory'],
    ...['Environment', 'EnvironmentFile', 'PassEnvironment', 'UnsetEnvironment'],
    ...['StandardInput', 'StandardOutput', 'StandardError', 'SyslogIdentifier'],
    // systemd.kill(5)
    ...['KillMode', 'KillSignal', 'RestartKillSignal', 'SendSIGHUP', 'SendSIGKILL', 'FinalKillSignal'],
    // systemd.resource-control(5)
    'Slice',
  ],
  // systemd.unit(5), [INSTALL] SECTION OPTIONS
  Install: ['Alias', 'WantedBy', 'RequiredBy', 'UpheldBy', 'Also', 'DefaultInstance'],
};

interface Place {
  readonly line: number;
  /** The place within its line, less than 1. */
  readonly within: number;
  /** The directive that sets all of the line. */
  readonly all: string;
}

const places = new Map(Object.entries(order).map(([section, lines]) => [section, placesOf(lines)]));

function placesOf(lines: readonly string[]): ReadonlyMap<string, Place> {
  return new Map(
    lines.flatMap((keys, line) => {
      const words = keys.split(' ');
      const all = words.at(-1) ?? '';
      return words.map((key, index): [string, Place] => [key, { line, within: index / words.length, all }]);
    }),
  );
}

/** The section in the order of the man pages; directives of other names follow, in the order given. */
export function orderDirectives(section: Section): Section {
  const placeOf = places.get(section.name);
  if (placeOf === undefined) return section;
  const keys = new Set(section.directives.map(({ key }) => key));
  const rank = (key: string): number => {
    const place = placeOf.get(key);
    return place === undefined ? Infinity : place.line + (keys.has(place.all) ? 0 : place.within);
  };
  const compare = (a: string, b: string): number => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0);
  return { ...section, directives: [...section.directives].sort((a, b) => compare(a.key, b.key)) };
}
