/**
 * One sh(1) on the other machine, which runs one script after another: a round trip each, not a session. Its standard
 * input and output are local FIFOs, so that dockunit can wait for an answer synchronously, as it reads and writes local
 * files.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { isCode } from '../machine/error-codes.ts';
import { HostError } from '../../model/ports.ts';
import { shellWords } from '../../text/shell-word.ts';
import { connectionLost } from '../machine/connection-errors.ts';

export interface RemoteAnswer {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** An answer that takes longer than this never comes, in ms. */
const answerTime = 60_000;

export class RemoteShell {
  readonly #host: string;
  readonly #in: number;
  readonly #out: number;
  /** Ends an answer: no output contains it. */
  readonly #mark = randomBytes(16).toString('hex');
  #loss: HostError | undefined;

  private constructor(host: string, descriptors: { readonly in: number; readonly out: number }) {
    this.#host = host;
    this.#in = descriptors.in;
    this.#out = descriptors.out;
  }

  /**
   * @param command the local command that starts a shell there, which reads its standard input
   * @param directory of dockunit, for the FIFOs
   */
  static open(host: string, command: readonly [string, readonly string[]], directory: string): RemoteShell {
    const paths = { in: join(directory, 'in'), out: join(directory, 'out') };
    const result = spawnSync('mkfifo', ['-m', '600', paths.in, paths.out], { encoding: 'utf8' });
    if (result.status !== 0) {
      throw new HostError(
        `Cannot make FIFOs in ${directory}: ${result.error?.message ?? result.stderr.trim()}`,
        'Set TMPDIR to a directory that can hold FIFOs',
      );
    }
    const [program, args] = command;
    // In its own group: dockunit handles Ctrl-C, which must not interrupt a write.
    const child = spawn(
      'sh',
      // Opened for both, `out` does not block: it has its writer before `in` has its reader.
      [
        '-c',
        'in=$1 out=$2; shift 2; exec "$@" 1<>"$out" <"$in"',
        'sh',
        paths.in,
        paths.out,
        program,
        ...args,
      ],
      { stdio: 'ignore', detached: true },
    );
    child.unref();
    const input = openSync(paths.in, 'w');
    const output = openSync(paths.out, constants.O_RDONLY | constants.O_NONBLOCK);
    rmSync(paths.in);
    rmSync(paths.out);
    return new RemoteShell(host, { in: input, out: output });
  }

  /**
   * Runs a script there, in a subshell and without input.
   * @param args its positional parameters
   * @throws HostError where the connection is lost
   */
  run(script: string, args: readonly string[] = []): RemoteAnswer {
    if (this.#loss) throw this.#loss;
    const mark = this.#mark;
    // Standard error goes to a variable, and comes after the output. By exec, since dash(1) forgets a redirection of a
    // group within `$( )`, and the script would read the commands after it.
    this.#write(
      `{ e=$(exec </dev/null 2>&1 >&3 3>&-; set -- ${shellWords(args)}\n${script}\n); s=$?; } 3>&1; ` +
        `printf '\\n%s %s\\n%s\\n%s' ${mark} "$s" "$e" ${mark}\n`,
    );
    return this.#readAnswer();
  }

  close(): void {
    this.#loss ??= connectionLost(this.#host);
    closeSync(this.#in);
    closeSync(this.#out);
  }

  #write(text: string): void {
    const bytes = Buffer.from(text);
    try {
      for (let offset = 0; offset < bytes.length;) offset += writeSync(this.#in, bytes, offset);
    } catch (error) {
      throw this.#lose(isCode(error, 'EPIPE') ? '' : String(error));
    }
  }

  #readAnswer(): RemoteAnswer {
    const mark = Buffer.from(this.#mark);
    const chunks: Buffer[] = [];
    const deadline = Date.now() + answerTime;
    for (;;) {
      const chunk = Buffer.alloc(65_536);
      const size = this.#readSome(chunk, deadline);
      chunks.push(chunk.subarray(0, size));
      if (!endsWith(chunks, mark)) continue;
      const all = Buffer.concat(chunks);
      const first = all.indexOf(mark);
      const last = all.length - mark.length;
      if (first === last) continue;
      const trailer = all.subarray(first + mark.length + 1, last - 1).toString();
      const newline = trailer.indexOf('\n');
      return {
        stdout: all.subarray(0, first - 1),
        status: Number(trailer.slice(0, newline)),
        stderr: trailer.slice(newline + 1),
      };
    }
  }

  /** Waits for output; returns the number of bytes received. */
  #readSome(chunk: Buffer, deadline: number): number {
    for (;;) {
      try {
        const size = readSync(this.#out, chunk);
        if (size > 0) return size;
        throw this.#lose();
      } catch (error) {
        if (!isCode(error, 'EAGAIN')) throw error;
        if (Date.now() > deadline) throw this.#lose(`no answer in ${String(answerTime / 1000)} s`);
        Atomics.wait(sleeper, 0, 0, 1);
      }
    }
  }

  #lose(detail = ''): HostError {
    return (this.#loss ??= connectionLost(this.#host, detail));
  }
}

/** Nothing wakes this wait: it just sleeps. */
const sleeper = new Int32Array(new SharedArrayBuffer(4));

function endsWith(chunks: readonly Buffer[], mark: Buffer): boolean {
  const tail = Buffer.concat(chunks.slice(-2));
  const short = tail.length < mark.length ? Buffer.concat(chunks) : tail;
  return short.subarray(-mark.length).equals(mark);
}
