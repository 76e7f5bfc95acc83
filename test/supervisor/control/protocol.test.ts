import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activeStates, jobResults } from '../../../src/model/ports.ts';
import type { JobEvent } from '../../../src/model/ports.ts';
import {
  errorKinds,
  methods,
  readMessage,
  readRequest,
  readResult,
  writeLine,
} from '../../../src/supervisor/control/protocol.ts';
import type { Message, Request } from '../../../src/supervisor/control/protocol.ts';
import { fakeSupervisor, stateOf } from './fake-supervisor.ts';

const id = fc.maxSafeInteger();
const unit = fc.stringMatching(/^[A-Za-z0-9:_.\\@-]{1,40}$/);
const units = fc.array(unit);
const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record({
    id,
    method: fc.constantFrom('version', 'reload', 'pendingJobs', 'unitNames'),
  }) as fc.Arbitrary<Request>,
  fc.record({
    id,
    method: fc.constantFrom('enable', 'disable', 'resetFailed', 'states'),
    units,
  }) as fc.Arbitrary<Request>,
  fc.record({
    id,
    method: fc.constant('run'),
    verb: fc.constantFrom('start', 'stop', 'restart'),
    units,
  }) as fc.Arbitrary<Request>,
  fc.record(
    { id, method: fc.constant('history'), unit },
    { requiredKeys: ['id', 'method'] },
  ) as fc.Arbitrary<Request>,
  fc.record({ id, method: fc.constant('cancel'), request: id }) as fc.Arbitrary<Request>,
);
const event: fc.Arbitrary<JobEvent> = fc.oneof(
  fc.record({ kind: fc.constant('job-new'), unit }),
  fc.record({
    kind: fc.constant('unit-state'),
    unit,
    activeState: fc.constantFrom(...activeStates),
    subState: fc.string(),
  }),
  fc.record({ kind: fc.constant('job-removed'), unit, result: fc.constantFrom(...jobResults) }),
);
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ dockunit: fc.nat(), release: fc.string() }),
  fc.record({ id, event }),
  fc.record({ id, result: fc.constantFrom(null, 257, ['a']) }),
  fc.record({
    id: fc.option(id),
    error: fc.record({ kind: fc.constantFrom(...errorKinds), message: fc.string(), remedy: fc.string() }),
  }),
);

/** JSON makes no difference between -0 and 0. */
const plain = <T>(value: T): unknown => JSON.parse(JSON.stringify(value));

describe('the codec', () => {
  it('encodes and decodes every request, on one line', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const line = writeLine(asked);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(readRequest(line)).toEqual({ request: plain(asked) });
      }),
    );
  });

  it('encodes and decodes every message', () => {
    fc.assert(
      fc.property(message, (said) => {
        const line = writeLine(said);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(readMessage(line)).toEqual(plain(said));
      }),
    );
  });

  it('turns any text into a request or an error, and never throws', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc
        .record({ id: fc.anything(), method: fc.constantFrom(...methods, 'toString', '__proto__') })
        .map((value) => {
          try {
            return JSON.stringify(value) ?? '';
          } catch {
            return '';
          }
        }),
    );
    fc.assert(
      fc.property(anything, (line) => {
        const read = readRequest(line);
        if ('fault' in read) expect(read.fault).not.toBe('');
        else expect(methods).toContain(read.request.method);
      }),
    );
  });

  it.each([
    ['no JSON', '{', null, 'it is not JSON'],
    ['no object', '[]', null, 'it is not an object'],
    ['no id', '{"method":"version"}', null, 'id is not a whole number'],
    ['an id that would not come back', '{"id":1e300,"method":"version"}', null, 'id is not a whole number'],
    ['a method no one knows', '{"id":1,"method":"shutdown"}', 1, /^method is not one of version, reload, /],
    ['a method by inheritance', '{"id":1,"method":"constructor"}', 1, /^method is not one of/],
    ['no units', '{"id":1,"method":"states"}', 1, 'units is not a list'],
    [
      'a path for a unit',
      '{"id":1,"method":"enable","units":["web.service","../x"]}',
      1,
      'units[1] is not the name of a unit',
    ],
    [
      'a verb no one knows',
      '{"id":1,"method":"run","verb":"kill","units":[]}',
      1,
      'verb is not one of start, stop, restart',
    ],
    [
      'parameters by inheritance',
      '{"id":1,"method":"states","__proto__":{"units":[]}}',
      1,
      'units is not a list',
    ],
  ])('reports the error in %s', (_what, line, at, fault) => {
    expect(readRequest(line)).toEqual({
      id: at,
      fault: typeof fault === 'string' ? fault : (expect.stringMatching(fault) as string),
    });
  });

  it('handles a million brackets', () => {
    expect(readRequest('['.repeat(1_000_000))).toEqual({ id: null, fault: 'it is not JSON' });
    expect(readRequest(`${'['.repeat(500_000)}${']'.repeat(500_000)}`)).toEqual({
      id: null,
      fault: 'it is not an object',
    });
  });

  it('encodes and decodes every result', async () => {
    const served = fakeSupervisor();
    expect(readResult('states', plain([stateOf('web.service')]))).toEqual([stateOf('web.service')]);
    expect(readResult('enable', plain(await served.enable(['a.service'])))).toEqual(
      await served.enable(['a.service']),
    );
    expect(readResult('history', plain(await served.history()))).toEqual(await served.history());
    expect(readResult('run', [['a.service', 'done']])).toEqual([['a.service', 'done']]);
    expect(() => readResult('run', [['a.service', 'fine']])).toThrow('[0][1] is not one of done');
    expect(() => readResult('states', [{ name: 'a' }])).toThrow('[0].loadState is not a text');
  });
});
