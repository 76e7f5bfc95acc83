/**
 * The messages between client and supervisor over the control socket: JSON, one message a line. The supervisor greets
 * first. Then it answers every request with one reply that carries the request's id; events may come before the reply.
 * A connection carries any number of requests; the supervisor answers them in the order in which it finishes them.
 * Pure.
 */
import { activeStates, jobResults } from '../../model/ports.ts';
import type { JobEvent, JobResult, JobVerb, UnitLink, UnitState } from '../../model/ports.ts';
import type { HistoryEntry, HistoryFact } from './supervisor-api.ts';
import {
  ValidationError,
  list,
  matching,
  nothing,
  number,
  object,
  oneOf,
  pair,
  anyValue,
  text,
  variants,
} from './shape.ts';
import type { Infer, Schema } from './shape.ts';

/** Increases when the meaning of a message changes; client and supervisor must agree on it. */
export const protocolVersion = 1;

/** Limits on what one client may cost the supervisor. */
export interface Limits {
  /** Bytes of a request. */
  readonly request: number;
  /** Requests of one client that are not answered yet. */
  readonly pending: number;
  /** Bytes waiting for a client to read them; the supervisor drops a client that lets more pile up. */
  readonly outgoing: number;
  /** Invalid requests after which the supervisor drops a client. */
  readonly faults: number;
  readonly clients: number;
  /** ms for which a client may leave sent data unread. */
  readonly patience: number;
}

/** Units that one request may name: some ms of work, during which the supervisor answers no other client. */
export const unitsPerRequest = 1000;

export const defaultLimits: Limits = {
  // As many units, each with the longest name.
  request: 1 << 18,
  pending: 64,
  outgoing: 4 << 20,
  faults: 16,
  clients: 32,
  patience: 10_000,
};

/** Bytes of a reply: states and history of many units are long, and the supervisor is trusted. */
export const replyLimit = 256 << 20;

/** What a client asks for, and what the answer carries. */
export interface Results {
  version: number;
  reload: null;
  enable: readonly UnitLink[];
  disable: readonly UnitLink[];
  resetFailed: null;
  run: readonly (readonly [unit: string, result: JobResult])[];
  states: readonly UnitState[];
  pendingJobs: readonly { readonly unit: string; readonly verb: string; readonly state: string }[];
  history: readonly HistoryEntry[];
  unitNames: readonly string[];
  /** The client no longer waits for another of its requests; the supervisor answers that one as canceled. */
  cancel: null;
}
export type Method = keyof Results;

/** systemd.unit(5): valid unit names, at most 255 bytes. No path matches. */
const unitName = matching(/^[A-Za-z0-9:_.\\@-]{1,255}$/, 'the name of a unit');
const unitNames = list(unitName, unitsPerRequest);
const units = object({ units: unitNames });
const nothingMore = object({});
const jobVerbs = ['start', 'stop', 'restart'] as const satisfies readonly JobVerb[];
/** The id is all that links an answer to its request, so it must come back unchanged. */
const requestId: Schema<number> = (value, path) => {
  if (!Number.isSafeInteger(value)) throw new ValidationError(path, 'a whole number');
  return Number(value);
};

const parameters = {
  version: nothingMore,
  reload: nothingMore,
  enable: units,
  disable: units,
  resetFailed: units,
  run: object({ verb: oneOf(jobVerbs), units: unitNames }),
  states: units,
  pendingJobs: nothingMore,
  history: object<object, { unit: string }>({}, { unit: unitName }),
  unitNames: nothingMore,
  cancel: object({ request: requestId }),
} as const satisfies Record<Method, Schema<object>>;

export type Parameters = { readonly [M in Method]: Infer<(typeof parameters)[M]> };

/** A request after validation. */
export type Request = {
  readonly [M in Method]: { readonly id: number; readonly method: M } & Parameters[M];
}[Method];

/** @internal exported for tests: the test goes over all of them */
export const methods = Object.keys(parameters) as readonly Method[];

