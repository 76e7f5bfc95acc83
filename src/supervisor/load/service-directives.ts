/** The rule of every directive of [Service]; systemd.service(5), systemd.exec(5), systemd.kill(5), systemd.resource-control(5). */
import { execDirectives } from '../engine/unit-config.ts';
import { type DirectiveRule, each, idle, ignore, read, refuse } from './directive-rule.ts';

const controlGroups =
  'the supervisor makes no control groups: limits of a container are options of docker create, keys like mem_limit of its specification';
const sandbox =
  'the supervisor confines no commands: a container is confined by its own options, keys like cap_drop, read_only and security_opt';
const output = 'output goes to the log of the unit';
const terminal = 'commands have no terminal';
const rights = 'commands run with the rights and limits of the supervisor';
const directories = 'the supervisor makes no directories: make them before';
const fileSystem = 'the command would see another file system than it asks for';
const credentials = 'the command would miss its credentials';
const sockets = 'only systemd hands sockets and open files over';
const action = 'the supervisor never stops or restarts the host';
const killing = 'the supervisor sends KillSignal= and FinalKillSignal= alone';
const no = ['no', 'false', '0', 'off'] as const;

/** What a service does and when; systemd.service(5) and systemd.kill(5). */
const life = {
  ...each(read, ['Type', 'BusName', 'RemainAfterExit']),
  ...each(read, Object.values(execDirectives)),
  ExecReload: idle('units are not reloaded: restart them'),
  ReloadSignal: idle('units are not reloaded: restart them'),
  ...each(read, ['Restart', 'RestartMode', 'RestartSec', 'RestartSteps', 'RestartMaxDelaySec']),
  ...each(read, ['SuccessExitStatus', 'RestartPreventExitStatus', 'RestartForceExitStatus']),
  ...each(read, ['TimeoutStartSec', 'TimeoutStopSec', 'TimeoutSec', 'RuntimeMaxSec']),
  // Now part of section [Unit]; systemd still accepts them here.
  ...each(read, ['StartLimitInterval', 'StartLimitBurst']),
  ...each(ignore(action, 'none'), ['StartLimitAction', 'FailureAction']),
  RebootArgument: idle(action),
  ...each(read, ['KillMode', 'KillSignal', 'FinalKillSignal', 'SendSIGKILL', 'SendSIGHUP']),
  RestartKillSignal: ignore(killing),
  WatchdogSec: ignore('the supervisor watches for no sign of life', '0', 'infinity'),
  WatchdogSignal: idle('the supervisor watches for no sign of life'),
  TimeoutAbortSec: idle('the supervisor watches for no sign of life'),
  ...each(ignore(killing, 'terminate'), ['TimeoutStartFailureMode', 'TimeoutStopFailureMode']),
  RuntimeRandomizedExtraSec: ignore('RuntimeMaxSec= holds to the second', '0'),
  ExitType: refuse('a service ends with its main process here', 'main'),
  PIDFile: ignore('the processes of a service are known by their group'),
  GuessMainPID: idle('the processes of a service are known by their group'),
  NotifyAccess: idle('any process of the unit may notify'),
  OOMPolicy: ignore('a kill for lack of memory is a kill like any other', 'continue'),
  ...each(refuse(sockets), ['Sockets', 'OpenFile', 'USBFunctionDescriptors', 'USBFunctionStrings']),
  FileDescriptorStoreMax: ignore(sockets, '0'),
  FileDescriptorStorePreserve: idle(sockets),
  NonBlocking: idle(sockets),
  ...each(idle('systemd itself ignores it'), ['SysVStartPriority', 'BusPolicy', 'Capabilities', 'NetClass']),
} satisfies Readonly<Record<string, DirectiveRule>>;

