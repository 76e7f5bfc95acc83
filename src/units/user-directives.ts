/**
 * The effect of each [Service] directive of systemd in a container's unit, where a user writes it under `x-systemd`.
 * The unit's processes are the docker client and the unit's other commands; the container's processes belong to Docker.
 * So much of systemd.exec(5), systemd.kill(5) and systemd.resource-control(5) affects only the client, and some of it
 * keeps the client from its work.
 */

export type UserDirectiveRule =
  /** Does what systemd.service(5) says, to the container too. */
  | { readonly kind: 'works' }
  /** `why` follows `KEY= `; `remedy` is a sentence. Does not apply where the value is `harmless`. */
  | {
      readonly kind: 'warned' | 'refused';
      readonly why: string;
      readonly remedy: string;
      readonly harmless: (value: string) => boolean;
    };

/** The rule of a directive with that value; undefined where systemd 257 knows no such directive. */
export function userDirectiveRule(key: string, value: string): UserDirectiveRule | undefined {
  const ownRules = rules.get(key);
  return ownRules?.find((rule) => rule.kind === 'works' || !rule.harmless(value)) ?? (ownRules && works);
}

const works: UserDirectiveRule = { kind: 'works' };

const isOff = (value: string): boolean => /^(0|n|no|f|false|off|infinity|)$/i.test(value);

const refuse = (why: string, remedy: string, harmless = isOff): UserDirectiveRule => ({
  kind: 'refused',
  why,
  remedy,
  harmless,
});

const warn = (why: string, remedy: string): UserDirectiveRule => ({
  kind: 'warned',
  why,
  remedy,
  harmless: isOff,
});

/** @param advice what has the same effect on the container: a key of the service, or several */
const clientOnly = (advice: string): UserDirectiveRule =>
  warn('reaches the docker client and the unit’s other commands, not the container', `Write ${advice}`);

const hardening = clientOnly(
  '`read_only:`, `cap_drop:` and `security_opt:` for the container, or leave it if the client is meant',
);
const limit = (key: string): UserDirectiveRule =>
  clientOnly(`\`${key}:\`, or limit the whole project by \`x-systemd: { Slice: … }\` at the top`);
const meaningless = warn('has no meaning for the docker client', 'Remove it');
const runsContainer = (): UserDirectiveRule =>
  refuse(
    'is what makes this unit run the container, so it cannot be replaced',
    'Use ExecStartPre=, ExecStartPost= or the keys of the specification; or write a drop-in by hand',
    () => false,
  );
const asRoot = refuse(
  'takes the docker client’s right to Docker’s socket away, so no container would start',
  'Write `user:` for the container’s processes',
  (value) => isOff(value) || value === 'root',
);
const otherRoot = refuse(
  'gives the docker client another root directory, without docker and Docker’s socket',
  'Choose the container’s files by `image:` and `volumes:`',
  (value) => isOff(value) || value === '/',
);
const readsNothing = refuse(
  'connects the docker client to a terminal or socket that it does not have, so no container would start',
  'Write `stdin_open:` or `tty:`',
  (value) => !/^(fd|socket|tty)/.test(value),
);

/** Whether one of the paths, as systemd.exec(5) writes them, is Docker's socket or contains it. */
const hidesNoSocket = (value: string): boolean =>
  !value
    .split(/\s+/)
    .flatMap((word) =>
      word
        .replace(/^[-+]+/, '')
        .replace(/^"|"$/g, '')
        .split(':', 1),
    )
    .some((path) => /^(\/|\/(var\/)?run\/?|\/(var\/)?run\/docker\.sock)$/.test(path));
const hiddenPaths = refuse(
  'hides Docker’s socket from the docker client, so no container would start',
  'Choose the container’s paths by `volumes:` and `tmpfs:`',
  hidesNoSocket,
);

