/**
 * A `docker create` command line → the container it asks for, by the documented syntax of each option
 * (docs.docker.com, `docker container create`; docker-container-create(1)): not by how ours is made.
 */
import {
  type Container,
  type Health,
  type Mounted,
  type PublishedPort,
  emptyContainer,
} from './container.ts';
import { plainOptions } from './option-facet.ts';
import { readDockerEnvFile } from './read-environment.ts';
import { readShellWords } from './read-shell.ts';

/** What surrounds the client: its environment, and the files it may open. */
export interface ClientInputs {
  readonly environment: Readonly<Record<string, string>>;
  readFile(path: string): string;
}

type Draft = { -readonly [K in keyof Container]?: Container[K] };
/** Takes the option's value into the draft. */
type Option = (draft: Draft, value: string, client: ClientInputs) => void;

const text =
  (key: 'name' | 'hostname' | 'user' | 'workingDir' | 'stopSignal' | 'logDriver' | 'network'): Option =>
  (draft, value) => {
    draft[key] = value;
  };
const list =
  (key: 'capAdd' | 'capDrop' | 'dns' | 'aliases'): Option =>
  (draft, value) => {
    draft[key] = [...(draft[key] ?? []), value];
  };
const pair =
  (key: 'labels' | 'logOptions'): Option =>
  (draft, value) => {
    const [name, rest] = cut(value, '=');
    if (name === '' || /[ \t]/.test(name)) throw new SyntaxError(`no name of a label or option: ${value}`);
    draft[key] = { ...draft[key], [name]: rest ?? '' };
  };
const health =
  (read: (value: string) => Partial<Health>): Option =>
  (draft, value) => {
    draft.health = { disabled: false, ...draft.health, ...read(value) };
  };

/** Options that take a value, as the table of options says; any other option throws. */
const options: Readonly<Record<string, Option>> = {
  '--name': text('name'),
  '--hostname': text('hostname'),
  '--user': text('user'),
  '--workdir': text('workingDir'),
  '--stop-signal': text('stopSignal'),
  '--log-driver': text('logDriver'),
  '--network': text('network'),
  '--network-alias': list('aliases'),
  '--cap-add': list('capAdd'),
  '--cap-drop': list('capDrop'),
  '--dns': list('dns'),
  '--label': pair('labels'),
  '--log-opt': pair('logOptions'),
  '--pull': (_draft, value) => {
    if (value !== 'never') throw new SyntaxError(`docker create would pull: ${value}`);
  },
  '--stop-timeout': (draft, value) => {
    draft.stopTimeout = Number(value);
  },
  '--shm-size': (draft, value) => {
    draft.shmSize = Number(value);
  },
  '--entrypoint': (draft, value) => {
    draft.replacesEntrypoint = true;
    draft.argv = value === '' ? [] : [value];
  },
  '--env': (draft, value, client) => {
    const [name, given] = cut(value, '=');
    const passed = given ?? client.environment[name];
    if (passed !== undefined) draft.environment = { ...draft.environment, [name]: passed };
  },
  '--env-file': (draft, value, client) => {
    const variables = readDockerEnvFile(client.readFile(value), client.environment);
    draft.environment = { ...draft.environment, ...Object.fromEntries(variables) };
  },
  '--device': (draft, value) => {
    const [host = '', inside = host, access = 'rwm'] = value.split(':');
    draft.devices = [...(draft.devices ?? []), { host, inside, access }];
  },
  '--ulimit': (draft, value) => {
    const [, name = '', soft, hard = soft] = /^([^=]+)=(-?\d+)(?::(-?\d+))?$/.exec(value) ?? [];
    draft.ulimits = { ...draft.ulimits, [name]: { soft: Number(soft), hard: Number(hard) } };
  },
  '--tmpfs': (draft, value) => {
    const [path, rest] = cut(value, ':');
    draft.tmpfs = { ...draft.tmpfs, [path]: rest ?? '' };
  },
  '--volume': (draft, value) => addMount(draft, readVolume(value)),
  '--mount': (draft, value) => addMount(draft, readMount(value)),
  '--publish': (draft, value) => {
    draft.ports = [...(draft.ports ?? []), readPort(value)];
  },
  '--add-host': (draft, value) => {
    const [host, address = ''] = cut(value, ':');
    draft.extraHosts = { ...draft.extraHosts, [host]: address };
  },
  '--health-cmd': health((shell) => ({ test: { shell } })),
  '--health-interval': health((value) => ({ interval: readDuration(value) })),
  '--health-timeout': health((value) => ({ timeout: readDuration(value) })),
  '--health-start-period': health((value) => ({ startPeriod: readDuration(value) })),
  '--health-retries': health((value) => ({ retries: Number(value) })),
};

