/** Questions that many units ask in one moment: one for all, and no one hears an answer older than the question. */
import { expect, it } from 'vitest';
import { DockerApiError, type DockerApi } from '../../../src/model/supervisor-ports.ts';
import { shareQuestions } from '../../../src/supervisor/loop/shared-questions.ts';

type Asked = Pick<DockerApi, 'list' | 'labels'>;

/** Notes what it is asked, and answers by `answer`. */
function docker(answer: Asked): { readonly asked: string[]; readonly shared: DockerApi } {
  const asked: string[] = [];
  const port: Asked = {
    list: (labels, signal) => {
      asked.push(`list ${labels.join(' ')}${signal ? ' with a signal' : ''}`);
      return answer.list(labels, signal);
    },
    labels: (kind, name, signal) => {
      asked.push(`${kind} ${name}`);
      return answer.labels(kind, name, signal);
    },
  };
  // Nothing else is asked of it here.
  return { asked, shared: shareQuestions(port as DockerApi) };
}

const of = (unit: string, more: Readonly<Record<string, string>> = {}) => ({
  id: unit,
  state: 'exited',
  labels: new Map(Object.entries({ 'dockunit.unit': unit, ...more })),
});
const all = [of('a.service'), of('b.service'), of('c.service')];
const answers: Asked = {
  list: (labels) =>
    Promise.resolve(
      all.filter((container) =>
        labels.every((label) => {
          const [key = '', value] = label.split('=');
          return value === undefined ? container.labels.has(key) : container.labels.get(key) === value;
        }),
      ),
    ),
  labels: () => Promise.resolve(new Map([['is', 'there']])),
};
const ids = (found: readonly { readonly id: string }[]): string[] => found.map(({ id }) => id);

it('one query finds the containers of two units, and each unit gets its own', async () => {
  const { asked, shared } = docker(answers);
  const found = await Promise.all([
    shared.list(['dockunit.unit=a.service']),
    shared.list(['dockunit.unit=b.service']),
    shared.list(['dockunit.unit=none.service']),
  ]);
  expect(found.map(ids)).toEqual([['a.service'], ['b.service'], []]);
  expect(asked).toEqual(['list dockunit.unit']);
});

it('a single unit queries only its own, with its signal', async () => {
  const { asked, shared } = docker(answers);
  const { signal } = new AbortController();
  expect(ids(await shared.list(['dockunit.unit=c.service'], signal))).toEqual(['c.service']);
  expect(ids(await shared.list(['dockunit.unit']))).toEqual(['a.service', 'b.service', 'c.service']);
  expect(asked).toEqual(['list dockunit.unit=c.service with a signal', 'list dockunit.unit']);
});

it('other labels make another query', async () => {
  const { asked, shared } = docker(answers);
  await Promise.all([
    shared.list(['dockunit.unit=a.service', 'dockunit.user=1000']),
    shared.list(['dockunit.unit=b.service']),
  ]);
  expect(asked).toEqual(['list dockunit.unit=a.service dockunit.user=1000', 'list dockunit.unit=b.service']);
});

it('an image is queried once in a moment, and again in the next', async () => {
  const { asked, shared } = docker(answers);
  await Promise.all([
    shared.labels('images', 'app'),
    shared.labels('images', 'app'),
    shared.labels('volumes', 'app'),
  ]);
  await shared.labels('images', 'app');
  expect(asked).toEqual(['images app', 'volumes app', 'images app']);
});

it('a caller after the query was sent gets its own query', async () => {
  let answer: (found: typeof all) => void = () => undefined;
  const slow = new Promise<typeof all>((resolve) => (answer = resolve));
  const { asked, shared } = docker({ ...answers, list: () => slow });
  const early = shared.list(['dockunit.unit=a.service']);
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toHaveLength(1);
  const late = shared.list(['dockunit.unit=a.service']);
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toHaveLength(2);
  answer(all);
  expect(ids(await early)).toEqual(ids(await late));
});

it('a canceled caller does not keep the others from their answer, and all receive a refusal', async () => {
  const { shared } = docker(answers);
  const abort = new AbortController();
  const [given, kept] = [
    shared.list(['dockunit.unit=a.service'], abort.signal),
    shared.list(['dockunit.unit=b.service']),
  ];
  abort.abort();
  await expect(given).rejects.toThrow('abort');
  expect(ids(await kept)).toEqual(['b.service']);
  const away = docker({
    ...answers,
    list: () => Promise.reject(new DockerApiError('away', undefined)),
  }).shared;
  const both = await Promise.allSettled([away.list(['dockunit.unit=a']), away.list(['dockunit.unit=b'])]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
