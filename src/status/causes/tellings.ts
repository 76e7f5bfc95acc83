/** The causes in words: the name of each, and its remedy. The only table of them. Pure. */
import type { CauseKind } from './cause.ts';

/** Facts about the unit for the names and remedies of causes. */
export interface Names {
  /** As the user types it: `web`. */
  readonly unit: string;
  readonly container?: string;
  readonly image?: string;
  /** Options of a dockunit command line, each with a space before it. */
  readonly options: string;
  /** The prefix of another command line: '' on this machine. */
  readonly there: string;
  /** The command that starts Docker here, or a way to look at it. */
  readonly startDocker: string;
}

/** The known facts about its end. */
interface KnownEnd extends Names {
  /** The subject of a refusal; else ''. */
  readonly subject: string;
  /** An exit, a result, a state, a directive; '' for refusals. */
  readonly detail: string;
}

export interface CauseText {
  readonly what: (end: KnownEnd) => string;
  /** undefined where there is nothing to do. */
  readonly remedy: ((end: KnownEnd) => string) | undefined;
}

const seeLogs = ({ unit, options }: KnownEnd): string =>
  `See what it wrote: dockunit logs${options} -n 30 ${unit}`;
const nameWith = (word: string, { subject }: KnownEnd): string =>
  subject === '' ? word : `${word} ${subject}`;

