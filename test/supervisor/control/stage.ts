/** A control server over a fake supervisor, at a path of its own, for each test of a file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { SupervisorManager } from '../../../src/manager/supervisor.ts';
import { ControlServer } from '../../../src/supervisor/control/server.ts';
import type { Limits } from '../../../src/supervisor/control/protocol.ts';
import { fakeSupervisor } from './fake-supervisor.ts';
import type { FakeSupervisor } from './fake-supervisor.ts';

export interface Stage {
  /** A directory that is there. */
  readonly directory: string;
  /** Of the socket; its directory is made by the server. */
  path: string;
  readonly served: FakeSupervisor;
  /** Errors the server took for its own; a test takes out those it provoked. */
  readonly faults: unknown[];
  listen(limits?: Partial<Limits>): Promise<void>;
  close(): Promise<void>;
  manager(): Promise<SupervisorManager>;
  raw(): Promise<Raw>;
  /** The server still serves others. */
  expectWell(): Promise<void>;
}

/** A client that says what it likes. */
interface Raw {
  readonly socket: Socket;
  say(text: string | Uint8Array): void;
  /** All that came, line by line, as JSON. */
  heard(): readonly Record<string, unknown>[];
  closed(): boolean;
}

/** Set up before each test and taken down after it; `stage()` is that of the test that runs. */
export function onStage(): () => Stage {
  let stage: Stage | undefined;
  beforeEach(() => (stage = setUp()));
  afterEach(async () => {
    await stage?.close();
    rmSync(stage?.directory ?? '', { recursive: true, force: true });
    expect(stage?.faults).toEqual([]);
  });
  return () => {
    if (stage === undefined) throw new Error('no test runs');
    return stage;
  };
}

function setUp(): Stage {
  const directory = mkdtempSync(join(tmpdir(), 'dockunit-control-'));
  let server: ControlServer | undefined;
  const stage: Stage = {
    directory,
    path: join(directory, 'dockunit', 'control.sock'),
    served: fakeSupervisor(),
    faults: [],
    listen: async (limits = {}) => {
      const report = (fault: unknown): unknown => stage.faults.push(fault);
      server = await ControlServer.listen(stage.served, stage.path, { release: '1.2.3', limits, report });
    },
    close: async () => {
      await server?.close();
      server = undefined;
    },
    manager: () => SupervisorManager.connect('system', stage.path),
    raw: () => connectRaw(stage.path),
    expectWell: async () => {
      const other = await stage.manager();
      expect(await other.version()).toBe(257);
      other.close();
    },
  };
  return stage;
}

async function connectRaw(path: string): Promise<Raw> {
  const socket = connect(path);
  let text = '';
  let closed = false;
  socket.on('data', (bytes) => (text += bytes.toString()));
  socket.on('error', () => undefined);
  socket.on('close', () => (closed = true));
  await new Promise((resolve) => socket.once('connect', resolve));
  return {
    socket,
    say: (more) => void socket.write(more),
    heard: () =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    closed: () => closed,
  };
}
