import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { beginProgress } from '../../src/jobs/progress.ts';
import { createProgressWriter } from '../../src/jobs/progress-writer.ts';
import type { ProgressStream } from '../../src/jobs/progress-writer.ts';
import { plainStyle } from '../../src/ui/style.ts';

/** A terminal that knows what the writer uses: text, newlines, CPL and ED to the end. */
class Screen implements ProgressStream {
  readonly isTTY = true;
  readonly columns = 60;
  lines: string[] = [''];
  private row = 0;
  highest = 0;
  writes = 0;

  constructor(readonly rows: number) {}

  write(text: string): void {
    this.writes++;
    // eslint-disable-next-line no-control-regex -- escape sequences are what a terminal is about
    for (const [token] of text.matchAll(/\x1b\[(\d+)([FJ])|\n|[^\x1b\n]+/g)) {
      const up = /(\d+)F$/.exec(token)?.[1];
      if (token.startsWith('\x1b') && up !== undefined) {
        this.highest = Math.max(this.highest, Number(up));
        this.row -= Number(up);
        if (this.row < 0) throw new Error('the cursor left the block');
      } else if (token.startsWith('\x1b')) {
        this.lines = [...this.lines.slice(0, this.row), ''];
      } else if (token === '\n') {
        this.row++;
        this.lines[this.row] ??= '';
      } else {
        this.lines[this.row] += token;
      }
    }
  }
}

let clock = 0;
const now = (): number => clock;
const pass = (milliseconds: number): void => {
  for (let left = milliseconds; left > 0; left -= 100) {
    clock += 100;
    vi.advanceTimersByTime(100);
  }
};

beforeEach(() => {
  clock = 0;
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('on a terminal', () => {
  it('redraws one block in place and leaves its last state', () => {
    const screen = new Screen(24);
    screen.write('$ dockunit start web\n');
    const writer = createProgressWriter({
      stream: screen,
      model: beginProgress('start', new Map(), 0),
      style: plainStyle,
      now,
    });
    writer.event({ kind: 'job-new', unit: 'db.service' });
    writer.event({ kind: 'job-new', unit: 'web.service' });
    writer.event({ kind: 'unit-state', unit: 'db.service', activeState: 'activating', subState: 'start' });
    pass(1000);
    expect(screen.lines).toEqual([
      '$ dockunit start web',
      'db.service   starting  1.0 s',
      'web.service  waiting its turn  1.0 s',
      '',
    ]);
    writer.event({ kind: 'job-removed', unit: 'db.service', result: 'failed' });
    writer.event({ kind: 'job-removed', unit: 'web.service', result: 'dependency' });
    pass(1000);
    writer.finish();
    const written = screen.writes;
    pass(1000);
    expect(screen.writes).toBe(written);
    expect(screen.lines).toEqual([
      '$ dockunit start web',
      'db.service   failed  1.0 s',
      'web.service  not started: a unit it needs failed  1.0 s',
      '',
    ]);
  });

  it('keeps the block within the screen while it redraws, and shows all of it at the end', () => {
    const screen = new Screen(5);
    const writer = createProgressWriter({
      stream: screen,
      model: beginProgress('start', new Map(), 0),
      style: plainStyle,
      now,
    });
    for (let index = 0; index < 9; index++)
      writer.event({ kind: 'job-new', unit: `u${String(index)}.service` });
    pass(400);
    expect(screen.highest).toBeLessThan(5);
    writer.finish();
    expect(screen.lines.filter((line) => /^u\d/.test(line))).toHaveLength(9);
  });

  it('writes nothing without events', () => {
    const screen = new Screen(24);
    const writer = createProgressWriter({
      stream: screen,
      model: beginProgress('start', new Map(), 0),
      style: plainStyle,
      now,
    });
    pass(1000);
    writer.finish();
    expect(screen.writes).toBe(0);
  });
});

describe('elsewhere', () => {
  it('writes one line for each job as it ends, and no escape sequences', () => {
    const written: string[] = [];
    const writer = createProgressWriter({
      stream: { write: (text: string) => written.push(text) },
      model: beginProgress('stop', new Map(), 0),
      style: plainStyle,
      now,
    });
    writer.event({ kind: 'job-new', unit: 'web.service' });
    writer.event({ kind: 'job-new', unit: 'db.service' });
    pass(1200);
    writer.event({ kind: 'job-removed', unit: 'web.service', result: 'done' });
    pass(800);
    writer.event({ kind: 'job-removed', unit: 'db.service', result: 'timeout' });
    writer.finish();
    expect(written).toEqual([
      'web.service: stopped (1.2 s)\n',
      'db.service: failed: took longer than its timeout (2.0 s)\n',
    ]);
  });
});