/** Options that are on by themselves and take a value only as `--name=value`. */
const switches: Readonly<Record<string, (draft: Draft, value: boolean) => void>> = {
  '--init': (draft, value) => (draft.init = value),
  '--read-only': (draft, value) => (draft.readOnly = value),
  '--privileged': (draft, value) => (draft.privileged = value),
  '--no-healthcheck': (draft, value) => (draft.health = { disabled: value }),
};

/** @param argv `docker create` and what follows; throws SyntaxError on what docker would refuse */
export function readCreate(argv: readonly string[], client: ClientInputs): Container {
  if (argv[0] !== 'docker' || argv[1] !== 'create') throw new SyntaxError(`not docker create: ${argv[1]}`);
  const draft: Draft = { ...emptyContainer };
  let at = 2;
  for (; argv[at]?.startsWith('-') === true; at += 1) {
    const [name, attached] = cut(argv[at] ?? '', '=');
    const option = options[name];
    const set = switches[name];
    if (set) set(draft, attached === undefined || attached === 'true');
    else if (plainOptions.has(name)) keepOption(draft, name, attached ?? argv[++at] ?? missing(name));
    else if (option) option(draft, attached ?? argv[++at] ?? missing(name), client);
    else throw new SyntaxError(`docker create has no option ${name}`);
  }
  const image = argv[at] ?? missing('the image');
  const { name = missing('--name'), network = missing('--network'), argv: program = [] } = draft;
  return {
    ...emptyContainer,
    aliases: [],
    ...draft,
    name,
    network,
    image,
    argv: [...program, ...argv.slice(at + 1)],
  };
}

/**
 * docker takes the program and arguments of a health check as one shell line only: where they are
 * wanted, what that shell makes of the line.
 */
export function asWanted(made: Container, wanted: Pick<Container, 'health'>): Container {
  // The hash of all the rest.
  const { 'dockunit.config': hash, ...labels } = made.labels;
  if (!/^[0-9a-f]{16}$/.test(hash ?? '')) throw new SyntaxError(`no hash of the container: ${hash ?? ''}`);
  const container = { ...made, labels };
  const { health } = container;
  if (!(health?.test && 'shell' in health.test && wanted.health?.test && 'argv' in wanted.health.test))
    return container;
  const words = readShellWords(health.test.shell);
  // dash takes a program that begins with a dash for an option of exec, and knows no `exec --`.
  if (words[0]?.startsWith('-')) return { ...container, health: { ...health, test: { argv: words } } };
  const [exec, ...argv] = words;
  if (exec !== 'exec') throw new SyntaxError(`a shell stays in front of: ${health.test.shell}`);
  return { ...container, health: { ...health, test: { argv } } };
}

/** `[SOURCE:]TARGET[:OPTIONS]`; a source that begins with / is a path, else a volume's name. */
function readVolume(value: string): [string, Mounted] {
  const parts = value.split(':');
  if (parts.length < 2 || parts.length > 3) throw new SyntaxError(`--volume ${value}`);
  const [source = '', target = '', rest = ''] = parts;
  const type = source.startsWith('/') ? 'bind' : 'volume';
  const mount = { type, source, readOnly: false, noCopy: false } as const;
  return [target, rest === '' ? mount : { ...mount, ...readModes(rest.split(',')) }];
}

