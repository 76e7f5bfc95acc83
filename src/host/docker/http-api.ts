/** Docker's HTTP API over its Unix socket as a DockerApi: no client process. */
import http from 'node:http';
import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../model/diagnostic.ts';
import {
  type DockerContainer,
  DockerApiError,
  type DockerEvent,
  type DockerApi,
} from '../../model/supervisor-ports.ts';
import { machine } from '../machine/machine.ts';
import { readLogChunks, readLines } from '../../text/line-streams.ts';
import { part, word, wordsOf } from './json.ts';

/** A Docker that does not answer a query in this time is stuck; long-running calls have the signal of their caller. */
const answerTimeout = 30_000;

/** Where Docker listens. */
export type DockerAddress =
  { readonly socketPath: string } | { readonly host: string; readonly port: number };

/**
 * The Docker that DOCKER_HOST names, by default the one of the host.
 * @returns undefined where it needs a client process: ssh://, and tcp:// with TLS
 */
export function dockerAddress(environment: NodeJS.ProcessEnv): DockerAddress | undefined {
  const host = environment['DOCKER_HOST'] ?? '';
  if (host === '') return { socketPath: '/var/run/docker.sock' };
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  const tcp = /^tcp:\/\/(?:\[([^\]]+)\]|([^:/]*)):(\d+)\/?$/.exec(host);
  if (tcp === null || (environment['DOCKER_TLS_VERIFY'] ?? '') !== '') return undefined;
  return { host: tcp[1] ?? (tcp[2] || 'localhost'), port: Number(tcp[3]) };
}

/** An address on the target machine, as it is reached from here: by a forwarded socket. */
export function reachedFromHere(address: DockerAddress): DockerAddress | undefined {
  if (machine().name === undefined) return address;
  return 'socketPath' in address ? { socketPath: machine().socketPath(address.socketPath) } : undefined;
}

interface DockerCall {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
  /** ms until the answer begins; none for calls that end when their work is done, and for streams. */
  readonly timeout?: number;
}

/**
 * Opens a new connection for each call: that is cheap for a Unix socket, and avoids stale connections after a restart.
 */
export function dockerApi(address: DockerAddress): DockerApi {
  const call = (path: string, options: DockerCall = {}): Promise<IncomingMessage> =>
    request(address, path, options);
  const json = async (path: string, options: DockerCall = {}): Promise<unknown> =>
    JSON.parse(await text(await call(path, { timeout: answerTimeout, ...options })));
  const order = async (path: string, options: DockerCall): Promise<void> => {
    await text(await call(path, { method: 'POST', ...options }));
  };
  const at = (container: string): string => `/containers/${encodeURIComponent(container)}`;
  return {
    async list(labels, signal) {
      const filters = JSON.stringify({ label: labels });
      const answer = await json('/containers/json', { query: { all: '1', filters }, signal });
      return (Array.isArray(answer) ? answer : []).map((entry: unknown) => ({
        id: word(part(entry, 'Id')),
        state: word(part(entry, 'State')),
        labels: wordsOf(part(entry, 'Labels')),
      }));
    },
    async inspect(container, signal) {
      const details = await unlessMissing(json(`${at(container)}/json`, { signal }));
      return details === undefined ? undefined : readContainer(details);
    },
    async labels(kind, name, signal) {
      // A slash in an image's name is a slash in the path.
      const path = `/${kind}/${name.split('/').map(encodeURIComponent).join('/')}`;
      const details = await unlessMissing(json(kind === 'images' ? `${path}/json` : path, { signal }));
      if (details === undefined) return undefined;
      return wordsOf(part(kind === 'images' ? part(details, 'Config') : details, 'Labels'));
    },
    async create(name, body, signal) {
      const answer = await json('/containers/create', { method: 'POST', query: { name }, body, signal });
      const warnings = part(answer, 'Warnings');
      return { id: word(part(answer, 'Id')), warnings: Array.isArray(warnings) ? warnings.map(word) : [] };
    },
    start: (container, signal) => order(`${at(container)}/start`, { signal }),
    stop: (container, grace, signal) =>
      order(`${at(container)}/stop`, { query: { t: String(grace) }, signal }),
    kill: (container, killSignal, signal) =>
      order(`${at(container)}/kill`, {
        ...(killSignal !== undefined && { query: { signal: killSignal } }),
        signal,
      }),
    remove: (container, signal) =>
      order(at(container), { method: 'DELETE', query: { force: '1', v: '1' }, signal }),
    async events(since, signal) {
      const query = {
        filters: JSON.stringify({ type: ['container'] }),
        ...(since !== undefined && { since: seconds(since) }),
      };
      return eventsOf(await call('/events', { query, signal, timeout: answerTimeout }));
    },
    async *logs(container, { since, follow, signal }) {
      const query = {
        follow: follow ? '1' : '0',
        stdout: '1',
        stderr: '1',
        timestamps: '1',
        ...(since !== undefined && { since: seconds(BigInt(Date.parse(since)) * 1_000_000n) }),
      };
      const answer = await call(`${at(container)}/logs`, { query, signal, timeout: answerTimeout });
      // A container with a terminal has one stream without frames; Docker reports it from API 1.42 on.
      const isFramed = answer.headers['content-type'] !== 'application/vnd.docker.raw-stream';
      yield* readLogChunks(answer, isFramed);
    },
  };
}

