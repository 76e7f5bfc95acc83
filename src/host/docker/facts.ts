/**
 * What Docker reports about itself, its containers and its images, for verbs that only read: every query has a
 * deadline, and none changes anything.
 */
import { messageOf } from '../../model/diagnostic.ts';
import { askDocker, unlessMissing } from './http-api.ts';
import type { DockerAddress } from './http-api.ts';
import { part, word, wordsOf } from './json.ts';
import { isCode } from '../machine/error-codes.ts';
import type { HeldByContainer, Resources } from '../../model/ports.ts';
import { type ClientEnvironment, registryCredentials } from './registry-credentials.ts';
import { DockerApiError } from '../../model/supervisor-ports.ts';

export interface DockerInfo {
  readonly state: 'answers';
  readonly version: string;
  /** `systemd`, `cgroupfs`, `none`. */
  readonly cgroupDriver: string;
  /** `1` or `2`; '' from a Docker too old to report it. */
  readonly cgroupVersion: string;
  readonly liveRestore: boolean;
  /** The directory of images and containers: /var/lib/docker. */
  readonly root: string;
}

/** No answer, and why: no permission, or no process listens. */
export interface DockerSilence {
  readonly state: 'forbidden' | 'silent';
  readonly said: string;
  readonly late?: true;
}

/** @param timeout milliseconds, for this query and those below */
export async function readDockerInfo(
  address: DockerAddress,
  timeout: number,
): Promise<DockerInfo | DockerSilence> {
  try {
    const info = await askDocker(address, '/info', timeout);
    return {
      state: 'answers',
      version: word(part(info, 'ServerVersion')),
      cgroupDriver: word(part(info, 'CgroupDriver')),
      cgroupVersion: word(part(info, 'CgroupVersion')),
      liveRestore: part(info, 'LiveRestoreEnabled') === true,
      root: word(part(info, 'DockerRootDir')),
    };
  } catch (error) {
    const isLate = error instanceof DockerApiError && isTimeout(error.cause);
    const reason = isLate ? `docker did not answer in ${String(timeout / 1000)} s` : messageOf(error);
    const isForbidden = error instanceof DockerApiError && isCode(error.cause, 'EACCES', 'EPERM');
    return { state: isForbidden ? 'forbidden' : 'silent', said: reason, ...(isLate && { late: true }) };
  }
}

/** Finds the error of AbortSignal.timeout(), however deep it is nested. */
function isTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'TimeoutError' || isTimeout(error.cause);
}

export interface LabelledContainer {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** `no`, `always`, `unless-stopped`, `on-failure`; '' where Docker leaves it out. */
  readonly restartPolicy: string;
}

