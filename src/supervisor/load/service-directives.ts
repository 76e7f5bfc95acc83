/** The rule of every directive of [Service]; systemd.service(5), systemd.exec(5), systemd.kill(5), systemd.resource-control(5). */
import { execDirectives } from '../engine/unit-config.ts';
import { type DirectiveRule, each, idle, ignored, read, refused } from './directive-rule.ts';

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
  ...each(ignored(action, 'none'), ['StartLimitAction', 'FailureAction']),
  RebootArgument: idle(action),
  ...each(read, ['KillMode', 'KillSignal', 'FinalKillSignal', 'SendSIGKILL', 'SendSIGHUP']),
  RestartKillSignal: ignored(killing),
  WatchdogSec: ignored('the supervisor watches for no sign of life', '0', 'infinity'),
  WatchdogSignal: idle('the supervisor watches for no sign of life'),
  TimeoutAbortSec: idle('the supervisor watches for no sign of life'),
  ...each(ignored(killing, 'terminate'), ['TimeoutStartFailureMode', 'TimeoutStopFailureMode']),
  RuntimeRandomizedExtraSec: ignored('RuntimeMaxSec= holds to the second', '0'),
  ExitType: refused('a service ends with its main process here', 'main'),
  PIDFile: ignored('the processes of a service are known by their group'),
  GuessMainPID: idle('the processes of a service are known by their group'),
  NotifyAccess: idle('any process of the unit may notify'),
  OOMPolicy: ignored('a kill for lack of memory is a kill like any other', 'continue'),
  ...each(refused(sockets), ['Sockets', 'OpenFile', 'USBFunctionDescriptors', 'USBFunctionStrings']),
  FileDescriptorStoreMax: ignored(sockets, '0'),
  FileDescriptorStorePreserve: idle(sockets),
  NonBlocking: idle(sockets),
  ...each(idle('systemd itself ignores it'), ['SysVStartPriority', 'BusPolicy', 'Capabilities', 'NetClass']),
} satisfies Readonly<Record<string, DirectiveRule>>;