/** Undefined where Docker has no such object. */
export async function unlessMissing(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DockerApiError && error.status === 404) return undefined;
    throw error;
  }
}

/**
 * The answer to one GET, as JSON.
 * @param timeout milliseconds for all of it; DockerApiError after that, and where the answer is an error
 */
export async function askDocker(
  address: DockerAddress,
  path: string,
  timeout: number,
  query: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const signal = AbortSignal.timeout(timeout);
  return JSON.parse(await text(await request(address, path, { query, headers, signal, timeout })));
}

/** Resolves when the head of a successful answer arrives; DockerApiError in every other case. */
function request(address: DockerAddress, path: string, options: DockerCall): Promise<IncomingMessage> {
  const { method = 'GET', query = {}, headers = {}, body, signal, timeout } = options;
  const search = new URLSearchParams(query).toString();
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      reject(
        new DockerApiError(`Docker does not answer: ${messageOf(error)}`, undefined, {
          cause: error,
        }),
      );
    };
    const httpRequest = http.request(
      {
        ...address,
        method,
        path: search === '' ? path : `${path}?${search}`,
        headers: { Host: 'docker', ...headers, ...(body && { 'Content-Type': 'application/json' }) },
        agent: false,
        ...(signal && { signal }),
      },
      (answer) => {
        clearTimeout(clock);
        const status = answer.statusCode ?? 0;
        // 304: it has already started or stopped, as requested.
        if (status < 300 || status === 304) {
          resolve(answer);
          return;
        }
        text(answer).then((body) => {
          reject(new DockerApiError(messageIn(body) || `status ${String(status)}`, status));
        }, fail);
      },
    );
    const clock =
      timeout === undefined
        ? undefined
        : setTimeout(() => {
            httpRequest.destroy(new Error(`no answer in ${String(timeout / 1000)} s`));
          }, timeout);
    httpRequest.on('error', (error) => {
      clearTimeout(clock);
      fail(error);
    });
    httpRequest.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function text(answer: IncomingMessage): Promise<string> {
  answer.setEncoding('utf8');
  let all = '';
  try {
    for await (const chunk of answer) all += String(chunk);
  } catch (error) {
    throw new DockerApiError(`Docker closed the connection: ${messageOf(error)}`, undefined, {
      cause: error,
    });
  }
  return all;
}

async function* eventsOf(answer: IncomingMessage): AsyncGenerator<DockerEvent> {
  try {
    for await (const line of readLines(answer)) {
      const event = readEvent(line);
      if (event) yield event;
    }
  } catch {
    // A broken stream has ended; the reason makes no difference.
  }
}

/** A line of the event stream; undefined where it is not about a container. */
function readEvent(line: string): DockerEvent | undefined {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    return undefined;
  }
  const actor = part(event, 'Actor');
  const id = word(part(actor, 'ID'));
  if (id === '') return undefined;
  const nanoseconds = /"timeNano":(\d+)/.exec(line)?.[1];
  return {
    id,
    action: word(part(event, 'Action')),
    // Read from the text: a double cannot hold it.
    time: BigInt(nanoseconds ?? 0),
    attributes: wordsOf(part(actor, 'Attributes')),
  };
}

/** The answer of `GET /containers/ID/json`; missing fields become '' and 0. */
function readContainer(details: unknown): DockerContainer {
  const state = part(details, 'State');
  const health = word(part(part(state, 'Health'), 'Status'));
  return {
    id: word(part(details, 'Id')),
    name: word(part(details, 'Name')).replace(/^\//, ''),
    status: word(part(state, 'Status')),
    exitCode: Number(part(state, 'ExitCode')) || 0,
    pid: Number(part(state, 'Pid')) || 0,
    startedAt: word(part(state, 'StartedAt')),
    finishedAt: word(part(state, 'FinishedAt')),
    error: word(part(state, 'Error')),
    oomKilled: part(state, 'OOMKilled') === true,
    ...(health !== '' && health !== 'none' && { health }),
    labels: wordsOf(part(part(details, 'Config'), 'Labels')),
  };
}

/** `1732092000.000000123`, the format in which Docker reads times; ns since the epoch. */
function seconds(time: bigint): string {
  return `${String(time / 1_000_000_000n)}.${String(time % 1_000_000_000n).padStart(9, '0')}`;
}

function messageIn(body: string): string {
  try {
    return word(part(JSON.parse(body), 'message'));
  } catch {
    return body.trim();
  }
}
