/**
 * Lines by which docker, and the scripts of units, say that they cannot do their work → the cause. The only
 * module that knows docker's messages; those of 20.10 to 28. Pure.
 */
import { cutEnd } from '../../text/cut-end.ts';
import type { RefusalKind } from './cause.ts';
import { refusalKinds } from './cause.ts';

/** A line of a unit's log. */
export interface ReadLogLine {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The program that wrote it: `docker`, `sh`, `systemd`; a container's name for its output. */
  readonly identifier: string;
  readonly message: string;
}

export interface LoggedRefusal {
  readonly kind: RefusalKind;
  /** The subject of the line: a port, a name, an image; '' where the line does not say. */
  readonly subject: string;
  readonly said: string;
}

/** Who wrote the line: a container that writes the same text says nothing about its own unit. */
type Speaker = 'docker' | 'script' | 'anyone';

interface RefusalText {
  readonly by: Speaker;
  /** The group `it` is the subject of the line. */
  readonly patterns: readonly RegExp[];
}

/** In the order of refusalKinds the first that matches counts. */
const sayings = {
  unhealthy: { by: 'script', patterns: [/^(?<it>\S+) is not healthy$/] },
  'turned-unhealthy': { by: 'script', patterns: [/^(?<it>\S+) is unhealthy: restarting it$/] },
  'no-health-check': { by: 'script', patterns: [/^(?<it>\S+) has no health check to wait for$/] },
  'not-completed': { by: 'script', patterns: [/^(?<it>\S+) did not complete: exit code \S+$/] },
  'out-of-memory': { by: 'script', patterns: [/^out of memory: the kernel killed .+/] },
  'port-taken': {
    by: 'anyone',
    patterns: [
      /Bind for \S*:(?<it>\d+) failed: port is already allocated/,
      /(?:listen|bind)\S* (?:tcp|udp|sctp)[46]? \S*:(?<it>\d+): bind: address already in use/,
      /failed to bind host port (?:for )?\S*?:(?<it>\d+)[:/]\S*: address already in use/,
      /bind\(\) to \S*:(?<it>\d+) failed .*address already in use/i,
      /(?:port is already allocated|address already in use).*/i,
    ],
  },
  'name-taken': {
    by: 'docker',
    patterns: [/Conflict\. The (?:container )?name "\/?(?<it>[^"]+)" is already in use/],
  },
  'image-refused': {
    by: 'docker',
    patterns: [
      /pull access denied for (?<it>[^\s,]+).*/,
      /unauthorized.*/,
      /(?<!permission )\bdenied: .*/,
      /no basic auth credentials.*/,
      /authentication required.*/,
    ],
  },
  'image-absent': {
    by: 'docker',
    patterns: [
      /manifest for (?<it>\S+) not found.*/,
      /manifest unknown.*/,
      /name unknown.*/,
      /repository (?<it>\S+) not found.*/,
    ],
  },
  'registry-unreachable': {
    by: 'docker',
    patterns: [
      /Get "?https?:\/\/(?<it>[^/"]+)\/.*/,
      /lookup (?<it>\S+)(?: on \S+)?: .*/,
      /TLS handshake timeout.*/,
      /Client\.Timeout.*/,
    ],
  },
  'image-missing': {
    by: 'docker',
    patterns: [/No such image: (?<it>\S+)/i, /Unable to find image '(?<it>[^']+)' locally/],
  },
  'network-missing': {
    by: 'docker',
    patterns: [/network (?<it>\S+) not found/, /No such network: (?<it>\S+)/i],
  },
  'volume-missing': {
    by: 'docker',
    patterns: [/no such volume:? ?(?<it>\S*)/i, /volume (?<it>\S+) not found/i],
  },
  'path-missing': {
    by: 'docker',
    patterns: [
      /bind source path does not exist: (?<it>.+)/,
      /error while creating mount source path '(?<it>[^']+)'.*/,
      /failed to mount local volume: mount (?<it>[^:]+):.*no such file or directory/,
    ],
  },
  'mount-mismatch': {
    by: 'docker',
    patterns: [
      /error mounting "(?<it>[^"]+)" to rootfs at "[^"]*"(?=.*not a directory)/,
      /Are you trying to mount a directory onto a file.*/,
    ],
  },
  'device-missing': {
    by: 'docker',
    patterns: [
      /error gathering device information while adding custom device "(?<it>[^"]+)".*/,
      /could not select device driver.*/,
    ],
  },
  'program-missing': {
    by: 'docker',
    patterns: [
      /exec: "(?<it>[^"]+)": (?:executable file not found|stat [^:]+: no such file).*/,
      /exec (?<it>[^\s:]+): no such file or directory.*/,
    ],
  },
  'program-refused': {
    by: 'docker',
    patterns: [
      /exec: "(?<it>[^"]+)": permission denied.*/,
      /exec (?<it>[^\s:]+): exec format error.*/,
      /exec format error.*/,
    ],
  },
  'container-missing': {
    by: 'docker',
    patterns: [
      /cannot join network of a non[- ]running container: (?<it>\S+)/,
      /No such container: (?<it>\S+)/i,
    ],
  },
  'disk-full': { by: 'docker', patterns: [/no space left on device.*/i] },
  'no-addresses': {
    by: 'docker',
    patterns: [
      /could not find an available, non-overlapping IPv4 address pool.*/,
      /(?:all predefined address pools|Pool overlaps).*/,
    ],
  },
  'docker-down': {
    by: 'docker',
    patterns: [
      /Cannot connect to the Docker daemon.*/,
      /error during connect.*/,
      /error waiting for container: unexpected EOF/,
      /Docker does not answer.*/,
      /docker\.sock: connect: .*/,
    ],
  },
  'docker-forbidden': {
    by: 'docker',
    patterns: [/permission denied while trying to connect to the Docker daemon.*/i],
  },
  'option-unknown': {
    by: 'docker',
    patterns: [
      /unknown flag: (?<it>\S+)/,
      /unknown shorthand flag: (?<it>.+)/,
      /invalid argument .* for "(?<it>[^"]+)" flag.*/,
    ],
  },
  'docker-refused': {
    by: 'docker',
    patterns: [/(?<=Error response from daemon: ).+/, /(?<=^cannot start \S+: ).+/],
  },
} as const satisfies Record<RefusalKind, RefusalText>;