/** The execution environment of commands; systemd.exec(5). */
const execution = {
  ...each(read, ['Environment', 'EnvironmentFile', 'UnsetEnvironment', 'WorkingDirectory', 'UMask']),
  ...each(read, ['User', 'Group', 'SupplementaryGroups']),
  PassEnvironment: ignored('variables come from Environment= and EnvironmentFile= alone'),
  DynamicUser: refused('the command would run as another user', ...no),
  ExecSearchPath: refused('another program might be found'),
  PermissionsStartOnly: refused('the prefix + of a command says the same', ...no),
  PAMName: refused('the supervisor opens no sessions'),
  SetLoginEnvironment: idle('HOME, USER and LOGNAME are always set where User= is'),
  ...each(ignored(rights), ['Nice', 'OOMScoreAdjust', 'CoredumpFilter']),
  ...each(ignored(rights), ['IOSchedulingClass', 'IOSchedulingPriority', 'CPUSchedulingPolicy']),
  ...each(ignored(rights), ['CPUSchedulingPriority', 'CPUSchedulingResetOnFork', 'CPUAffinity']),
  ...each(ignored(rights), ['NUMAPolicy', 'NUMAMask', 'TimerSlackNSec', 'MemoryKSM', 'Personality']),
  ...each(ignored(rights), ['LimitCPU', 'LimitFSIZE', 'LimitDATA', 'LimitSTACK', 'LimitCORE', 'LimitRSS']),
  ...each(ignored(rights), ['LimitNOFILE', 'LimitAS', 'LimitNPROC', 'LimitMEMLOCK', 'LimitLOCKS']),
  ...each(ignored(rights), ['LimitSIGPENDING', 'LimitMSGQUEUE', 'LimitNICE', 'LimitRTPRIO', 'LimitRTTIME']),
  IgnoreSIGPIPE: ignored(rights, 'yes', 'true', '1', 'on'),
  RemoveIPC: ignored(rights, ...no),
  KeyringMode: idle('commands share the keyring of the supervisor'),
  ...each(ignored(directories), ['RuntimeDirectory', 'StateDirectory', 'CacheDirectory', 'LogsDirectory']),
  ConfigurationDirectory: ignored(directories),
  ...each(idle(directories), ['RuntimeDirectoryMode', 'StateDirectoryMode', 'CacheDirectoryMode']),
  ...each(idle(directories), ['LogsDirectoryMode', 'ConfigurationDirectoryMode']),
  ...each(idle(directories), ['RuntimeDirectoryPreserve', 'TimeoutCleanSec']),
  StandardInput: refused('commands have no input', 'null'),
  ...each(refused('commands have no input'), ['StandardInputText', 'StandardInputData']),
  ...each(ignored(output, 'inherit', 'journal', 'journal+console', 'syslog', 'kmsg'), [
    'StandardOutput',
    'StandardError',
  ]),
  ...each(idle(output), ['SyslogIdentifier', 'SyslogFacility', 'SyslogLevel', 'SyslogLevelPrefix']),
  ...each(idle(output), ['LogLevelMax', 'LogExtraFields', 'LogRateLimitIntervalSec', 'LogRateLimitBurst']),
  ...each(ignored(output), ['LogFilterPatterns', 'LogNamespace']),
  BindLogSockets: idle(output),
  ...each(idle(terminal), ['TTYPath', 'TTYReset', 'TTYVHangup', 'TTYVTDisallocate', 'TTYRows', 'TTYColumns']),
  ...each(idle(terminal), ['UtmpIdentifier', 'UtmpMode']),
  ...each(refused(credentials), ['LoadCredential', 'LoadCredentialEncrypted', 'ImportCredential']),
  ...each(refused(credentials), ['SetCredential', 'SetCredentialEncrypted']),
} satisfies Readonly<Record<string, DirectiveRule>>;

/** Sandboxing of commands, and the file system they see; systemd.exec(5). */
const confinement = {
  ...each(refused(fileSystem), ['RootDirectory', 'RootImage', 'RootDirectoryStartOnly', 'RootEphemeral']),
  ...each(refused(fileSystem), ['BindPaths', 'BindReadOnlyPaths', 'TemporaryFileSystem', 'MountImages']),
  ...each(refused(fileSystem), ['ExtensionImages', 'ExtensionDirectories']),
  ...each(refused('the command would run in another namespace'), [
    'NetworkNamespacePath',
    'IPCNamespacePath',
  ]),
  ...each(idle(fileSystem), ['RootImageOptions', 'RootImagePolicy', 'RootHash', 'RootHashSignature']),
  ...each(idle(fileSystem), ['RootVerity', 'ExtensionImagePolicy', 'MountImagePolicy', 'MountAPIVFS']),
  ...each(ignored(sandbox), ['AmbientCapabilities', 'CapabilityBoundingSet', 'SecureBits']),
  ...each(ignored(sandbox), ['AppArmorProfile', 'SELinuxContext', 'SmackProcessLabel']),
  ...each(ignored(sandbox), ['SystemCallFilter', 'SystemCallArchitectures', 'SystemCallErrorNumber']),
  ...each(ignored(sandbox), ['SystemCallLog', 'RestrictAddressFamilies', 'RestrictFileSystems']),
  ...each(ignored(sandbox), ['ReadWritePaths', 'ReadOnlyPaths', 'InaccessiblePaths', 'ExecPaths']),
  ...each(ignored(sandbox), ['ReadWriteDirectories', 'ReadOnlyDirectories', 'InaccessibleDirectories']),
  ...each(ignored(sandbox), ['NoExecPaths', 'MountFlags', 'PrivatePIDs', 'ProtectProc', 'ProcSubset']),
  ...each(ignored(sandbox, ...no), ['NoNewPrivileges', 'LockPersonality', 'MemoryDenyWriteExecute']),
  ...each(ignored(sandbox, ...no), ['RestrictNamespaces', 'RestrictRealtime', 'RestrictSUIDSGID']),
  ...each(ignored(sandbox, ...no), ['PrivateTmp', 'PrivateDevices', 'PrivateNetwork', 'PrivateIPC']),
  ...each(ignored(sandbox, ...no), ['PrivateUsers', 'PrivateMounts', 'ProtectSystem', 'ProtectHome']),
  ...each(ignored(sandbox, ...no), ['ProtectClock', 'ProtectControlGroups', 'ProtectHostname']),
  ...each(ignored(sandbox, ...no), ['ProtectKernelLogs', 'ProtectKernelModules', 'ProtectKernelTunables']),
} satisfies Readonly<Record<string, DirectiveRule>>;

