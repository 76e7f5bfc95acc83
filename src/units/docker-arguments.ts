/**
 * The arguments of `docker create` (docker-container-create(1)), by groups of keys. An option and its value are two
 * arguments, so that a value may begin with a dash.
 */
import { shellWords } from '../text/shell-word.ts';
import type { Healthcheck, Mount, Port, Project, Service } from '../compose/project.ts';
import { csv } from '../text/csv.ts';
import { fingerprint } from './fingerprint.ts';
import { goDuration, wholeSeconds } from './durations.ts';

/** `[host:]published:target/protocol`; without a published port Docker picks a free one. */
export function portArguments(port: Port): string[] {
  const address = port.hostIp?.includes(':') ? `[${port.hostIp.replace(/^\[|\]$/g, '')}]` : port.hostIp;
  const container = `${port.target}/${port.protocol}`;
  const parts = address === undefined ? [port.published] : [address, port.published ?? ''];
  return ['--publish', [...parts.filter((part) => part !== undefined), container].join(':')];
}

/**
 * Binds use `--volume` where possible, since it alone creates a missing source on every Docker, and `--mount` where a
 * colon-separated form cannot hold them. Volumes use `--mount`, as in docker compose: so each gets Docker's own mode
 * for SELinux.
 */
export function mountArguments(
  project: Project,
  service: Service,
  mount: Mount,
  dockerVersion: number,
): string[] {
  switch (mount.type) {
    case 'tmpfs':
      return ['--mount', csv(['type=tmpfs', `target=${mount.target}`, ...tmpfsFields(mount)])];
    case 'bind': {
      const options = [mount.readOnly && 'ro', mount.selinux, mount.propagation].filter(isText);
      if (!needsMountOption(mount)) {
        return ['--volume', [mount.source, mount.target, ...joinOptions(options)].join(':')];
      }
      const propagation = mount.propagation === undefined ? [] : [`bind-propagation=${mount.propagation}`];
      const fields = ['type=bind', `source=${mount.source}`, `target=${mount.target}`];
      const recursive = recursiveField(mount.recursive, dockerVersion);
      return [
        '--mount',
        csv([...fields, ...(mount.readOnly ? ['readonly'] : []), ...propagation, ...recursive]),
      ];
    }
    case 'volume': {
      const name = volumeName(project, service, mount);
      if (isBoundDirectory(project, mount) && isColonFree(name, mount.target)) {
        const options = [mount.readOnly ? 'ro' : 'rw', mount.noCopy && 'nocopy'].filter(isText);
        return ['--volume', [name, mount.target, ...joinOptions(options)].join(':')];
      }
      const fields = ['type=volume', `source=${name}`, `target=${mount.target}`];
      if (mount.readOnly) fields.push('readonly');
      if (mount.noCopy) fields.push('volume-nocopy');
      if (mount.subpath !== undefined) fields.push(`volume-subpath=${mount.subpath}`);
      for (const [key, value] of mount.labels ?? []) fields.push(`volume-label=${key}=${value}`);
      return ['--mount', csv(fields)];
    }
    case 'image': {
      const fields = ['type=image', `source=${mount.source}`, `target=${mount.target}`];
      if (mount.readOnly) fields.push('readonly');
      if (mount.subpath !== undefined) fields.push(`image-subpath=${mount.subpath}`);
      return ['--mount', csv(fields)];
    }
  }
}

/**
 * Whether a bind needs more than `--volume`, which splits at colons, always creates the source and knows few options.
 */
export function needsMountOption(mount: Extract<Mount, { type: 'bind' }>): boolean {
  return !isColonFree(mount.source, mount.target) || !mount.createHostPath || mount.recursive !== undefined;
}

/** A volume that docker compose mounts as a bind, which gets no mode for SELinux by itself (compose, create.go). */
function isBoundDirectory(project: Project, mount: Extract<Mount, { type: 'volume' }>): boolean {
  const { driver, driverOpts } = project.volumes.get(mount.source ?? '') ?? {};
  return (driver ?? 'local') === 'local' && driverOpts?.get('o') === 'bind' && driverOpts.has('device');
}

/** Before 25 Docker supported only "disabled", by other options. */
function recursiveField(
  recursive: Extract<Mount, { type: 'bind' }>['recursive'],
  dockerVersion: number,
): string[] {
  if (recursive === undefined) return [];
  return [
    dockerVersion < 25 && recursive === 'disabled' ? 'bind-nonrecursive' : `bind-recursive=${recursive}`,
  ];
}

/**
 * Docker's name of a mounted volume. An anonymous volume gets a name derived from its target, so that its data outlives
 * the container, which every start recreates.
 */
function volumeName(project: Project, service: Service, mount: Extract<Mount, { type: 'volume' }>): string {
  if (mount.source !== undefined) return project.volumes.get(mount.source)?.name ?? mount.source;
  return `${project.name}_${service.name}_${fingerprint([mount.target, ...(service.replica === undefined ? [] : [String(service.replica)])])}`;
}

/** A shell does nothing for an empty command, and succeeds. The client treats an empty test as no test. */
const emptyCommand = ':';

/**
 * The client takes a health check only as one shell command, so an exec form is quoted into one (its image then needs
 * /bin/sh); `exec` keeps the process tree the same.
 */
export function healthArguments(health: Healthcheck): string[] {
  if (health.disable) return ['--no-healthcheck'];
  const { test, interval, timeout, startPeriod, startInterval, retries } = health;
  const duration = (flag: string, value: number | undefined): string[] =>
    value === undefined ? [] : [flag, goDuration(value)];
  return [
    ...(test === undefined
      ? []
      : ['--health-cmd', test.form === 'shell' ? test.command || emptyCommand : shellCommand(test.argv)]),
    ...duration('--health-interval', interval),
    ...duration('--health-timeout', timeout),
    ...duration('--health-start-period', startPeriod),
    ...duration('--health-start-interval', startInterval),
    ...(retries === undefined ? [] : ['--health-retries', String(retries)]),
  ];
}

/** Entrypoint and command: the option takes only the first word, the rest goes before the command. */
export function commandArguments(service: Service): { readonly options: string[]; readonly words: string[] } {
  const [first, ...rest] = service.entrypoint ?? [];
  const options = service.entrypoint === undefined ? [] : ['--entrypoint', first ?? ''];
  return { options, words: [...rest, ...(service.command ?? [])] };
}

/** With `--stop-timeout`, a manual `docker stop` follows the specification too. */
export function stopArguments(service: Service): string[] {
  return service.stopGracePeriod === undefined
    ? []
    : ['--stop-timeout', String(wholeSeconds(service.stopGracePeriod))];
}

/** An argv as one shell command; `exec` would read a program that begins with a dash as its option. */
function shellCommand(argv: readonly string[]): string {
  const words = shellWords(argv);
  return argv[0]?.startsWith('-') ? words : `exec ${words}`;
}

function tmpfsFields(mount: Extract<Mount, { type: 'tmpfs' }>): string[] {
  const fields = mount.readOnly ? ['readonly'] : [];
  if (mount.size !== undefined) fields.push(`tmpfs-size=${mount.size}`);
  if (mount.mode !== undefined) fields.push(`tmpfs-mode=${mount.mode.toString(8)}`);
  return fields;
}

function isColonFree(...paths: readonly string[]): boolean {
  return paths.every((path) => !path.includes(':'));
}

function joinOptions(options: readonly string[]): string[] {
  return options.length === 0 ? [] : [options.join(',')];
}

function isText(value: string | false | undefined): value is string {
  return typeof value === 'string' && value !== '';
}
