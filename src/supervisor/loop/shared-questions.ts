/**
 * Merges queries to Docker that many units make at the same moment: at a boot each unit looks for its image and for
 * leftover containers. Only callers from before the query is sent share its answer, so that no answer is older than its
 * caller.
 */
import type { DockerApi } from '../../model/supervisor-ports.ts';
import { unlessAborted } from './unless-aborted.ts';

/** The Docker API with `list` and `labels` shared; the rest is unchanged. */
export function shareQuestions(docker: DockerApi): DockerApi {
  const [lists, labels] = [gathering<ListAnswer>(), gathering<LabelsAnswer>()];
  return {
    ...docker,

    // If two units want their containers, the query asks for those of all units.
    async list(labelFilters, signal) {
      const [first = '', ...rest] = labelFilters;
      const [key = '', value] = first.split(/=(.*)/s);
      if (value === undefined) return docker.list(labelFilters, signal);
      const containers = await unlessAborted(
        lists(JSON.stringify([key, ...rest]), (isShared) =>
          isShared ? docker.list([key, ...rest]) : docker.list(labelFilters, signal),
        ),
        signal,
      );
      return containers.filter((container) => container.labels.get(key) === value);
    },

    labels: (kind, name, signal) =>
      unlessAborted(
        labels(`${kind} ${name}`, (isShared) => docker.labels(kind, name, isShared ? undefined : signal)),
        signal,
      ),
  };
}

type ListAnswer = Awaited<ReturnType<DockerApi['list']>>;
type LabelsAnswer = Awaited<ReturnType<DockerApi['labels']>>;

/** Sends each query at the end of the turn in which it was first made. */
function gathering<T>(): (question: string, send: (isShared: boolean) => Promise<T>) => Promise<T> {
  const waiting = new Map<string, { askers: number; readonly answer: Promise<T> }>();
  return (question, send) => {
    const pendingAnswer = waiting.get(question);
    if (pendingAnswer !== undefined) {
      pendingAnswer.askers += 1;
      return pendingAnswer.answer;
    }
    const turnEnds = new Promise((resolve) => setImmediate(resolve));
    const first: { askers: number; readonly answer: Promise<T> } = {
      askers: 1,
      answer: turnEnds.then(() => {
        waiting.delete(question);
        return send(first.askers > 1);
      }),
    };
    waiting.set(question, first);
    return first.answer;
  };
}