/** systemd.resource-control(5). */
const resources = {
  ...each(ignored(controlGroups), ['Delegate', 'DelegateSubgroup', 'DisableControllers']),
  ...each(idle(controlGroups), ['CPUAccounting', 'MemoryAccounting', 'IOAccounting', 'TasksAccounting']),
  ...each(idle(controlGroups), ['BlockIOAccounting', 'IPAccounting', 'CPUQuotaPeriodSec']),
  ...each(ignored(controlGroups), ['CPUQuota', 'CPUWeight', 'CPUShares', 'StartupCPUWeight']),
  ...each(ignored(controlGroups), ['StartupCPUShares', 'AllowedCPUs', 'StartupAllowedCPUs']),
  ...each(ignored(controlGroups), ['AllowedMemoryNodes', 'StartupAllowedMemoryNodes']),
  ...each(ignored(controlGroups), ['MemoryMin', 'MemoryLow', 'MemoryHigh', 'MemoryMax', 'MemorySwapMax']),
  ...each(ignored(controlGroups), ['MemoryLimit', 'MemoryZSwapMax', 'MemoryZSwapWriteback']),
  ...each(ignored(controlGroups), ['StartupMemoryLow', 'StartupMemoryHigh', 'StartupMemoryMax']),
  ...each(ignored(controlGroups), ['StartupMemorySwapMax', 'StartupMemoryZSwapMax', 'DefaultMemoryMin']),
  ...each(ignored(controlGroups), ['DefaultMemoryLow', 'DefaultStartupMemoryLow']),
  ...each(ignored(controlGroups), ['MemoryPressureWatch', 'MemoryPressureThresholdSec']),
  TasksMax: ignored(controlGroups, 'infinity'),
  ...each(ignored(controlGroups), ['IOWeight', 'StartupIOWeight', 'IODeviceWeight', 'IOReadBandwidthMax']),
  ...each(ignored(controlGroups), ['IOWriteBandwidthMax', 'IOReadIOPSMax', 'IOWriteIOPSMax']),
  ...each(ignored(controlGroups), ['IODeviceLatencyTargetSec', 'BlockIOWeight', 'StartupBlockIOWeight']),
  ...each(ignored(controlGroups), ['BlockIODeviceWeight', 'BlockIOReadBandwidth', 'BlockIOWriteBandwidth']),
  ...each(ignored(controlGroups), ['IPAddressAllow', 'IPAddressDeny', 'IPIngressFilterPath']),
  ...each(ignored(controlGroups), ['IPEgressFilterPath', 'SocketBindAllow', 'SocketBindDeny', 'BPFProgram']),
  ...each(ignored(controlGroups), ['RestrictNetworkInterfaces', 'NFTSet', 'DeviceAllow', 'DevicePolicy']),
  ...each(ignored(controlGroups), ['ManagedOOMSwap', 'ManagedOOMMemoryPressure', 'ManagedOOMPreference']),
  ...each(ignored(controlGroups), ['ManagedOOMMemoryPressureLimit', 'ManagedOOMMemoryPressureDurationSec']),
  CoredumpReceive: ignored(controlGroups, ...no),
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
