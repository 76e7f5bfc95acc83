/** The byte streams of Docker's API, cut into lines. Memory is bounded: an endless line is cut. */
import { StringDecoder } from 'node:string_decoder';
import type { LogChunk } from '../model/supervisor-ports.ts';

/** The longest line that is kept in one piece; journald cuts at 48 KiB. */
const longestLine = 48 * 1024;

/** Collects text and returns it line by line, without the newlines; `rest` returns the remainder. */
export class LineCutter {
  readonly #decoder = new StringDecoder('utf8');
  #pending = '';

  push(bytes: Buffer): string[] {
    const lines = (this.#pending + this.#decoder.write(bytes)).split('\n');
    this.#pending = lines.pop() ?? '';
    while (this.#pending.length > longestLine) {
      lines.push(this.#pending.slice(0, longestLine));
      this.#pending = this.#pending.slice(longestLine);
    }
    return lines;
  }

  rest(): string[] {
    const rest = this.#pending + this.#decoder.end();
    this.#pending = '';
    return rest === '' ? [] : [rest];
  }
}

export async function* readLines(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const cutter = new LineCutter();
  for await (const bytes of stream) yield* cutter.push(bytes);
  yield* cutter.rest();
}

const headerSize = 8;
const streamNames = ['stdout', 'stdout', 'stderr'] as const;

/**
 * Output as `GET /containers/ID/logs?timestamps=1` sends it.
 * @param isFramed whether it has the frames of two multiplexed streams: one byte for the stream, three
 *   of nothing, four of length, then so many bytes; a container with a terminal has none
 */
export async function* readLogChunks(
  stream: AsyncIterable<Buffer>,
  isFramed: boolean,
): AsyncGenerator<LogChunk> {
  if (!isFramed) {
    for await (const line of readLines(stream)) yield chunkOf('stdout', line);
    return;
  }
  const cutters = { stdout: new LineCutter(), stderr: new LineCutter() };
  let pending: Buffer = Buffer.alloc(0);
  let frameBytes = 0;
  let current: keyof typeof cutters = 'stdout';
  for await (const bytes of stream) {
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
    while (pending.length > 0) {
      if (frameBytes === 0) {
        if (pending.length < headerSize) break;
        current = streamNames[pending.readUInt8(0)] ?? 'stdout';
        frameBytes = pending.readUInt32BE(4);
        pending = pending.subarray(headerSize);
        continue;
      }
      const now = pending.subarray(0, frameBytes);
      frameBytes -= now.length;
      pending = pending.subarray(now.length);
      for (const line of cutters[current].push(now)) yield chunkOf(current, line);
    }
  }
  for (const name of ['stdout', 'stderr'] as const)
    for (const line of cutters[name].rest()) yield chunkOf(name, line);
}

/** `2026-01-31T08:00:00.123456789Z text`; a line without a time is a piece of one that was cut. */
function chunkOf(stream: LogChunk['stream'], line: string): LogChunk {
  const match = /^(\d{4}-\d\d-\d\dT[0-9:.]+Z) (.*)$/s.exec(line);
  return { stream, time: match?.[1] ?? '', line: (match?.[2] ?? line).replace(/\r$/, '') };
}