function readModes(modes: readonly string[]): Partial<Mounted> {
  return Object.assign(
    {},
    ...modes.map((mode): Partial<Mounted> => {
      if (mode === 'ro' || mode === 'rw') return { readOnly: mode === 'ro' };
      if (mode === 'z' || mode === 'Z') return { selinux: mode };
      if (mode === 'nocopy') return { noCopy: true };
      if (/^r?(private|shared|slave)$/.test(mode)) return { propagation: mode };
      throw new SyntaxError(`--volume has no option ${mode}`);
    }),
  ) as Partial<Mounted>;
}

/** `type=TYPE,target=TARGET[,KEY=VALUE…]`, one record of CSV (RFC 4180, as Go's encoding/csv reads it). */
function readMount(value: string): [string, Mounted] {
  const fields = readCsv(value).map((field) => cut(field, '='));
  const given = new Map(fields);
  const [type, target] = [given.get('type'), given.get('target')];
  if (target === undefined || (type !== 'bind' && type !== 'volume' && type !== 'tmpfs'))
    throw new SyntaxError(`--mount ${value}`);
  const known = new Set(['type', 'target', 'source', 'readonly', 'bind-propagation', 'volume-nocopy']);
  for (const other of ['volume-subpath', 'tmpfs-size', 'tmpfs-mode']) known.add(other);
  for (const [key] of fields) if (!known.has(key)) throw new SyntaxError(`--mount has no key ${key}`);
  const [size, mode] = [given.get('tmpfs-size'), given.get('tmpfs-mode')];
  const [source, subpath] = [given.get('source'), given.get('volume-subpath')];
  const propagation = given.get('bind-propagation');
  const mount: Mounted = {
    type,
    readOnly: given.has('readonly'),
    noCopy: given.has('volume-nocopy'),
    ...(source !== undefined && { source }),
    ...(propagation !== undefined && { propagation }),
    ...(subpath !== undefined && { subpath }),
    ...(size !== undefined && { size: Number(size) }),
    ...(mode !== undefined && { mode: Number.parseInt(mode, 8) }),
  };
  return [target, mount];
}

function keepOption(draft: Draft, name: string, value: string): void {
  draft.options = { ...draft.options, [name]: [...(draft.options?.[name] ?? []), value] };
}

function readCsv(record: string): string[] {
  const fields: string[] = [];
  let rest = record.replaceAll('\r\n', '\n');
  for (;;) {
    const [whole = '', quoted, bare] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(?=,|$)/.exec(rest) ?? [];
    if (whole === '' && bare === undefined) throw new SyntaxError(`not CSV: ${record}`);
    fields.push(quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'));
    rest = rest.slice(whole.length);
    if (rest === '') return fields;
    rest = rest.slice(1);
  }
}

function addMount(draft: Draft, [target, mount]: [string, Mounted]): void {
  if (draft.mounts?.[target] !== undefined) throw new SyntaxError(`two mounts at ${target}`);
  draft.mounts = { ...draft.mounts, [target]: mount };
}

/** `[[IP:][HOST_PORT]:]PORT[/PROTOCOL]`, an IPv6 address in brackets. */
function readPort(value: string): PublishedPort {
  const [, bracketed, bare, hostPort = '', port = '', protocol = 'tcp'] =
    /^(?:(?:\[([^\]]+)\]|([\d.]+)):)?(?:([\d-]*):)?(\d+)(?:\/([a-z]+))?$/.exec(value) ?? missing(value);
  return { hostIp: bracketed ?? bare ?? '', hostPort, inside: `${port}/${protocol}` };
}

/** Go's time.ParseDuration as far as docker's `ms|s|m|h` and `us`; microseconds. */
function readDuration(value: string): number {
  const units: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6, m: 60e6, h: 3600e6 };
  const pieces = [...value.matchAll(/(\d+)(us|ms|s|m|h)/g)];
  if (pieces.map(([piece]) => piece).join('') !== value || value === '')
    throw new SyntaxError(`no duration: ${value}`);
  return pieces.reduce((sum, [, digits, unit = '']) => sum + Number(digits) * (units[unit] ?? NaN), 0);
}

function cut(value: string, separator: string): [string, string | undefined] {
  const at = value.indexOf(separator);
  return at === -1 ? [value, undefined] : [value.slice(0, at), value.slice(at + 1)];
}

function missing(what: string): never {
  throw new SyntaxError(`docker create lacks ${what}`);
}