/** Why there is no result. */
export const errorKinds = [
  /** The host does not allow it or cannot do it: a HostError. */
  'host',
  /** The request is invalid: a UsageError. */
  'usage',
  /** The client canceled the request. */
  'canceled',
  /** The line is not a request, or the client asked for too much at once. */
  'request',
  /** An internal error of the supervisor. */
  'fault',
] as const;

export interface ErrorReply {
  readonly kind: (typeof errorKinds)[number];
  readonly message: string;
  readonly remedy: string;
}

/** What the supervisor sends. */
export type Message =
  /** The first message: the protocol, and the version of dockunit that speaks. */
  | { readonly dockunit: number; readonly release: string }
  | { readonly id: number; readonly event: JobEvent }
  | { readonly id: number; readonly result: unknown }
  /** Without an id where the line had none. */
  | { readonly id: number | null; readonly error: ErrorReply };

/** Turns a line into the request, or into what is wrong with it, with its id where it has one. */
export function readRequest(
  line: string,
): { readonly request: Request } | { readonly id: number | null; readonly fault: string } {
  let id: number | null = null;
  try {
    const value = parse(line);
    id = object({ id: requestId })(value, '').id;
    const { method } = object({ method: oneOf(methods) })(value, '');
    return { request: { id, method, ...parameters[method](value, '') } as Request };
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return { id, fault: error.message };
  }
}

const unitState: Schema<UnitState> = object(
  {
    name: text,
    loadState: text,
    activeState: oneOf(activeStates),
    subState: text,
    unitFileState: text,
    result: text,
    restarts: number,
    since: number,
    fragmentPath: text,
  },
  { exitStatus: number, restartAt: number, needsReload: oneOf([true]), dropIns: list(text) },
);
const jobResult: Schema<JobResult> = oneOf([...jobResults, 'unknown']);
const links: Schema<readonly UnitLink[]> = list(
  object({ action: oneOf(['symlink', 'unlink']), path: text, target: text }),
);

const results = {
  version: number,
  reload: nothing,
  enable: links,
  disable: links,
  resetFailed: nothing,
  run: list(pair(text, jobResult)),
  states: list(unitState),
  pendingJobs: list(object({ unit: text, verb: text, state: text })),
  history: list(object({ time: number, unit: text, fact: anyValue<HistoryFact>() })),
  unitNames: list(text),
  cancel: nothing,
} as const satisfies { readonly [M in Method]: Schema<Results[M]> };

/** The result of a request with this method. @throws ValidationError */
export function readResult<M extends Method>(method: M, value: unknown): Results[M] {
  return (results[method] as Schema<Results[M]>)(value, '');
}

const jobEvent: Schema<JobEvent> = variants<JobEvent>('kind', {
  'job-new': object({ kind: oneOf(['job-new']), unit: text }),
  'unit-state': object({
    kind: oneOf(['unit-state']),
    unit: text,
    activeState: oneOf(activeStates),
    subState: text,
  }),
  'job-removed': object({ kind: oneOf(['job-removed']), unit: text, result: jobResult }),
} satisfies Record<JobEvent['kind'], Schema<JobEvent>>);

const greeting = object({ dockunit: number, release: text });
const errorReply = object({ kind: oneOf(errorKinds), message: text, remedy: text });
const event = object({ id: requestId, event: jobEvent });
const error = object({ error: errorReply });
const result = object({ id: requestId });

/** Turns a line of the supervisor into its message; `result` is for readResult. @throws ValidationError */
export function readMessage(line: string): Message {
  const value = parse(line);
  if (has(value, 'dockunit')) return greeting(value, '');
  if (has(value, 'event')) return event(value, '');
  if (has(value, 'result')) return { ...result(value, ''), result: value.result };
  return {
    ...error(value, ''),
    id: has(value, 'id') && value.id !== null ? requestId(value.id, 'id') : null,
  };
}

/** A message as a line: JSON escapes every control character, so it contains none. */
export function writeLine(message: Message | Request): string {
  return `${JSON.stringify(message)}\n`;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    throw new ValidationError('', 'JSON');
  }
}

function has<K extends string>(value: unknown, key: K): value is Readonly<Record<K, unknown>> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}
