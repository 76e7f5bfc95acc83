/** Writes job progress to a stream: a live block on a terminal, a line for each ended job elsewhere. */
import type { JobEvent } from '../model/ports.ts';
import { renderEndedJob, renderProgress, step } from './progress.ts';
import type { ProgressModel } from './progress.ts';
import type { Style } from '../ui/style.ts';

/** The part of process.stderr that the writer uses. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface ProgressWriter {
  /** Takes an event of Manager.run. */
  event(event: JobEvent): void;
  /** Stops the clock and leaves the last state on the screen. Call it in any case, also after an error. */
  finish(): void;
}

export interface ProgressOptions {
  readonly stream: ProgressStream;
  readonly model: ProgressModel;
  readonly style: Style;
  /** Milliseconds on the clock the model began with. */
  readonly now: () => number;
}

/** Elapsed seconds are shown in tenths, but no one reads them faster than this. */
const redrawEvery = 200;

/** Begins to write; all output passes through `stream.write`. */
export function createProgressWriter(options: ProgressOptions): ProgressWriter {
  return options.stream.isTTY === true ? liveWriter(options) : lineWriter(options);
}

function lineWriter({ stream, model: begin, style, now }: ProgressOptions): ProgressWriter {
  let model = begin;
  return {
    event(event) {
      model = step(model, event, now());
      if (event.kind !== 'job-removed') return;
      const line = renderEndedJob(model, event.unit, style);
      if (line !== undefined) stream.write(`${line}\n`);
    },
    finish() {
      // Each line is written as its job ends.
    },
  };
}

function liveWriter({ stream, model: begin, style, now }: ProgressOptions): ProgressWriter {
  let model = begin;
  let lineCount = 0;
  const draw = (height: number): void => {
    const lines = renderProgress(model, stream.columns ?? 80, style, height);
    // ECMA-48: CPL, up to the start of the block; ED, clear from there. One write, so that it does not flicker.
    const back = lineCount > 0 ? `\x1b[${String(lineCount)}F\x1b[0J` : '';
    if (back !== '' || lines.length > 0) stream.write(back + lines.map((line) => `${line}\n`).join(''));
    lineCount = lines.length;
  };
  // A block higher than the screen scrolls, and lines that have scrolled out of view cannot be redrawn.
  const visible = (): number => Math.max(1, (stream.rows ?? 24) - 1);
  const timer = setInterval(() => {
    model = step(model, { kind: 'tick' }, now());
    draw(visible());
  }, redrawEvery);
  timer.unref();
  return {
    event(event) {
      model = step(model, event, now());
      draw(visible());
    },
    finish() {
      clearInterval(timer);
      model = step(model, { kind: 'tick' }, now());
      draw(Infinity);
    },
  };
}
