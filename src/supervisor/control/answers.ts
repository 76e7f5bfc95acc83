/** What the supervisor does for each request, as one table. */
import type { JobEvent } from '../../model/ports.ts';
import type { SupervisorApi } from './served.ts';
import type { Method, Parameters, Request, Results } from './protocol.ts';

export interface JobListener {
  readonly onEvent: (event: JobEvent) => void;
  readonly signal: AbortSignal;
}

type Answered = Exclude<Method, 'cancel'>;

/** Does what the request asks for, and resolves with the result as it is sent. Rejects as Served does. */
export function answers(
  served: SupervisorApi,
  request: Extract<Request, { method: Answered }>,
  listener: JobListener,
): Promise<Results[Answered]> {
  const answer = table[request.method] as (
    served: SupervisorApi,
    request: Request,
    listener: JobListener,
  ) => Promise<Results[Answered]>;
  return answer(served, request, listener);
}

const table = {
  version: (served) => served.version(),
  reload: (served) => served.reload().then(() => null),
  enable: (served, { units }) => served.enable(units),
  disable: (served, { units }) => served.disable(units),
  resetFailed: (served, { units }) => served.resetFailed(units).then(() => null),
  run: (served, { verb, units }, { onEvent, signal }) =>
    served.run(verb, units, onEvent, signal).then((results) => [...results]),
  states: (served, { units }) => served.states(units),
  pendingJobs: (served) => served.pendingJobs(),
  history: (served, { unit }) => served.history(unit),
  unitNames: (served) => served.unitNames(),
} as const satisfies {
  readonly [M in Answered]: (
    served: SupervisorApi,
    parameters: Parameters[M],
    listener: JobListener,
  ) => Promise<Results[M]>;
};
