/** The supervisor's hands, with real files and processes. */
import fc from 'fast-check';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readLogChunks } from '../../src/text/line-streams.ts';
import { receiveNotifications } from '../../src/host/process/notify-receiver.ts';
import { processes } from '../../src/host/process/process-spawner.ts';
import { isSameGroup, processFacts, readStat } from '../../src/host/machine/process-table.ts';
import { parseSince } from '../../src/host/journal/since.ts';
import type { Exit } from '../../src/model/ports.ts';
import type { SpawnRequest } from '../../src/model/supervisor-ports.ts';
import { lastLogged, unitLogReader } from '../../src/host/journal/unit-log-reader.ts';
import { formatLogLine, readLogLine, unitLogs } from '../../src/host/journal/unit-logs.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory();
});

describe('the logs of units', () => {
  const line = (message: string, time = 1_800_000_000_000_000): Parameters<typeof formatLogLine>[0] => ({
    time,
    priority: 6,
    identifier: 'web',
    message,
  });

  it('reads its own output', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 4_000_000_000_000_000 }), (message, time) => {
        const text = formatLogLine(line(message.replaceAll('\t', ' '), time));
        expect(readLogLine(text.slice(0, -1))).toEqual(line(message.replaceAll('\t', ' '), time));
      }),
    );
  });

  it('rotates by size, drops the oldest, and reads across files in order', async () => {
    const logs = unitLogs(directory, { fileSize: 1000, keptFiles: 2, pending: 100_000 });
    for (let number = 0; number < 100; number += 1) {
      logs.append('web.service', line(`line ${String(number)}`, 1_800_000_000_000_000 + number));
      await logs.flush();
    }
    expect(readdirSync(directory).sort()).toEqual([
      'web.service.log',
      'web.service.log.1',
      'web.service.log.2',
    ]);
    const read: string[] = [];
    for await (const { message, unit } of unitLogReader(directory).read({
      units: ['web.service'],
      scope: 'system',
      lines: 30,
    })) {
      expect(unit).toBe('web.service');
      read.push(message);
    }
    expect(read).toEqual(Array.from({ length: 30 }, (_, index) => `line ${String(70 + index)}`));
    expect(lastLogged(directory, 'web.service', 'web')).toBe('2027-01-15T08:00:00.000099Z');
    expect(lastLogged(directory, 'web.service', 'other')).toBeUndefined();
  });

  it('neither fails nor blocks where the disk refuses, and reports lost lines later', async () => {
    const gone = join(directory, 'gone');
    const logs = unitLogs(gone);
    rmSync(gone, { recursive: true });
    logs.append('web.service', line('lost'));
    await logs.flush();
    const { mkdirSync } = await import('node:fs');
    mkdirSync(gone);
    logs.append('web.service', line('kept'));
    await logs.flush();
    expect(readFileSync(join(gone, 'web.service.log'), 'utf8')).toMatch(/1 lines are lost.*\n.*: kept\n$/);
  });

  it('follows a log from its end', async () => {
    const logs = unitLogs(directory);
    logs.append('web.service', line('before'));
    await logs.flush();
    const over = new AbortController();
    const read: string[] = [];
    for await (const { message } of unitLogReader(directory).read({
      units: ['web.service'],
      scope: 'system',
      follow: true,
      signal: over.signal,
    })) {
      read.push(message);
      if (message === 'before') logs.append('web.service', line('after'));
      else over.abort();
    }
    expect(read).toEqual(['before', 'after']);
  });
});

it('reads Docker’s frames however they are chunked', async () => {
  const frame = (stream: number, text: string): Buffer => {
    const header = Buffer.alloc(8);
    header.writeUInt8(stream, 0);
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  const time = '2026-01-31T08:00:00.000000001Z';
  const bytes = Buffer.concat([frame(1, `${time} grüße\n`), frame(2, `${time} er`), frame(2, 'ror\n')]);
  for (let size = 1; size <= bytes.length; size += 1) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    const stream = (async function* (): AsyncGenerator<Buffer> {
      await Promise.resolve();
      yield* pieces;
    })();
    const read: unknown[] = [];
    for await (const chunk of readLogChunks(stream, true)) read.push(chunk);
    expect(read).toEqual([
      { stream: 'stdout', time, line: 'grüße' },
      { stream: 'stderr', time, line: 'error' },
    ]);
  }
});

it('reads times as systemd.time(7) does', () => {
  const now = new Date(2026, 0, 31, 12, 0, 0);
  const at = (text: string): number => parseSince(text, now) / 1000;
  expect(at('1 hour ago')).toBe(now.getTime() - 3_600_000);
  expect(at('-2h 30min')).toBe(now.getTime() - 9_000_000);
  expect(at('-1min 1.5s')).toBe(now.getTime() - 61_500);
  expect(() => at('infinity ago')).toThrow("'infinity ago' is no time");
  expect(at('yesterday')).toBe(new Date(2026, 0, 30).getTime());
  expect(at('2026-01-31 08:00')).toBe(new Date(2026, 0, 31, 8).getTime());
  expect(at('2026-01-31')).toBe(new Date(2026, 0, 31).getTime());
  expect(at('@10')).toBe(10_000);
  expect(() => at('soon')).toThrow("'soon' is no time");
});

