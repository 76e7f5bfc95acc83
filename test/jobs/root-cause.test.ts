import { expect, test } from 'vitest';
import type { JobResult, UnitState } from '../../src/model/ports.ts';
import { isFailed, rootCauses, suspectsUnder } from '../../src/jobs/root-cause.ts';
import { byName, state, statesOf } from '../commands/shop.ts';

const failed = (name: string): UnitState =>
  state(name, { activeState: 'failed', subState: 'failed', result: 'exit-code' });

function causes(
  unit: string,
  results: Record<string, JobResult>,
  states: readonly UnitState[] = [],
): readonly string[] {
  return rootCauses(unit, byName, { results: new Map(Object.entries(results)), states: statesOf(...states) });
}

test('dependency results are followed down to the unit that failed', () => {
  const results = {
    'shop-web.service': 'dependency',
    'shop-migrate-completed.service': 'dependency',
    'shop-migrate.service': 'failed',
    'shop-db.service': 'done',
  } as const;
  expect(causes('shop-web.service', results, [failed('shop-migrate.service')])).toEqual([
    'shop-migrate.service',
  ]);
});

test('a foreign unit may be the cause', () => {
  const results = { 'shop-db.service': 'dependency', 'docker.service': 'failed' } as const;
  expect(causes('shop-db.service', results)).toEqual(['docker.service']);
});

test('a unit under which nothing failed is its own cause', () => {
  expect(causes('shop-db.service', { 'shop-db.service': 'timeout' })).toEqual(['shop-db.service']);
});

test('an image that could not be pulled explains the container that failed without it', () => {
  const results = { 'shop-web.service': 'failed', 'shop-web-image.service': 'failed' } as const;
  expect(causes('shop-web.service', results)).toEqual(['shop-web-image.service']);
});

test('a gate that failed by itself is the cause, not the dependent that checked it', () => {
  const results = {
    'shop-web.service': 'failed',
    'shop-db-healthy.service': 'failed',
    'shop-db.service': 'done',
  } as const;
  expect(causes('shop-web.service', results, [state('shop-db.service')])).toEqual([
    'shop-db-healthy.service',
  ]);
});

test('two causes are both reported, each once', () => {
  const results = {
    'shop-web.service': 'dependency',
    'shop-db.service': 'failed',
    'shop-db-healthy.service': 'dependency',
    'shop-migrate.service': 'failed',
    'shop-migrate-completed.service': 'dependency',
  } as const;
  expect(causes('shop-web.service', results)).toEqual(['shop-db.service', 'shop-migrate.service']);
});

test('a unit that failed right after its job was done has failed', () => {
  const results: ReadonlyMap<string, JobResult> = new Map([['web.service', 'done']]);
  const again = state('web.service', {
    activeState: 'activating',
    subState: 'auto-restart',
    result: 'exit-code',
  });
  expect(isFailed('web.service', { results, states: statesOf(again) })).toBe(true);
  expect(isFailed('web.service', { results, states: statesOf(state('web.service')) })).toBe(false);
});

test('dockunit asks beforehand about all units that may be the cause', () => {
  expect(suspectsUnder(['shop.target'], byName)).toEqual(
    expect.arrayContaining([
      'docker.service',
      'shop-migrate.service',
      'shop-db-healthy.service',
      'shop-web-image.service',
    ]),
  );
});
