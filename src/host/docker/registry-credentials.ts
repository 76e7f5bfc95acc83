/**
 * The credentials that a docker client sends to a registry, found as the client finds them: config.json, its `auths`,
 * `credsStore` and `credHelpers`; docker-login(1), CREDENTIAL HELPERS. Docker takes them in the header X-Registry-Auth.
 */
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { part, word } from './json.ts';
import { readText } from '../machine/fs.ts';
import { machine } from '../machine/machine.ts';
import { runProgram } from '../machine/run-program.ts';
import { cutEnd } from '../../text/cut-end.ts';

/** The key of docker.io among credentials. */
const dockerHub = 'https://index.docker.io/v1/';

export interface RegistryCredentials {
  /** The value of X-Registry-Auth; absent where there is no login. */
  readonly header?: string;
  /** Why there is no login although config.json names a helper. */
  readonly complaint?: string;
}

/** The environment of a docker client: $HOME, $DOCKER_CONFIG, $PATH and variables for helpers. */
export type ClientEnvironment = Readonly<Record<string, string | undefined>>;

/** The registry of the image, in the form of an argument to `docker login`; '' for docker.io. Pure. */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]|^localhost$/.test(first) || first !== first.toLowerCase());
  return !hasRegistry || first === 'docker.io' || first === 'index.docker.io' ? '' : first;
}

/** The directory of the client's config.json. */
export function configDirectory(environment: ClientEnvironment): string {
  const home = environment['HOME'] || machine().environment['HOME'] || userInfo().homedir;
  return environment['DOCKER_CONFIG'] || join(home, '.docker');
}

/**
 * @param environment of the client
 * @param timeout milliseconds for a helper
 */
export async function registryCredentials(
  reference: string,
  environment: ClientEnvironment,
  timeout: number,
): Promise<RegistryCredentials> {
  const config = readConfig(join(configDirectory(environment), 'config.json'));
  const server = registryOf(reference) || dockerHub;
  const helper = word(part(part(config, 'credHelpers'), server)) || word(part(config, 'credsStore'));
  if (helper !== '') return askHelper(helper, server, environment, timeout);
  const auth = storedLogin(part(config, 'auths'), server);
  return auth === undefined ? {} : { header: headerOf({ ...auth, serveraddress: server }) };
}

/** An invalid config.json counts as none, as for the client, which only warns. */
function readConfig(path: string): unknown {
  try {
    return JSON.parse(readText(path));
  } catch {
    return undefined;
  }
}

type Login = Readonly<Record<'username' | 'password' | 'identitytoken' | 'registrytoken', string>>;

/**
 * An entry's key is its host name or, from older clients, includes scheme and path. Pure.
 * @internal exported for tests: the test has a table of stored logins
 */
export function storedLogin(auths: unknown, server: string): Login | undefined {
  if (typeof auths !== 'object' || auths === null) return undefined;
  const hostName = (key: string): string | undefined => key.replace(/^https?:\/\//, '').split('/', 1)[0];
  const key = Object.hasOwn(auths, server)
    ? server
    : Object.keys(auths).find((each) => hostName(each) === server);
  if (key === undefined) return undefined;
  const entry = part(auths, key);
  const text = Buffer.from(word(part(entry, 'auth')), 'base64').toString();
  const colon = text.indexOf(':');
  return {
    username: colon === -1 ? word(part(entry, 'username')) : text.slice(0, colon),
    // Some clients pad the password with NULs.
    password: colon === -1 ? word(part(entry, 'password')) : cutEnd(text.slice(colon + 1), /\0/),
    identitytoken: word(part(entry, 'identitytoken')),
    registrytoken: word(part(entry, 'registrytoken')),
  };
}

/** The protocol of docker-credential-helpers: the server on standard input, JSON on standard output. */
async function askHelper(
  helper: string,
  server: string,
  environment: ClientEnvironment,
  timeout: number,
): Promise<RegistryCredentials> {
  const program = `docker-credential-${helper}`;
  const { hasFailed, code, timedOut, stdout, stderr } = await runProgram(program, ['get'], {
    input: server,
    env: environment,
    alone: true,
    timeout,
  });
  if (hasFailed) {
    const reason = stdout.trim() || stderr.trim().split('\n').at(-1) || 'it fails';
    // The helper reports a registry without a login, and the client continues without credentials.
    if (/credentials not found in native keychain/i.test(reason)) return {};
    const why =
      code === 'ENOENT'
        ? `there is no such program on $PATH (${environment['PATH'] ?? ''})`
        : timedOut
          ? `no answer in ${String(timeout / 1000)} s`
          : reason;
    return { complaint: `${program}: ${why}` };
  }
  try {
    const answer: unknown = JSON.parse(stdout);
    const [username, secret] = [word(part(answer, 'Username')), word(part(answer, 'Secret'))];
    const login = username === '<token>' ? { identitytoken: secret } : { username, password: secret };
    return { header: headerOf({ ...login, serveraddress: server }) };
  } catch {
    return { complaint: `${program}: its answer is no JSON` };
  }
}

/** Base64 for URLs, with the padding that Go's decoder requires. */
function headerOf(login: Readonly<Record<string, string>>): string {
  return Buffer.from(JSON.stringify(login)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