describe('processes', () => {
  interface Ended {
    readonly lines: readonly string[];
    readonly exit: Exit;
    readonly survivors: boolean;
  }
  const request = (script: string, options: Partial<SpawnRequest> = {}): SpawnRequest => ({
    argv: ['/bin/sh', '-c', script],
    mark: 'test',
    environment: new Map([['PATH', '/usr/bin:/bin']]),
    ...options,
  });
  const run = (asked: SpawnRequest, gone: () => void = () => undefined): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const lines: string[] = [];
      const spawned = processes.spawn(asked, {
        fellShort: (message) => lines.push(message),
        output: (line) => lines.push(line),
        reportExit: (exit, survivors) => {
          setTimeout(() => {
            resolve({ lines, exit, survivors });
          }, 50);
        },
        groupGone: gone,
      });
      if ('code' in spawned) reject(new Error(`${String(spawned.code)}: ${spawned.reason}`));
    });

  it('runs with the given environment and nothing else', async () => {
    const asked = request('umask; pwd; echo "$A,$HOME" >&2; exit 3', {
      environment: new Map([['A', 'b']]),
      workingDirectory: { path: '/tmp', optional: false },
      umask: 0o027,
    });
    const before = process.umask();
    const { lines, exit, survivors } = await run(asked);
    expect(lines.toSorted()).toEqual(['/tmp', '0027', 'b,'].toSorted());
    expect(exit).toEqual({ kind: 'exited', code: 3 });
    expect(survivors).toBe(false);
    expect(process.umask()).toBe(before);
  });

  it('reports processes that the first one leaves behind, and their end', async () => {
    let gone: () => void = () => undefined;
    const goneAt = new Promise<void>((resolve) => (gone = resolve));
    const { exit, survivors } = await run(request('sleep 0.3 >/dev/null 2>&1 & kill -TERM $$'), gone);
    expect(exit).toEqual({ kind: 'killed', signal: 'SIGTERM' });
    expect(survivors).toBe(true);
    await goneAt;
  });

  it.each([
    ['203', request('', { argv: ['/does/not/exist'] })],
    ['203', request('', { argv: ['/etc/passwd'] })],
    ['200', request('true', { workingDirectory: { path: '/does/not/exist', optional: false } })],
    ['217', request('true', { user: 'nobody-of-that-name' })],
    ['217', request('true', { user: '54321987' })],
    ['216', request('true', { group: 'nobody-of-that-name' })],
    ['216', request('true', { groups: ['nobody-of-that-name'] })],
  ])('exits with %s where a command cannot be executed', async (code, asked) => {
    await expect(run(asked)).rejects.toThrow(`${code}: `);
  });

  it('ends leftovers, and no other process that has their pid by now', async () => {
    const child = spawn('/bin/sh', ['-c', 'trap "" TERM; echo ready; sleep 100 & wait'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    const startTime = processFacts(pid)?.startTime ?? '';
    expect(isSameGroup({ pid, startTime: `${startTime}1` })).toBe(false);
    await processes.endLeftovers([{ pid, startTime: `${startTime}1` }], 'another', 0);
    expect(child.exitCode ?? child.signalCode).toBeNull();
    const ended = once(child, 'exit');
    await processes.endLeftovers([{ pid, startTime }], undefined, 200);
    expect(await ended).toEqual([null, 'SIGKILL']);
  });

  it('ends processes that an earlier supervisor created and did not record', async () => {
    const mark = `mark-${String(process.pid)}`;
    const ended = run(request('sleep 1000; exit 0', { mark }));
    await processes.endLeftovers([], `${mark}0`, 0);
    await processes.endLeftovers([], mark, 5000);
    expect((await ended).exit).toEqual({ kind: 'killed', signal: 'SIGTERM' });
  });

  it('reads a process whose name looks like fields', () => {
    const stat = `7 (a) R 1 (b) S 1 7 7 ${Array.from({ length: 16 }, (_, index) => String(index)).join(' ')} 99`;
    expect(readStat(7, stat)).toMatchObject({ state: 'S', group: 7 });
  });
});

it('receives a notification that comes at once', async () => {
  const send =
    'use IO::Socket::UNIX; IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => $ENV{NOTIFY_SOCKET})' +
    '->send("STATUS=up\\nREADY=1") or die';
  await new Promise<void>((ready) => {
    const receiver = receiveNotifications(directory, 'web.service', process.env, () => {
      receiver?.close();
      ready();
    });
    execFileSync('perl', ['-e', send], { env: { ...process.env, NOTIFY_SOCKET: receiver?.path ?? '' } });
  });
});
