import { describe, expect, it } from 'vitest';
import { activeStates, jobResults } from '../../src/model/ports.ts';
import type { ActiveState, JobEvent, JobResult, JobVerb } from '../../src/model/ports.ts';
import { beginProgress, renderEndedJob, renderProgress, step } from '../../src/jobs/progress.ts';
import type { ProgressModel, ProgressUnit } from '../../src/jobs/progress.ts';
import { displayWidth } from '../../src/text/width.ts';
import { type UnitSet, dockunitField } from '../../src/units/unit-set.ts';
import { parseUnitSet } from '../graph/unit-sets.ts';
import { markingStyle } from '../ui/marking-style.ts';

/** The facts of every unit of a set, by unit name. */
function factsOf(set: UnitSet): ReadonlyMap<string, ProgressUnit> {
  return new Map(
    set.units.map((unit) => {
      const service = dockunitField(unit, 'Service');
      return [unit.name, { kind: unit.kind, ...(service === undefined ? {} : { service }) }];
    }),
  );
}

const facts = factsOf(
  parseUnitSet(`
project shop
shop.target target
shop-web.service container
  Service=web
shop-img-web.service image
shop-net-default.service network
shop-vol-data.service volume
shop-db-healthy.service gate
  Service=db
migrate-completed.service gate
`),
);

const queued = (unit: string): JobEvent => ({ kind: 'job-new', unit });
const state = (unit: string, activeState: ActiveState, subState = ''): JobEvent => ({
  kind: 'unit-state',
  unit,
  activeState,
  subState,
});
const ended = (unit: string, result: JobResult = 'done'): JobEvent => ({ kind: 'job-removed', unit, result });

/** The model after events a second apart, the first at 0. */
function after(verb: JobVerb, ...events: readonly JobEvent[]): ProgressModel {
  return events.reduce(
    (model, event, index) => step(model, event, index * 1000),
    beginProgress(verb, facts, 0),
  );
}

const wordsOf = (model: ProgressModel): string =>
  (renderProgress(model, 200)[0] ?? '').replace(/^\S+ {2}/, '').replace(/ {2}\S+ s$/, '');

describe('a start in the words of the unit', () => {
  it.each([
    ['shop-web.service', 'starting', 'started'],
    ['shop-img-web.service', 'pulling', 'pulled'],
    ['shop-net-default.service', 'creating', 'created'],
    ['shop-vol-data.service', 'creating', 'created'],
    ['shop-db-healthy.service', 'waiting until db is healthy', 'db is healthy'],
    ['migrate-completed.service', 'waiting for migrate to complete', 'migrate has completed'],
    ['shop.target', 'waiting for its units', 'reached'],
    ['docker.service', 'starting', 'started'],
  ])('%s: %s, then %s', (unit, during, done) => {
    const events = [queued(unit), state(unit, 'inactive', 'dead'), state(unit, 'activating', 'start')];
    expect(wordsOf(after('start', queued(unit)))).toBe('waiting its turn');
    expect(wordsOf(after('start', ...events.slice(0, 2)))).toBe('waiting its turn');
    expect(wordsOf(after('start', ...events))).toBe(during);
    expect(wordsOf(after('start', ...events, state(unit, 'active'), ended(unit)))).toBe(done);
  });

  it('a container that runs to completion has finished, not started', () => {
    const unit = 'shop-web.service';
    const model = after(
      'start',
      queued(unit),
      state(unit, 'activating'),
      state(unit, 'inactive'),
      ended(unit),
    );
    expect(wordsOf(model)).toBe('finished');
  });

  it('shows that a unit is between two attempts', () => {
    const unit = 'shop-web.service';
    expect(wordsOf(after('start', queued(unit), state(unit, 'activating', 'auto-restart')))).toBe(
      'waiting to be restarted',
    );
  });
});

