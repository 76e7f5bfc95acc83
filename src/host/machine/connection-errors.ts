/** Failures of ssh(1) to connect, as HostErrors. */
import { HostError } from '../../model/ports.ts';

/** The machine cannot be used: the remedy applies to this machine, not to that one. */
export class ConnectionError extends HostError {}

/** The exit code of ssh itself; it passes on that of a remote program. */
export const sshFailed = 255;

/** The exit code of a shell where the program is missing; POSIX.1-2017, Shell Command Language 2.8.2. */
export const noSuchProgram = 127;

/** The meaning of a message of ssh, and what to do; the first match counts. */
const meanings: readonly (readonly [pattern: RegExp, what: string, remedy: (host: string) => string])[] = [
  [
    /could not resolve hostname/i,
    'there is no host of that name',
    () => 'Correct the name, or say in ~/.ssh/config which HostName it has',
  ],
  [
    /host key verification failed|remote host identification has changed/i,
    'its key is not the one that is known',
    (host) => `Look at the key, and take it in if it is the right one: ssh ${host}`,
  ],
  [
    /permission denied|too many authentication failures|no supported authentication|no mutual/i,
    'it lets you not in',
    (host) =>
      `Give it a key of yours: ssh-copy-id ${host}; then see that this asks nothing: ssh ${host} true`,
  ],
  [
    /connection (refused|timed out|reset)|operation timed out|no route to host|network is unreachable|connection closed/i,
    'it cannot be reached',
    (host) => `See that it is up and lets ssh through: ssh ${host} true`,
  ],
];

/**
 * @param host as the user named it
 * @param code of the system error where ssh could not run at all
 */
export function connectError(host: string, stderr: string, code: string | undefined): ConnectionError {
  if (code === 'ENOENT') {
    return new ConnectionError('There is no ssh on $PATH', 'Install it: apt install openssh-client');
  }
  const detail = lastWords(stderr);
  const [, what, remedy] = meanings.find(([pattern]) => pattern.test(stderr)) ?? [];
  return new ConnectionError(
    `Cannot work on ${host}: ${what ?? 'ssh failed'}${detail === '' ? '' : ` (${detail})`}`,
    remedy?.(host) ?? `Try it by hand: ssh ${host} true`,
  );
}

/** The connection ended during the work: the operation may be done or not. */
export function connectionLost(host: string, detail = ''): ConnectionError {
  const words = lastWords(detail);
  return new ConnectionError(
    `The connection to ${host} was lost${words === '' ? '' : ` (${words})`}`,
    `See that it can be reached (ssh ${host} true), then run the same command again: it continues from what is there`,
  );
}

/** The last informative line of ssh: earlier lines are notices. */
function lastWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('Warning:')).at(-1) ?? '';
}
