import { expect, test } from 'vitest';
import type { Effect, Occurrence } from '../../../src/supervisor/engine/protocol.ts';
import { logWords } from '../../../src/supervisor/loop/log-words.ts';

const unit = 'web.service';
const occurred = (occurrence: Occurrence): Effect => ({ kind: 'occurred', unit, occurrence });
const ended = (code: number, ignored = false): Effect =>
  occurred({ kind: 'process-ended', phase: 'start-pre', index: 1, exit: { kind: 'exited', code }, ignored });

test('commands that did what they should have no line in a log', () => {
  expect(logWords(ended(0))).toBeUndefined();
  expect(logWords(ended(1, true))).toBeUndefined();
  expect(logWords({ kind: 'job-ended', job: 1, unit, type: 'start', result: 'done' })).toBeUndefined();
});

test('a line names the unit, as logs of several are shown together', () => {
  expect(logWords(ended(3))).toEqual({
    unit,
    message: 'web.service: command 2 of ExecStartPre= exited with code 3',
    priority: 5,
  });
});

test('what a user has to look at is a warning', () => {
  const failed = { kind: 'unit-state', unit, activeState: 'failed', subState: 'failed' } as const;
  expect(logWords({ ...failed, result: 'timeout' })).toEqual({
    unit,
    message: 'web.service: failed: timeout',
    priority: 4,
  });
  expect(logWords(occurred({ kind: 'start-limit-hit' }))?.priority).toBe(4);
  expect(logWords(occurred({ kind: 'restart-scheduled', at: 0, restarts: 2 }))).toEqual({
    unit,
    message: 'web.service: restarts for the 2nd time',
    priority: 6,
  });
});