/** Every cause: its name, and its remedy. */
export const tellings = {
  unhealthy: {
    what: (end) => `${nameWith('the container', end)} is not healthy`,
    remedy: ({ subject, there }) =>
      `See what its health check says: ${there}docker inspect --format '{{json .State.Health}}' ${subject}`,
  },
  'turned-unhealthy': {
    what: () => 'its health check failed, and `on_unhealthy` had it restarted',
    remedy: seeLogs,
  },
  'no-health-check': {
    what: (end) => `${nameWith('the container', end)} has no health check to wait for`,
    remedy: () => 'Give it a `healthcheck:` in the Compose file, or wait for `service_started`',
  },
  'not-completed': {
    what: (end) => `${nameWith('the container', end)} did not complete`,
    remedy: seeLogs,
  },
  'out-of-memory': {
    what: () => 'out of memory: the kernel killed a process of its container',
    remedy: () => 'Raise `mem_limit` of the service, or let it use less',
  },
  'port-taken': {
    what: (end) => `${nameWith('port', end)} is in use already`,
    remedy: ({ subject, there }) =>
      subject === ''
        ? `See who has it: ${there}docker ps; ${there}ss -lntup; stop that, or publish another port`
        : `See who has it: ${there}docker ps --filter publish=${subject}; ${there}ss -lntup 'sport = :${subject}'; stop that, or publish another port`,
  },
  'name-taken': {
    what: (end) => `another container has ${nameWith('the name', end)}`,
    remedy: ({ subject, there }) =>
      `See whose it is: ${there}docker inspect ${subject}; stop and remove it with the tool that started it, or rename it: ${there}docker rename ${subject} OTHER`,
  },
  'image-refused': {
    what: ({ image = 'its image' }) =>
      `the registry does not give ${image} without a login, or has none of that name`,
    remedy: ({ image = 'IMAGE', there }) =>
      `Log in as root, or correct \`image:\`, then try: ${there}docker pull ${image}`,
  },
  'image-absent': {
    what: ({ image = 'its image' }) => `the registry does not have ${image}`,
    remedy: () => 'Correct `image:` in the Compose file, or push the image',
  },
  'registry-unreachable': {
    what: ({ image = 'its image', ...end }) =>
      `${nameWith('the registry', { ...end })} of ${image} cannot be reached`,
    remedy: ({ image = 'IMAGE', there }) =>
      `Look at the network and Docker’s proxy, then try: ${there}docker pull ${image}`,
  },
  'image-missing': {
    what: ({ subject, image = 'its image' }) => `the image ${subject || image} is not on this host`,
    remedy: ({ subject, image = 'IMAGE', there }) =>
      `Get it: ${there}docker pull ${subject || image}; or build it: dockunit build`,
  },
  'network-missing': {
    what: (end) => `there is no ${nameWith('network', end)}`,
    remedy: ({ subject, there }) =>
      `Make it where it is external: ${there}docker network create ${subject || 'NAME'}; else start its unit again`,
  },
  'volume-missing': {
    what: (end) => `there is no ${nameWith('volume', end)}`,
    remedy: ({ subject, there }) =>
      `Make it where it is external: ${there}docker volume create ${subject || 'NAME'}; else start its unit again`,
  },
  'path-missing': {
    what: (end) => `${nameWith('the path', end)}, which it mounts, is not there`,
    remedy: ({ subject, there }) => `Mount or make it: ${there}ls -ld ${subject}; or correct \`volumes:\``,
  },
  'mount-mismatch': {
    what: (end) =>
      `${nameWith('the path', end)} cannot be mounted: one side is a file, the other a directory`,
    remedy: () => 'Correct `volumes:` so that a file is mounted on a file, and a directory on a directory',
  },
  'device-missing': {
    what: (end) => `${nameWith('the device', end)} is not there`,
    remedy: ({ there }) =>
      `See which there are: ${there}ls -l /dev; correct \`devices:\`, or install its driver`,
  },
  'program-missing': {
    what: (end) => `its image has no program ${end.subject}`.trimEnd(),
    remedy: () =>
      'Correct `entrypoint:` or `command:`; a script also needs the interpreter in its first line',
  },
  'program-refused': {
    what: (end) => `its image cannot run ${end.subject || 'its program'}`,
    remedy: () => 'Make it executable in the image, and build the image for the processor of this host',
  },
  'container-missing': {
    what: (end) => `${nameWith('the container', end)}, which it needs, does not run`,
    remedy: ({ subject, there }) => `Start it: ${there}docker ps --all --filter name=${subject}`,
  },
  'disk-full': {
    what: () => 'the disk is full',
    remedy: ({ there }) => `Make room: ${there}df -h; ${there}docker system df; ${there}docker system prune`,
  },
  'no-addresses': {
    what: () => 'docker has no addresses left for another network',
    remedy: ({ there }) =>
      `Remove networks that nothing uses: ${there}docker network prune; or set default-address-pools in /etc/docker/daemon.json`,
  },
  'docker-down': {
    what: () => 'docker does not run, or went away',
    remedy: ({ startDocker }) => startDocker,
  },
  'docker-forbidden': {
    what: () => 'the unit may not speak to docker',
    remedy: () => 'Let its user do so: sudo usermod -aG docker USER, then log in again',
  },
  'option-unknown': {
    what: (end) => `docker of this host does not know ${nameWith('the option', end)}`,
    remedy: () =>
      'Upgrade docker, or take the key out of the Compose file that becomes this option: dockunit explain',
  },
  'docker-refused': { what: () => 'docker refused', remedy: seeLogs },
  exit: { what: ({ detail }) => detail, remedy: seeLogs },
  'program-exit': {
    what: ({ detail }) => `${detail}: a program that its command names is not there or cannot be run`,
    remedy: seeLogs,
  },
  killed: {
    what: ({ detail }) => `killed from outside by ${detail}`,
    remedy: ({ there }) =>
      `See who did it: docker kill or kill by hand, or the kernel: ${there}journalctl -k -g 'Killed process'`,
  },
  crashed: { what: ({ detail }) => `crashed by ${detail}`, remedy: seeLogs },
  command: { what: ({ detail }) => `its ${detail}`, remedy: seeLogs },
  'start-timeout': {
    what: ({ detail }) => `its start took longer than its timeout (in ${detail})`,
    remedy: () =>
      'See what it waits for, or give it more time: `x-systemd: {Service: {TimeoutStartSec: 10min}}`',
  },
  'stop-timeout': {
    what: ({ detail }) => `its stop took longer than its timeout (in ${detail})`,
    remedy: () => 'Have it end at `stop_signal`, or give it more time: `stop_grace_period`',
  },
  watchdog: {
    what: () => 'watchdog: it gave no sign of life in WatchdogSec=',
    remedy: () =>
      'Take WatchdogSec= out: a container cannot reach systemd; use `healthcheck` and `x-dockunit: {on_unhealthy: restart}`',
  },
  'unit-out-of-memory': {
    what: () => 'out of memory: the kernel killed the docker client of the unit',
    remedy: () =>
      'Take MemoryMax= out of the unit, where it limits the client alone; limit the container by `mem_limit`',
  },
  'start-limit': {
    what: ({ detail }) => `${detail}, until it was restarted too often for its start limit`,
    remedy: seeLogs,
  },
  condition: {
    what: () => 'a condition of its unit does not hold',
    remedy: ({ unit, there }) => `See which: ${there}systemctl status ${unit}`,
  },
  dependency: { what: () => 'something it requires failed', remedy: seeLogs },
  failed: { what: ({ detail }) => detail, remedy: seeLogs },
  stopped: {
    what: () => 'it was stopped',
    remedy: ({ unit, options }) => `Start it: dockunit start${options} ${unit}`,
  },
  ended: { what: () => 'it ended by itself, and well', remedy: undefined },
  'not-started': {
    what: () => 'it has not been started since the host booted',
    remedy: ({ unit, options }) => `Start it, now and at boot: dockunit enable${options} --now ${unit}`,
  },
} as const satisfies Record<CauseKind, CauseText>;