/** All containers with the label, stopped ones too. DockerApiError where Docker does not answer. */
export async function listLabelled(
  address: DockerAddress,
  label: string,
  timeout: number,
): Promise<readonly LabelledContainer[]> {
  const filters = JSON.stringify({ label: [label] });
  const list = await askDocker(address, '/containers/json', timeout, { all: '1', filters });
  const ids = (Array.isArray(list) ? list : []).map((entry: unknown) => word(part(entry, 'Id')));
  const read = ids.map(async (id): Promise<readonly LabelledContainer[]> => {
    const details = await unlessMissing(askDocker(address, `/containers/${id}/json`, timeout));
    if (details === undefined) return [];
    const policy = part(part(details, 'HostConfig'), 'RestartPolicy');
    return [
      {
        name: word(part(details, 'Name')).replace(/^\//, ''),
        labels: wordsOf(part(part(details, 'Config'), 'Labels')),
        restartPolicy: word(part(policy, 'Name')),
      },
    ];
  });
  return (await Promise.all(read)).flat();
}

/** The existing networks and volumes. DockerApiError where Docker does not answer. */
export async function listResources(address: DockerAddress, timeout: number): Promise<Resources> {
  const [networks, volumes] = await Promise.all([
    askDocker(address, '/networks', timeout),
    askDocker(address, '/volumes', timeout),
  ]);
  return { networks: namesIn(networks), volumes: namesIn(part(volumes, 'Volumes')) };
}

function namesIn(list: unknown): ReadonlySet<string> {
  return new Set((Array.isArray(list) ? list : []).map((entry: unknown) => word(part(entry, 'Name'))));
}

/**
 * The host resources of all containers, including stopped ones, in one query. DockerApiError where Docker does not answer.
 */
export async function listContainers(
  address: DockerAddress,
  timeout: number,
): Promise<readonly HeldByContainer[]> {
  const list = await askDocker(address, '/containers/json', timeout, { all: '1' });
  return arrayIn(list).map(readHeld);
}

/** An entry of `GET /containers/json`. */
function readHeld(entry: unknown): HeldByContainer {
  // A container that others link to has a name in each of them, `/web/db`, besides its own, `/db`.
  const names = arrayIn(part(entry, 'Names')).map(word);
  return {
    name: (names.find((name) => name.lastIndexOf('/') === 0) ?? names[0] ?? '').replace(/^\//, ''),
    status: word(part(entry, 'State')),
    labels: wordsOf(part(entry, 'Labels')),
    ports: arrayIn(part(entry, 'Ports')).flatMap((portEntry) => {
      const port = part(portEntry, 'PublicPort');
      if (typeof port !== 'number' || port === 0) return [];
      return [{ address: word(part(portEntry, 'IP')), port, protocol: word(part(portEntry, 'Type')) }];
    }),
    volumes: arrayIn(part(entry, 'Mounts')).flatMap((mount) =>
      part(mount, 'Type') === 'volume' && part(mount, 'RW') !== false ? [word(part(mount, 'Name'))] : [],
    ),
  };
}

function arrayIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** As ImageState of doctor/facts.ts. */
export type ImageAnswer = { readonly state: 'here' | 'offered' | 'missing' } | RegistryRefusal;

export interface RegistryRefusal {
  readonly state: 'refused' | 'absent' | 'unreachable';
  readonly said: string;
}

/**
 * Whether the image is on the disk, and if not, what its registry says.
 * @param client the environment of the client that would pull it; undefined where no registry is to be queried
 */
export async function readImage(
  address: DockerAddress,
  image: string,
  client: ClientEnvironment | undefined,
  timeout: number,
): Promise<ImageAnswer> {
  const path = `/images/${encodeURI(image)}/json`;
  if ((await unlessMissing(askDocker(address, path, timeout))) !== undefined) return { state: 'here' };
  if (client === undefined) return { state: 'missing' };
  const answer = await askRegistry(address, image, client, timeout);
  return 'digest' in answer ? { state: 'offered' } : answer;
}

/**
 * The digest that the image's registry has for it, or why it is unknown. Docker queries the registry, through its own
 * proxy and with its own certificates, and with the credentials that a client would send to pull it.
 * @param timeout milliseconds; half of them for a credential helper
 */
export async function askRegistry(
  address: DockerAddress,
  image: string,
  client: ClientEnvironment,
  timeout: number,
): Promise<{ readonly digest: string } | RegistryRefusal> {
  const { header, complaint } = await registryCredentials(image, client, timeout / 2);
  const headers = header === undefined ? {} : { 'X-Registry-Auth': header };
  try {
    const path = `/distribution/${encodeURI(image)}/json`;
    const answer = await askDocker(address, path, timeout / 2, {}, headers);
    return { digest: word(part(part(answer, 'Descriptor'), 'digest')) };
  } catch (error) {
    if (!(error instanceof DockerApiError)) throw error;
    const reason = [error.message, ...(complaint === undefined ? [] : [complaint])].join('; ');
    return { ...registryAnswer(error.status, error.message), said: reason };
  }
}

/**
 * The meaning of a refusal of /distribution; where Docker uses one status for all errors, its message decides. Pure.
 * @internal exported for tests: the test has a table of answers of registries
 */
export function registryAnswer(status: number | undefined, reason: string): RegistryRefusal {
  if (
    status === 401 ||
    status === 403 ||
    /unauthorized|denied|authentication required|no basic auth/i.test(reason)
  ) {
    return { state: 'refused', said: reason };
  }
  if (status === 404 || status === 400 || /manifest unknown|name unknown|not found/i.test(reason)) {
    return { state: 'absent', said: reason };
  }
  return { state: 'unreachable', said: reason };
}
