/** The rule of every directive of [Unit] and [Install]; systemd.unit(5). */
import { type DirectiveRule, each, idle, ignore, read } from './directive-rule.ts';

const reload = 'units are not reloaded: restart them';
const action = 'the supervisor never stops or restarts the host';
const untestedNote = 'this condition is not tested: it counts as met';

/** Tests of Condition*= and Assert*= that the supervisor does not make. */
const untestedConditions = [
  ...(['ACPower', 'Architecture', 'CPUFeature', 'CPUPressure', 'CPUs', 'Capability'] as const),
  ...(['ControlGroupController', 'Credential', 'Firmware', 'Group', 'IOPressure', 'KernelVersion'] as const),
  ...(['Memory', 'MemoryPressure', 'NeedsUpdate', 'OSRelease', 'PathIsEncrypted', 'Security'] as const),
  'Virtualization',
] as const;

const testedConditions = [
  ...(['PathExists', 'PathExistsGlob', 'PathIsDirectory', 'PathIsSymbolicLink'] as const),
  ...(['PathIsMountPoint', 'PathIsReadWrite', 'DirectoryNotEmpty', 'FileNotEmpty'] as const),
  ...(['FileIsExecutable', 'User', 'Host', 'KernelCommandLine', 'Environment', 'FirstBoot'] as const),
] as const;

const condition = <const Test extends string>(test: Test): `Condition${Test}` => `Condition${test}`;
const assertion = <const Test extends string>(test: Test): `Assert${Test}` => `Assert${test}`;

export const unitDirectives = {
  Description: read,
  ...each(read, ['Requires', 'Requisite', 'Wants', 'BindsTo', 'PartOf', 'Upholds', 'Conflicts']),
  ...each(read, ['Before', 'After', 'OnFailure', 'OnSuccess', 'PropagatesStopTo', 'StopPropagatedFrom']),
  // Old names for BindsTo=, Requires= and Requisite=.
  ...each(read, ['BindTo', 'RequiresOverridable', 'RequisiteOverridable']),
  ...each(read, ['RequiresMountsFor', 'WantsMountsFor', 'DefaultDependencies']),
  ...each(read, ['StartLimitIntervalSec', 'StartLimitInterval', 'StartLimitBurst']),
  ...each(read, testedConditions.map(condition)),
  ...each(read, testedConditions.map(assertion)),
  ...each(ignore(untestedNote), untestedConditions.map(condition)),
  ...each(ignore(untestedNote), untestedConditions.map(assertion)),
  ...each(idle('for people'), ['Documentation', 'SourcePath']),
  ...each(idle(reload), ['PropagatesReloadTo', 'PropagateReloadTo']),
  ...each(idle(reload), ['ReloadPropagatedFrom', 'PropagateReloadFrom']),
  ...each(idle('targets are not isolated'), ['AllowIsolate', 'IgnoreOnIsolate']),
  IgnoreOnSnapshot: idle('systemd itself ignores it'),
  CollectMode: idle('units are never unloaded'),
  OnFailureJobMode: ignore('its jobs replace others', 'replace'),
  OnFailureIsolate: ignore('targets are not isolated', 'no', 'false', '0', 'off'),
  OnSuccessJobMode: ignore('its jobs give way to others', 'fail'),
  JoinsNamespaceOf: ignore('commands have no namespaces of their own'),
  StopWhenUnneeded: ignore('the unit runs until it is stopped', 'no', 'false', '0', 'off'),
  RefuseManualStart: ignore('who may use the supervisor may start it', 'no', 'false', '0', 'off'),
  RefuseManualStop: ignore('who may use the supervisor may stop it', 'no', 'false', '0', 'off'),
  SurviveFinalKillSignal: ignore('the supervisor stops what it started', 'no', 'false', '0', 'off'),
  ...each(ignore('jobs wait without limit', 'infinity', '0'), ['JobTimeoutSec', 'JobRunningTimeoutSec']),
  ...each(ignore(action, 'none'), ['JobTimeoutAction', 'StartLimitAction']),
  ...each(ignore(action, 'none'), ['FailureAction', 'SuccessAction']),
  ...each(idle(action), ['FailureActionExitStatus', 'SuccessActionExitStatus']),
  ...each(idle(action), ['JobTimeoutRebootArgument', 'RebootArgument']),
} satisfies Readonly<Record<string, DirectiveRule>>;

export const installDirectives = {
  ...each(read, ['WantedBy', 'RequiredBy', 'UpheldBy', 'Also', 'DefaultInstance']),
  Alias: ignore('enabling makes no further names: make a link beside the unit file'),
} satisfies Readonly<Record<string, DirectiveRule>>;
