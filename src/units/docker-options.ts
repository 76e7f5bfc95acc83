/**
 * The docker options that units use, one table for each docker command: which Docker version introduced each
 * (docs.docker.com, Docker Engine release notes; test/e2e/docker-help.test.ts checks against the --help of two
 * clients), and the value it takes.
 */

export interface DockerOption {
  /** The first major version that has it; absent: every version that dockunit writes units for. */
  readonly since?: number;
  /** A switch: the next word is the next option. */
  readonly isSwitch?: true;
  /** Why an empty value is valid; without it, dockunit refuses an empty value. */
  readonly empty?: string;
  /** Below the service or network: the key that asks for it. Required for a newer option. */
  readonly key?: string;
  /**
   * What an older Docker does without it, where that is only a loss of comfort: dockunit leaves it out with a warning.
   */
  readonly without?: string;
  /** Newer fields of its value, a record of CSV, by the beginning of the field. */
  readonly fields?: Readonly<Record<string, NewerField>>;
  /** For `docker build`: only some builders know it (scripts.ts, `defineBuild`). */
  readonly rare?: true;
}

export interface NewerField {
  readonly since: number;
  /** Its name in messages. */
  readonly what: string;
  /** The key of an attachment, for `--network`; a mount is found by its target. */
  readonly key?: string;
}

type Options = Readonly<Record<string, DockerOption>>;

/** Every version has it, with a value. */
const plain: DockerOption = {};
const flag: DockerOption = { isSwitch: true };
const rare: DockerOption = { rare: true };

/** The driver of a network finds the name of the interface in this label (moby, libnetwork/netlabel, Ifname). */
export const interfaceLabel = 'com.docker.network.endpoint.ifname';
const interfaceName = { since: 28, what: '`interface_name`', key: 'interface_name' } as const;