/** Already in dockunit's own words. */
export function isOwnWord(kind: string): boolean {
  return refusalKinds.some((candidate) => candidate === kind && sayings[candidate].by === 'script');
}

/**
 * How the docker client begins its own messages; it does not begin the container's output, which it
 * passes on, this way.
 */
const clientWords =
  /^(?:(?:docker|Error|ERROR): |Error response from daemon: |Cannot connect |error during connect|unknown (?:shorthand )?flag|invalid argument |Unable to find |permission denied while |(?:Got )?time="[^"]*" level=(?:error|fatal) )/;

/** Whether it may be a line of the program in the container: the docker client passes it on under its own name. */
export function isOutput(
  { identifier }: Pick<ReadLogLine, 'identifier'>,
  container: string | undefined,
): boolean {
  return identifier === 'docker' || identifier === container;
}

/**
 * The length of a message that is searched. Docker's own messages are shorter; a container's line may have
 * any length, and most patterns search the rest of it again from each place where they could begin.
 */
const longestMessage = 4096;

/** @param container the unit's, whose output is no message of docker or of a script */
export function readRefusal(
  { identifier, message: whole }: ReadLogLine,
  container: string | undefined,
): LoggedRefusal | undefined {
  const message = whole.slice(0, longestMessage);
  const speaks = {
    docker: clientWords.test(message) || identifier === 'dockunit',
    script: !isOutput({ identifier }, container),
    anyone: true,
  } as const satisfies Record<Speaker, boolean>;
  for (const kind of refusalKinds) {
    const { by, patterns }: RefusalText = sayings[kind];
    if (!speaks[by]) continue;
    for (const pattern of patterns) {
      const match = pattern.exec(message);
      if (match === null) continue;
      const words = cutEnd(match[0], /[.\s]/);
      return { kind, subject: match.groups?.['it'] ?? '', said: words };
    }
  }
  return undefined;
}