/** Words of systemd.directives(7), by their effect. */
const groups: readonly (readonly [UserDirectiveRule, string])[] = [
  // systemd.service(5)
  [runsContainer(), 'ExecStart Type'],
  [works, 'ExecCondition ExecStartPre ExecStartPost ExecReload ExecStop ExecStopPost'],
  [works, 'Restart RestartSec RestartSteps RestartMaxDelaySec RestartMode RemainAfterExit'],
  [works, 'RestartPreventExitStatus RestartForceExitStatus SuccessExitStatus'],
  [works, 'TimeoutSec TimeoutStartSec TimeoutStopSec TimeoutAbortSec TimeoutCleanSec'],
  [works, 'TimeoutStartFailureMode TimeoutStopFailureMode RuntimeMaxSec RuntimeRandomizedExtraSec'],
  [works, 'StartLimitInterval StartLimitBurst StartLimitAction FailureAction RebootArgument'],
  [
    refuse(
      'waits for signs of life that the docker client never gives, and kills it',
      'Write `healthcheck:`, and `x-dockunit: { on_unhealthy: restart }`',
    ),
    'WatchdogSec',
  ],
  [refuse('waits for a file that docker never writes, so the start would time out', 'Remove it'), 'PIDFile'],
  [
    meaningless,
    'BusName ExitType FileDescriptorStoreMax FileDescriptorStorePreserve GuessMainPID NonBlocking',
  ],
  [meaningless, 'NotifyAccess OpenFile PermissionsStartOnly ReloadSignal RootDirectoryStartOnly'],
  [meaningless, 'USBFunctionDescriptors USBFunctionStrings WatchdogSignal'],
  [clientOnly('`ports:`'), 'Sockets'],
  [limit('mem_limit'), 'OOMPolicy'],
  // systemd.exec(5): identity
  [asRoot, 'User DynamicUser'],
  [clientOnly('`user:`'), 'Group'],
  [clientOnly('`group_add:`'), 'SupplementaryGroups'],
  [
    refuse('opens a session that outlives the docker client, so the stop would time out', 'Write `user:`'),
    'PAMName',
  ],
  [meaningless, 'SetLoginEnvironment RemoveIPC UtmpIdentifier UtmpMode'],
  // systemd.exec(5): paths
  [clientOnly('`working_dir:`'), 'WorkingDirectory'],
  [otherRoot, 'RootDirectory RootImage RootEphemeral'],
  [meaningless, 'RootImageOptions RootImagePolicy RootHash RootHashSignature RootVerity'],
  [clientOnly('`image:`'), 'ExtensionDirectories ExtensionImages ExtensionImagePolicy'],
  [clientOnly('`volumes:`'), 'MountImages MountImagePolicy BindPaths BindReadOnlyPaths'],
  [
    clientOnly('`volumes:`'),
    'ReadWritePaths ReadWriteDirectories ExecPaths BindLogSockets MountAPIVFS MountFlags',
  ],
  [clientOnly('`read_only:`'), 'ReadOnlyPaths ReadOnlyDirectories ProtectSystem ProtectHome'],
  [hiddenPaths, 'InaccessiblePaths InaccessibleDirectories TemporaryFileSystem'],
  [
    refuse(
      'may keep the docker client and the shell from being run',
      'Write `read_only:`, or `tmpfs:` with the option noexec',
    ),
    'NoExecPaths',
  ],
  [
    refuse('has systemd look for docker elsewhere', 'Name other programs by their whole path'),
    'ExecSearchPath',
  ],
  [works, 'RuntimeDirectory RuntimeDirectoryMode RuntimeDirectoryPreserve StateDirectory StateDirectoryMode'],
  [works, 'CacheDirectory CacheDirectoryMode LogsDirectory LogsDirectoryMode'],
  [works, 'ConfigurationDirectory ConfigurationDirectoryMode'],
  // systemd.exec(5): environment, credentials, input and output
  [
    refuse(
      'leads the docker client to another Docker than the units of images, networks and volumes ask',
      'Set it for all units: DefaultEnvironment= in systemd-system.conf(5), or environment.d(5) of a user',
      (value) => !/(^|[\s"'])DOCKER_(HOST|CONTEXT)=/.test(value),
    ),
    'Environment',
  ],
  [clientOnly('`environment:`'), 'Environment PassEnvironment UnsetEnvironment'],
  [clientOnly('`env_file:`'), 'EnvironmentFile'],
  [clientOnly('`secrets:`'), 'LoadCredential LoadCredentialEncrypted SetCredential SetCredentialEncrypted'],
  [clientOnly('`secrets:`'), 'ImportCredential'],
  [readsNothing, 'StandardInput StandardOutput StandardError'],
  [
    clientOnly('`command:` with the text in it, or a file under `configs:`'),
    'StandardInputText StandardInputData',
  ],
  [clientOnly('`tty:`'), 'TTYPath TTYReset TTYVHangup TTYVTDisallocate TTYRows TTYColumns'],
  [
    works,
    'SyslogIdentifier SyslogFacility SyslogLevel SyslogLevelPrefix LogLevelMax LogRateLimitIntervalSec',
  ],
  [works, 'LogRateLimitBurst LogExtraFields LogFilterPatterns'],
  [
    warn(
      'sends the output where dockunit logs and journalctl -u do not look',
      'Remove it, or read it with journalctl --namespace',
    ),
    'LogNamespace',
  ],
  // systemd.exec(5): security
  [clientOnly('`cap_drop:`'), 'CapabilityBoundingSet'],
  [clientOnly('`cap_add:`'), 'AmbientCapabilities'],
  [clientOnly('`security_opt: [no-new-privileges:true]`'), 'NoNewPrivileges'],
  [
    clientOnly('`security_opt: [seccomp=PROFILE]`'),
    'SystemCallFilter SystemCallArchitectures SystemCallErrorNumber',
  ],
  [clientOnly('`security_opt: [seccomp=PROFILE]`'), 'SystemCallLog'],
  [clientOnly('`security_opt:`'), 'SELinuxContext AppArmorProfile SmackProcessLabel'],
  [hardening, 'SecureBits ProtectProc ProcSubset MemoryDenyWriteExecute RestrictNamespaces RestrictRealtime'],
  [hardening, 'RestrictSUIDSGID LockPersonality RestrictFileSystems KeyringMode ProtectKernelTunables'],
  [
    hardening,
    'ProtectKernelModules ProtectKernelLogs ProtectClock ProtectControlGroups PrivateMounts Personality',
  ],
  [
    refuse(
      'keeps the docker client from Docker’s socket unless AF_UNIX is among them',
      'Write `networks:` or `network_mode:`',
      (value) => isOff(value) || (!value.startsWith('~') && value.split(/\s+/).includes('AF_UNIX')),
    ),
    'RestrictAddressFamilies',
  ],
  [clientOnly('`tmpfs:`'), 'PrivateTmp'],
  [clientOnly('`devices:`'), 'PrivateDevices'],
  [clientOnly('`network_mode: none`'), 'PrivateNetwork'],
  [clientOnly('`network_mode:`'), 'NetworkNamespacePath'],
  [clientOnly('`ipc:`'), 'PrivateIPC IPCNamespacePath'],
  [clientOnly('`pid:`'), 'PrivatePIDs'],
  [clientOnly('`userns_mode:`'), 'PrivateUsers'],
  [clientOnly('`hostname:`'), 'ProtectHostname'],
  // systemd.exec(5): process properties
  [
    clientOnly('`ulimits:`'),
    'LimitCPU LimitFSIZE LimitDATA LimitSTACK LimitCORE LimitRSS LimitNOFILE LimitAS',
  ],
  [clientOnly('`ulimits:`'), 'LimitNPROC LimitMEMLOCK LimitLOCKS LimitSIGPENDING LimitMSGQUEUE LimitNICE'],
  [clientOnly('`ulimits:`'), 'LimitRTPRIO LimitRTTIME'],
  [clientOnly('`cpu_shares:`'), 'Nice CPUSchedulingPolicy CPUSchedulingPriority CPUSchedulingResetOnFork'],
  [clientOnly('`cpuset:`'), 'CPUAffinity NUMAPolicy NUMAMask'],
  [clientOnly('`blkio_config:`'), 'IOSchedulingClass IOSchedulingPriority'],
  [clientOnly('`oom_score_adj:`'), 'OOMScoreAdjust'],
  [clientOnly('the umask in the container’s own entrypoint'), 'UMask'],
  [meaningless, 'CoredumpFilter CoredumpReceive TimerSlackNSec MemoryKSM IgnoreSIGPIPE'],
  // systemd.kill(5)
  [
    clientOnly('`stop_signal:` and `stop_grace_period:`'),
    'KillMode KillSignal RestartKillSignal FinalKillSignal',
  ],
  [clientOnly('`stop_signal:` and `stop_grace_period:`'), 'SendSIGHUP SendSIGKILL'],
  // systemd.resource-control(5)
  [works, 'Slice'],
  [limit('mem_limit'), 'MemoryMax MemoryHigh MemoryLimit StartupMemoryMax StartupMemoryHigh'],
  [limit('mem_reservation'), 'MemoryMin MemoryLow StartupMemoryLow DefaultMemoryMin DefaultMemoryLow'],
  [limit('mem_reservation'), 'DefaultStartupMemoryLow'],
  [limit('memswap_limit'), 'MemorySwapMax StartupMemorySwapMax MemoryZSwapMax StartupMemoryZSwapMax'],
  [limit('memswap_limit'), 'MemoryZSwapWriteback'],
  [limit('cpus'), 'CPUQuota CPUQuotaPeriodSec'],
  [limit('cpu_shares'), 'CPUWeight StartupCPUWeight CPUShares StartupCPUShares'],
  [limit('cpuset'), 'AllowedCPUs StartupAllowedCPUs AllowedMemoryNodes StartupAllowedMemoryNodes'],
  [limit('pids_limit'), 'TasksMax'],
  [limit('blkio_config'), 'IOWeight StartupIOWeight IODeviceWeight IOReadBandwidthMax IOWriteBandwidthMax'],
  [limit('blkio_config'), 'IOReadIOPSMax IOWriteIOPSMax IODeviceLatencyTargetSec BlockIOWeight'],
  [
    limit('blkio_config'),
    'StartupBlockIOWeight BlockIODeviceWeight BlockIOReadBandwidth BlockIOWriteBandwidth',
  ],
  [clientOnly('`devices:` and `device_cgroup_rules:`'), 'DeviceAllow DevicePolicy'],
  [clientOnly('`networks:`, with `internal: true` on the network'), 'IPAddressAllow IPAddressDeny'],
  [clientOnly('`networks:`'), 'IPIngressFilterPath IPEgressFilterPath SocketBindAllow SocketBindDeny'],
  [clientOnly('`networks:`'), 'RestrictNetworkInterfaces NFTSet BPFProgram'],
  [
    warn(
      'counts what the docker client uses, not the container',
      'Look at the slice of the project: systemctl status',
    ),
    'CPUAccounting MemoryAccounting IOAccounting BlockIOAccounting TasksAccounting IPAccounting',
  ],
  [
    meaningless,
    'Delegate DelegateSubgroup DisableControllers MemoryPressureWatch MemoryPressureThresholdSec',
  ],
  [meaningless, 'ManagedOOMSwap ManagedOOMMemoryPressure ManagedOOMMemoryPressureLimit'],
  [meaningless, 'ManagedOOMMemoryPressureDurationSec ManagedOOMPreference'],
];

/** Of several rules, the first one whose values include the given value applies. */
const rules: ReadonlyMap<string, readonly UserDirectiveRule[]> = groupByKey();

function groupByKey(): Map<string, UserDirectiveRule[]> {
  const byKey = new Map<string, UserDirectiveRule[]>();
  for (const [rule, keys] of groups) {
    for (const key of keys.split(' ')) byKey.set(key, [...(byKey.get(key) ?? []), rule]);
  }
  return byKey;
}