export const dockerOptions = {
  create: {
    '--add-host': plain,
    '--annotation': { since: 24, key: 'annotations' },
    '--blkio-weight': plain,
    '--blkio-weight-device': plain,
    '--cap-add': { key: 'cap_add' },
    '--cap-drop': { key: 'cap_drop' },
    '--cgroup-parent': plain,
    '--cgroupns': plain,
    '--cpu-period': plain,
    '--cpu-quota': plain,
    '--cpu-rt-period': plain,
    '--cpu-rt-runtime': plain,
    '--cpu-shares': plain,
    '--cpus': plain,
    '--cpuset-cpus': plain,
    '--device': plain,
    '--device-cgroup-rule': { key: 'device_cgroup_rules' },
    '--device-read-bps': plain,
    '--device-read-iops': plain,
    '--device-write-bps': plain,
    '--device-write-iops': plain,
    '--dns': plain,
    '--dns-option': { empty: 'the container has no options then, in place of those of the host' },
    '--dns-search': plain,
    '--domainname': plain,
    '--entrypoint': { empty: 'it clears the entrypoint of the image' },
    '--env': plain,
    '--env-file': plain,
    '--expose': plain,
    '--gpus': plain,
    '--group-add': { key: 'group_add' },
    '--health-cmd': plain,
    '--health-interval': plain,
    '--health-retries': plain,
    '--health-start-interval': {
      since: 25,
      key: 'healthcheck.start_interval',
      without: 'while the container starts its health is checked every `interval`, as later',
    },
    '--health-start-period': plain,
    '--health-timeout': plain,
    '--hostname': plain,
    '--init': flag,
    '--interactive': flag,
    '--ip': plain,
    '--ip6': plain,
    '--ipc': plain,
    '--label': plain,
    '--link': plain,
    '--link-local-ip': plain,
    '--log-driver': plain,
    '--log-opt': plain,
    '--mac-address': plain,
    '--memory': plain,
    '--memory-reservation': plain,
    '--memory-swap': plain,
    '--memory-swappiness': plain,
    '--mount': {
      fields: {
        'bind-recursive=': { since: 25, what: '`recursive` of a bind mount' },
        'image-subpath=': { since: 28, what: '`subpath` of an image' },
        'type=image': { since: 28, what: 'a mount of type `image`' },
        'volume-subpath=': { since: 26, what: '`subpath` of a volume' },
      },
    },
    '--name': plain,
    '--network': {
      fields: {
        'gw-priority=': { since: 28, what: '`gw_priority`', key: 'gw_priority' },
        'mac-address=': {
          since: 25,
          what: '`mac_address` in a network that is not the first',
          key: 'mac_address',
        },
        [`driver-opt=${interfaceLabel}=`]: interfaceName,
      },
    },
    '--network-alias': plain,
    '--no-healthcheck': flag,
    '--oom-kill-disable': flag,
    '--oom-score-adj': plain,
    '--pid': plain,
    '--pids-limit': plain,
    '--platform': plain,
    '--privileged': flag,
    '--publish': plain,
    '--pull': plain,
    '--read-only': flag,
    '--runtime': plain,
    '--security-opt': plain,
    '--shm-size': plain,
    '--stop-signal': plain,
    '--stop-timeout': plain,
    '--storage-opt': plain,
    '--sysctl': plain,
    '--tmpfs': { key: 'tmpfs' },
    '--tty': flag,
    '--ulimit': plain,
    '--user': plain,
    '--userns': plain,
    '--uts': plain,
    '--volume': plain,
    '--volumes-from': plain,
    '--workdir': plain,
  },
  'network create': {
    '--attachable': flag,
    '--aux-address': plain,
    '--driver': plain,
    '--gateway': plain,
    '--internal': flag,
    '--ip-range': plain,
    '--ipam-driver': plain,
    '--ipam-opt': plain,
    '--ipv4': { since: 28, isSwitch: true, key: 'enable_ipv4' },
    '--ipv6': flag,
    '--label': plain,
    '--opt': plain,
    '--subnet': plain,
  },
  'network connect': {
    '--alias': plain,
    '--driver-opt': { fields: { [`${interfaceLabel}=`]: interfaceName } },
    '--gw-priority': { since: 28, key: 'gw_priority' },
    '--ip': plain,
    '--ip6': plain,
    '--link': plain,
    '--link-local-ip': plain,
  },
  'volume create': { '--driver': plain, '--label': plain, '--opt': plain },
  build: {
    '--add-host': plain,
    '--allow': rare,
    '--build-arg': plain,
    '--build-context': rare,
    '--cache-from': plain,
    '--cache-to': rare,
    '--file': plain,
    '--label': plain,
    '--network': plain,
    '--no-cache': flag,
    '--platform': plain,
    '--pull': flag,
    '--secret': rare,
    '--shm-size': rare,
    '--ssh': rare,
    '--tag': plain,
    '--target': plain,
    '--ulimit': rare,
  },
  pull: { '--platform': plain },
  exec: { '--env': plain, '--env-file': plain, '--privileged': flag, '--user': plain, '--workdir': plain },
} as const satisfies Record<string, Options>;

export type DockerCommand = keyof typeof dockerOptions;

/** One option on a command line. */
export interface GivenOption {
  readonly name: string;
  /** Undefined for a switch. */
  readonly value: string | undefined;
}

/** The options before the first word that is not an option, and the words from there on. */
export function readOptions(
  command: DockerCommand,
  words: readonly string[],
): { readonly options: readonly GivenOption[]; readonly rest: readonly string[] } {
  const options: GivenOption[] = [];
  let at = 0;
  for (let word = words[at]; word?.startsWith('--') === true; word = words[at]) {
    const [name = word] = word.split('=', 1);
    const isSwitch = optionOf(command, name)?.isSwitch === true;
    options.push({ name, value: isSwitch ? undefined : words[at + 1] });
    at += isSwitch ? 1 : 2;
  }
  return { options, rest: words.slice(at) };
}

export function optionOf(command: DockerCommand, name: string): DockerOption | undefined {
  const options: Options = dockerOptions[command];
  return Object.hasOwn(options, name) ? options[name] : undefined;
}