/** The execution environment of commands; systemd.exec(5). */
const execution = {
  ...each(read, ['Environment', 'EnvironmentFile', 'UnsetEnvironment', 'WorkingDirectory', 'UMask']),
  ...each(read, ['User', 'Group', 'SupplementaryGroups']),
  PassEnvironment: ignore('variables come from Environment= and EnvironmentFile= alone'),
  DynamicUser: refuse('the command would run as another user', ...no),
  ExecSearchPath: refuse('another program might be found'),
  PermissionsStartOnly: refuse('the prefix + of a command says the same', ...no),
  PAMName: refuse('the supervisor opens no sessions'),
  SetLoginEnvironment: idle('HOME, USER and LOGNAME are always set where User= is'),
  ...each(ignore(rights), ['Nice', 'OOMScoreAdjust', 'CoredumpFilter']),
  ...each(ignore(rights), ['IOSchedulingClass', 'IOSchedulingPriority', 'CPUSchedulingPolicy']),
  ...each(ignore(rights), ['CPUSchedulingPriority', 'CPUSchedulingResetOnFork', 'CPUAffinity']),
  ...each(ignore(rights), ['NUMAPolicy', 'NUMAMask', 'TimerSlackNSec', 'MemoryKSM', 'Personality']),
  ...each(ignore(rights), ['LimitCPU', 'LimitFSIZE', 'LimitDATA', 'LimitSTACK', 'LimitCORE', 'LimitRSS']),
  ...each(ignore(rights), ['LimitNOFILE', 'LimitAS', 'LimitNPROC', 'LimitMEMLOCK', 'LimitLOCKS']),
  ...each(ignore(rights), ['LimitSIGPENDING', 'LimitMSGQUEUE', 'LimitNICE', 'LimitRTPRIO', 'LimitRTTIME']),
  IgnoreSIGPIPE: ignore(rights, 'yes', 'true', '1', 'on'),
  RemoveIPC: ignore(rights, ...no),
  KeyringMode: idle('commands share the keyring of the supervisor'),
  ...each(ignore(directories), ['RuntimeDirectory', 'StateDirectory', 'CacheDirectory', 'LogsDirectory']),
  ConfigurationDirectory: ignore(directories),
  ...each(idle(directories), ['RuntimeDirectoryMode', 'StateDirectoryMode', 'CacheDirectoryMode']),
  ...each(idle(directories), ['LogsDirectoryMode', 'ConfigurationDirectoryMode']),
  ...each(idle(directories), ['RuntimeDirectoryPreserve', 'TimeoutCleanSec']),
  StandardInput: refuse('commands have no input', 'null'),
  ...each(refuse('commands have no input'), ['StandardInputText', 'StandardInputData']),
  ...each(ignore(output, 'inherit', 'journal', 'journal+console', 'syslog', 'kmsg'), [
    'StandardOutput',
    'StandardError',
  ]),
  ...each(idle(output), ['SyslogIdentifier', 'SyslogFacility', 'SyslogLevel', 'SyslogLevelPrefix']),
  ...each(idle(output), ['LogLevelMax', 'LogExtraFields', 'LogRateLimitIntervalSec', 'LogRateLimitBurst']),
  ...each(ignore(output), ['LogFilterPatterns', 'LogNamespace']),
  BindLogSockets: idle(output),
  ...each(idle(terminal), ['TTYPath', 'TTYReset', 'TTYVHangup', 'TTYVTDisallocate', 'TTYRows', 'TTYColumns']),
  ...each(idle(terminal), ['UtmpIdentifier', 'UtmpMode']),
  ...each(refuse(credentials), ['LoadCredential', 'LoadCredentialEncrypted', 'ImportCredential']),
  ...each(refuse(credentials), ['SetCredential', 'SetCredentialEncrypted']),
} satisfies Readonly<Record<string, DirectiveRule>>;

/** Sandboxing of commands, and the file system they see; systemd.exec(5). */
const confinement = {
  ...each(refuse(fileSystem), ['RootDirectory', 'RootImage', 'RootDirectoryStartOnly', 'RootEphemeral']),
  ...each(refuse(fileSystem), ['BindPaths', 'BindReadOnlyPaths', 'TemporaryFileSystem', 'MountImages']),
  ...each(refuse(fileSystem), ['ExtensionImages', 'ExtensionDirectories']),
  ...each(refuse('the command would run in another namespace'), ['NetworkNamespacePath', 'IPCNamespacePath']),
  ...each(idle(fileSystem), ['RootImageOptions', 'RootImagePolicy', 'RootHash', 'RootHashSignature']),
  ...each(idle(fileSystem), ['RootVerity', 'ExtensionImagePolicy', 'MountImagePolicy', 'MountAPIVFS']),
  ...each(ignore(sandbox), ['AmbientCapabilities', 'CapabilityBoundingSet', 'SecureBits']),
  ...each(ignore(sandbox), ['AppArmorProfile', 'SELinuxContext', 'SmackProcessLabel']),
  ...each(ignore(sandbox), ['SystemCallFilter', 'SystemCallArchitectures', 'SystemCallErrorNumber']),
  ...each(ignore(sandbox), ['SystemCallLog', 'RestrictAddressFamilies', 'RestrictFileSystems']),
  ...each(ignore(sandbox), ['ReadWritePaths', 'ReadOnlyPaths', 'InaccessiblePaths', 'ExecPaths']),
  ...each(ignore(sandbox), ['ReadWriteDirectories', 'ReadOnlyDirectories', 'InaccessibleDirectories']),
  ...each(ignore(sandbox), ['NoExecPaths', 'MountFlags', 'PrivatePIDs', 'ProtectProc', 'ProcSubset']),
  ...each(ignore(sandbox, ...no), ['NoNewPrivileges', 'LockPersonality', 'MemoryDenyWriteExecute']),
  ...each(ignore(sandbox, ...no), ['RestrictNamespaces', 'RestrictRealtime', 'RestrictSUIDSGID']),
  ...each(ignore(sandbox, ...no), ['PrivateTmp', 'PrivateDevices', 'PrivateNetwork', 'PrivateIPC']),
  ...each(ignore(sandbox, ...no), ['PrivateUsers', 'PrivateMounts', 'ProtectSystem', 'ProtectHome']),
  ...each(ignore(sandbox, ...no), ['ProtectClock', 'ProtectControlGroups', 'ProtectHostname']),
  ...each(ignore(sandbox, ...no), ['ProtectKernelLogs', 'ProtectKernelModules', 'ProtectKernelTunables']),
} satisfies Readonly<Record<string, DirectiveRule>>;

