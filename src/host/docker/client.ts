/** The docker command line client as a DockerPort. */
import type { ContainerState, DockerPort } from '../../model/ports.ts';
import { HostError } from '../../model/ports.ts';
import { readContainer } from './container-state.ts';
import { part, word } from './json.ts';
import { asRoot } from '../machine/machine.ts';
import { runProgram } from '../machine/run-program.ts';

/** A client whose daemon is starting by socket activation waits for it; after this time it hangs. */
const answerTimeout = 30_000;

type ObjectKind = 'container' | 'image' | 'network' | 'volume';

/** The client on $PATH, with the host and context from its environment. */
export const docker: DockerPort = {
  async version() {
    const { stdout } = await runDocker(['version', '--format', '{{json .}}']);
    const answer: unknown = JSON.parse(stdout);
    return { client: versionIn(answer, 'Client'), server: versionIn(answer, 'Server') };
  },

  async inspectContainers(names) {
    const containers = await inspectObjects('container', names);
    return new Map(
      containers.map(readContainer).map((state): [string, ContainerState] => [state.name, state]),
    );
  },

  async findResources({ networks, volumes }) {
    const [foundNetworks, foundVolumes] = await Promise.all([
      findNames('network', networks),
      findNames('volume', volumes),
    ]);
    return { networks: foundNetworks, volumes: foundVolumes };
  },
};

/** Which of the networks, or of the volumes, exist. */
export async function findNames(
  kind: 'network' | 'volume',
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  return new Set(await inspectLines(kind, names, '{{.Name}}'));
}

/**
 * How many names one command takes. Each has 255 characters at most, and over ssh all arguments are one, of 128 KiB at
 * most (execve(2), MAX_ARG_STRLEN).
 */
const namesPerCommand = 250;

/** Runs the command for batches of the names, one after the other; never for no names. */
export async function eachCommand<T>(
  names: readonly string[],
  run: (some: readonly string[]) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = [];
  for (let at = 0; at < names.length; at += namesPerCommand) {
    results.push(await run(names.slice(at, at + namesPerCommand)));
  }
  return results;
}

/** The output of `docker KIND inspect` for each of them in the format, in order; leaves out missing ones. */
export async function inspectLines(
  kind: ObjectKind,
  names: readonly string[],
  format: string,
): Promise<readonly string[]> {
  const words = [kind, 'inspect', '--format', format, '--'];
  return (await eachCommand(names, (some) => dockerLines([...words, ...some], isGone))).flat();
}

/**
 * As inspectLines, by the name of each existing image. Docker does not say which name an answer belongs to: where an
 * image is missing, asks about each half of the names again. One client for each name would take 30 MB each.
 */
export async function inspectImages(
  names: readonly string[],
  format: string,
): Promise<readonly (readonly [name: string, line: string])[]> {
  const lines = await inspectLines('image', names, format);
  if (lines.length === names.length) return names.map((name, index) => [name, lines[index] ?? '']);
  if (lines.length === 0) return [];
  const middle = Math.ceil(names.length / 2);
  return [
    ...(await inspectImages(names.slice(0, middle), format)),
    ...(await inspectImages(names.slice(middle), format)),
  ];
}

/**
 * Runs docker with the arguments. HostError where it fails, except where `tolerate` accepts every line it wrote on
 * standard error.
 */
export async function runDocker(
  args: readonly string[],
  tolerate: (line: string) => boolean = () => false,
  timeout = answerTimeout,
): Promise<{ readonly stdout: string }> {
  const result = await runProgram('docker', args, { timeout });
  if (!result.hasFailed) return result;
  const lines = result.stderr.split('\n').filter((line) => line.trim() !== '');
  if (result.exitCode === 1 && lines.length > 0 && lines.every(tolerate)) return result;
  throw dockerError(result.code, result.timedOut, [...new Set(lines)].join('; '), result);
}

/** As runDocker; returns its standard output, line by line. */
export async function dockerLines(
  args: readonly string[],
  tolerate?: (line: string) => boolean,
): Promise<readonly string[]> {
  return (await runDocker(args, tolerate)).stdout.split('\n').filter((line) => line !== '');
}

/** The output of `docker KIND inspect` for each of them; leaves out missing ones. */
export async function inspectObjects(
  kind: ObjectKind,
  names: readonly string[],
): Promise<readonly unknown[]> {
  const answers = await eachCommand(names, async (some): Promise<readonly unknown[]> => {
    const { stdout } = await runDocker([kind, 'inspect', '--', ...some], isGone);
    const answer: unknown = JSON.parse(stdout === '' ? '[]' : stdout);
    return Array.isArray(answer) ? answer : [];
  });
  return answers.flat();
}

/**
 * "Error: No such container: x", from 26 on "Error response from daemon: No such container: x";
 * "Error response from daemon: get x: no such volume"; "Error response from daemon: network x not found".
 */
export function isGone(line: string): boolean {
  return /^Error\b.*(: no such (container|image|network|volume|object)|\bnot found$)/i.test(line);
}

/**
 * The error of a failed docker client as a HostError.
 * @param code of the system error where the client could not run at all
 */
export function dockerError(
  code: string | undefined,
  timedOut: boolean,
  stderr: string,
  cause?: unknown,
): HostError {
  const because = { cause };
  if (code === 'ENOENT') {
    return new HostError('There is no docker on $PATH', 'Install it: apt install docker.io', because);
  }
  if (timedOut) {
    return new HostError(
      `The docker daemon did not answer in ${answerTimeout / 1000} s`,
      'See what it is doing: journalctl -u docker -n 30',
      because,
    );
  }
  if (/permission denied/i.test(stderr)) {
    return new HostError(
      'No permission to speak to the docker daemon',
      `${asRoot()}, or join the docker group: sudo usermod -aG docker $USER, then log in again`,
      because,
    );
  }
  if (/cannot connect|is the docker daemon running|connection refused|error during connect/i.test(stderr)) {
    return new HostError(
      `The docker daemon does not answer: ${stderr}`,
      'Start it: systemctl start docker',
      because,
    );
  }
  return new HostError(
    `docker failed: ${stderr || (code ?? 'without a word')}`,
    'Try it by hand: docker version',
    because,
  );
}

function versionIn(answer: unknown, side: 'Client' | 'Server'): string {
  return word(part(part(answer, side), 'Version'));
}
