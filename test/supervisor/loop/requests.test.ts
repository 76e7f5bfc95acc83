import { expect, test } from 'vitest';
import type { JobEvent } from '../../../src/model/ports.ts';
import type { DependencyKind, UnitConfig } from '../../../src/supervisor/engine/unit-config.ts';
import { noDependencies } from '../../../src/supervisor/load/dependencies.ts';
import { EngineLoop } from '../../../src/supervisor/loop/engine-loop.ts';
import { Requests } from '../../../src/supervisor/loop/requests.ts';

const base = {
  loadState: 'loaded',
  description: '',
  startLimit: { interval: 0, burst: 0 },
  hash: '',
} as const;
const target = (
  name: string,
  dependencies: Partial<Record<DependencyKind, readonly string[]>> = {},
): UnitConfig => ({ ...base, name, type: 'target', dependencies: { ...noDependencies, ...dependencies } });

/** Requests to a real engine of these units, and what the loop around it does for them. */
function requestsTo(units: readonly UnitConfig[]): { requests: Requests; loop: EngineLoop } {
  const requests: Requests = new Requests(
    (event) => {
      loop.send(event);
    },
    (unit) => loop.state.units.has(unit),
  );
  const loop = new EngineLoop(
    units,
    257,
    { now: () => 0, wall: () => 0 },
    {
      conditions: () => 'met',
      effect: (effect) => {
        requests.effect(effect);
      },
      onSettled: () => {
        requests.onSettled();
      },
    },
  );
  return { requests, loop };
}

const docker = (wants: readonly string[]): UnitConfig => ({
  ...base,
  name: 'docker.service',
  type: 'external',
  startTimeout: Infinity,
  dependencies: { ...noDependencies, Wants: wants },
  hash: wants.join(' '),
});

test('a job is reported that is pulled in by a unit which is up and so has none itself', async () => {
  const targets = [
    target('proxy.target', { Requires: ['docker.service', 'server.target'], After: ['server.target'] }),
    target('server.target'),
    target('other.target'),
  ];
  const { requests, loop } = requestsTo([docker([]), ...targets]);
  loop.send({ kind: 'external', unit: 'docker.service', active: true });
  loop.send({ kind: 'loaded', units: [docker(['server.target']), ...targets] });
  await requests.run('start', ['other.target']);
  const heard: JobEvent[] = [];
  const results = await requests.run('start', ['proxy.target'], (event) => heard.push(event));
  expect([...results]).toEqual([['proxy.target', 'done']]);
  const of = (kind: JobEvent['kind']): readonly string[] =>
    heard
      .filter((event) => event.kind === kind)
      .map(({ unit }) => unit)
      .sort();
  expect(of('job-new')).toEqual(['proxy.target', 'server.target']);
  expect(of('job-removed')).toEqual(['proxy.target', 'server.target']);
});

test('others are heard between the units of one request, and what they ask comes after all of it', async () => {
  const names = ['one.target', 'two.target', 'three.target'];
  const { requests, loop } = requestsTo(names.map((name) => target(name)));
  const up = (): readonly string[] => names.filter((name) => loop.state.units.get(name)?.state === 'active');
  const abort = new AbortController();
  const started = requests.run('start', names, undefined, abort.signal);
  expect(up()).toEqual(['one.target']);
  abort.abort(new Error('not waited for'));
  const stopped = requests.run('stop', ['three.target']);
  await new Promise((resolve) => setImmediate(resolve));
  expect(up()).toEqual(['one.target', 'two.target']);
  // Each target is up at once, so that all is known before the abort takes effect.
  expect([...(await started).values()]).toEqual(['done', 'done', 'done']);
  expect(up()).toEqual(names);
  expect([...(await stopped)]).toEqual([['three.target', 'done']]);
  expect(up()).toEqual(['one.target', 'two.target']);
});