/** systemd.resource-control(5). */
const resources = {
  ...each(ignore(controlGroups), ['Delegate', 'DelegateSubgroup', 'DisableControllers']),
  ...each(idle(controlGroups), ['CPUAccounting', 'MemoryAccounting', 'IOAccounting', 'TasksAccounting']),
  ...each(idle(controlGroups), ['BlockIOAccounting', 'IPAccounting', 'CPUQuotaPeriodSec']),
  ...each(ignore(controlGroups), ['CPUQuota', 'CPUWeight', 'CPUShares', 'StartupCPUWeight']),
  ...each(ignore(controlGroups), ['StartupCPUShares', 'AllowedCPUs', 'StartupAllowedCPUs']),
  ...each(ignore(controlGroups), ['AllowedMemoryNodes', 'StartupAllowedMemoryNodes']),
  ...each(ignore(controlGroups), ['MemoryMin', 'MemoryLow', 'MemoryHigh', 'MemoryMax', 'MemorySwapMax']),
  ...each(ignore(controlGroups), ['MemoryLimit', 'MemoryZSwapMax', 'MemoryZSwapWriteback']),
  ...each(ignore(controlGroups), ['StartupMemoryLow', 'StartupMemoryHigh', 'StartupMemoryMax']),
  ...each(ignore(controlGroups), ['StartupMemorySwapMax', 'StartupMemoryZSwapMax', 'DefaultMemoryMin']),
  ...each(ignore(controlGroups), ['DefaultMemoryLow', 'DefaultStartupMemoryLow']),
  ...each(ignore(controlGroups), ['MemoryPressureWatch', 'MemoryPressureThresholdSec']),
  TasksMax: ignore(controlGroups, 'infinity'),
  ...each(ignore(controlGroups), ['IOWeight', 'StartupIOWeight', 'IODeviceWeight', 'IOReadBandwidthMax']),
  ...each(ignore(controlGroups), ['IOWriteBandwidthMax', 'IOReadIOPSMax', 'IOWriteIOPSMax']),
  ...each(ignore(controlGroups), ['IODeviceLatencyTargetSec', 'BlockIOWeight', 'StartupBlockIOWeight']),
  ...each(ignore(controlGroups), ['BlockIODeviceWeight', 'BlockIOReadBandwidth', 'BlockIOWriteBandwidth']),
  ...each(ignore(controlGroups), ['IPAddressAllow', 'IPAddressDeny', 'IPIngressFilterPath']),
  ...each(ignore(controlGroups), ['IPEgressFilterPath', 'SocketBindAllow', 'SocketBindDeny', 'BPFProgram']),
  ...each(ignore(controlGroups), ['RestrictNetworkInterfaces', 'NFTSet', 'DeviceAllow', 'DevicePolicy']),
  ...each(ignore(controlGroups), ['ManagedOOMSwap', 'ManagedOOMMemoryPressure', 'ManagedOOMPreference']),
  ...each(ignore(controlGroups), ['ManagedOOMMemoryPressureLimit', 'ManagedOOMMemoryPressureDurationSec']),
  CoredumpReceive: ignore(controlGroups, ...no),
} satisfies Readonly<Record<string, DirectiveRule>>;

export const serviceDirectives = {
  ...life,
  ...execution,
  ...confinement,
  ...resources,
  Slice: idle('a slice groups control groups, and without systemd there are none to group'),
};

/** Of [Slice]: systemd.slice(5). */
export const sliceDirectives = resources;