describe('a stop', () => {
  const unit = 'shop-web.service';
  it('goes from waiting through stopping to stopped', () => {
    const events = [queued(unit), state(unit, 'deactivating', 'stop'), state(unit, 'inactive'), ended(unit)];
    expect([1, 2, 3, 4].map((count) => wordsOf(after('stop', ...events.slice(0, count))))).toEqual([
      'waiting its turn',
      'stopping',
      'stopped',
      'stopped',
    ]);
  });
  it('has stopped the unit even if no event showed it stopping', () => {
    expect(wordsOf(after('stop', queued(unit), state(unit, 'active'), ended(unit)))).toBe('stopped');
  });
  it('is the first half of a restart', () => {
    const events = [
      queued(unit),
      state(unit, 'deactivating'),
      state(unit, 'activating'),
      state(unit, 'active'),
    ];
    expect(wordsOf(after('restart', ...events.slice(0, 2)))).toBe('stopping');
    expect(wordsOf(after('restart', ...events.slice(0, 3)))).toBe('starting');
    expect(wordsOf(after('restart', ...events, ended(unit)))).toBe('started');
  });
  it('is over where the unit is down, in a restart too, and not begun where it is up', () => {
    const seen = { stop: [], start: [], restart: [] } as Record<JobVerb, string[]>;
    for (const verb of ['stop', 'start', 'restart'] as const) {
      for (const each of activeStates)
        seen[verb].push(`${each}: ${wordsOf(after(verb, queued(unit), state(unit, each)))}`);
    }
    expect(seen).toEqual({
      stop: [
        'active: waiting its turn',
        'reloading: waiting its turn',
        'inactive: stopped',
        'failed: stopped',
        'activating: waiting its turn',
        'deactivating: stopping',
        'maintenance: waiting its turn',
      ],
      start: [
        'active: starting',
        'reloading: starting',
        'inactive: waiting its turn',
        'failed: waiting its turn',
        'activating: starting',
        'deactivating: stopping',
        'maintenance: waiting its turn',
      ],
      restart: [
        'active: waiting its turn',
        'reloading: waiting its turn',
        'inactive: waiting its turn',
        'failed: waiting its turn',
        'activating: starting',
        'deactivating: stopping',
        'maintenance: waiting its turn',
      ],
    });
    const halfway = [queued(unit), state(unit, 'deactivating'), state(unit, 'inactive')];
    expect(wordsOf(after('restart', ...halfway))).toBe('waiting its turn');
    expect(wordsOf(after('restart', ...halfway, state(unit, 'active')))).toBe('starting');
  });
  it('of a unit in conflict is shown as part of a start', () => {
    const events = [queued(unit), state(unit, 'deactivating'), state(unit, 'inactive'), ended(unit)];
    expect(wordsOf(after('start', ...events))).toBe('stopped');
  });
});

describe('results', () => {
  it.each([...jobResults, 'unknown' as const])('%s has words of its own', (result) => {
    const others = [...jobResults, 'unknown' as const].filter((other) => other !== result);
    const words = (one: JobResult): string =>
      wordsOf(after('start', queued('x.service'), ended('x.service', one)));
    expect(words(result)).not.toBe('');
    expect(others.map(words)).not.toContain(words(result));
  });
});

describe('step', () => {
  it('leaves units without a job alone', () => {
    expect(after('start', state('other.service', 'active')).jobs.size).toBe(0);
  });
  it('accepts a result without an earlier job event', () => {
    expect(wordsOf(after('start', ended('x.service', 'failed')))).toBe('failed');
  });
  it('starts from zero with a second job', () => {
    const model = after('start', queued('x.service'), ended('x.service', 'failed'), queued('x.service'));
    expect(renderProgress(step(model, { kind: 'tick' }, 2500), 80)).toEqual([
      'x.service  waiting its turn  0.5 s',
    ]);
  });
  it('does not change a job that has ended', () => {
    const model = after('start', queued('x.service'), ended('x.service'), state('x.service', 'deactivating'));
    expect(wordsOf(model)).toBe('started');
  });
  it('does not change its input model', () => {
    const before = after('start', queued('x.service'));
    step(before, ended('x.service'), 9000);
    expect(renderProgress(before, 80)).toEqual(['x.service  waiting its turn  0.0 s']);
  });
});

describe('renderProgress', () => {
  const model = step(
    after(
      'start',
      queued('shop-web.service'),
      queued('a.service'),
      state('shop-web.service', 'activating'),
      ended('a.service', 'dependency'),
    ),
    { kind: 'tick' },
    5400,
  );
  it('shows one line for each job in the order of creation, with the time it took or has taken', () => {
    expect(renderProgress(model, 80)).toEqual([
      'shop-web.service  starting  5.4 s',
      'a.service         not started: a unit it needs failed  2.0 s',
    ]);
  });
  it('cuts lines to the terminal, since a line that wraps cannot be redrawn', () => {
    for (let width = 0; width < 60; width++) {
      for (const line of renderProgress(model, width)) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }
  });
  it('shows failed and running jobs where there are more jobs than lines', () => {
    const many = after(
      'start',
      ...['a', 'b', 'c', 'd'].map((name) => queued(`${name}.service`)),
      ended('a.service'),
      ended('b.service', 'failed'),
      ended('c.service'),
    );
    expect(renderProgress(many, 80, undefined, 3).map((line) => line.split(' ')[0])).toEqual([
      'b.service',
      'd.service',
      '…',
    ]);
    expect(renderProgress(many, 80, undefined, 3)[2]).toBe('… and 2 more');
    expect(renderProgress(many, 80, undefined, 4)).toHaveLength(4);
  });
  it('paints by meaning', () => {
    expect(renderProgress(model, 80, markingStyle)[0]).toBe(
      '<unit:shop-web.service><busy:  starting><dim:  5.4 s>',
    );
  });
});

it('an ended job is one plain line, a running one is none', () => {
  const model = after('start', queued('web.service'), state('web.service', 'active'), ended('web.service'));
  expect(renderEndedJob(model, 'web.service')).toBe('web.service: started (2.0 s)');
  expect(renderEndedJob(after('start', queued('web.service')), 'web.service')).toBeUndefined();
});
