/** What the supervisor does for each request, as one table. */
import type { JobEvent } from '../../model/ports.ts';
import type { SupervisorApi } from './supervisor-api.ts';
import type { Method, Parameters, Request, Results } from './protocol.ts';

export interface JobListener {
  readonly onEvent: (event: JobEvent) => void;
  readonly signal: AbortSignal;
}

type AnsweredMethod = Exclude<Method, 'cancel'>;

/** Does what the request asks for, and resolves with the result as it is sent. Rejects as SupervisorApi does. */
export function answers(
  supervisor: SupervisorApi,
  request: Extract<Request, { method: AnsweredMethod }>,
  listener: JobListener,
): Promise<Results[AnsweredMethod]> {
  const answer = table[request.method] as (
    api: SupervisorApi,
    request: Request,
    listener: JobListener,
  ) => Promise<Results[AnsweredMethod]>;
  return answer(supervisor, request, listener);
}

const table = {
  version: (supervisor) => supervisor.version(),
  reload: (supervisor) => supervisor.reload().then(() => null),
  enable: (supervisor, { units }) => supervisor.enable(units),
  disable: (supervisor, { units }) => supervisor.disable(units),
  resetFailed: (supervisor, { units }) => supervisor.resetFailed(units).then(() => null),
  run: (supervisor, { verb, units }, { onEvent, signal }) =>
    supervisor.run(verb, units, onEvent, signal).then((results) => [...results]),
  states: (supervisor, { units }) => supervisor.states(units),
  pendingJobs: (supervisor) => supervisor.pendingJobs(),
  history: (supervisor, { unit }) => supervisor.history(unit),
  unitNames: (supervisor) => supervisor.unitNames(),
} as const satisfies {
  readonly [M in AnsweredMethod]: (
    supervisor: SupervisorApi,
    parameters: Parameters[M],
    listener: JobListener,
  ) => Promise<Results[M]>;
};
