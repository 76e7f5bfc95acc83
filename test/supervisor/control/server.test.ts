import { existsSync, linkSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HostError } from '../../../src/model/ports.ts';
import type { JobEvent } from '../../../src/model/ports.ts';
import { SupervisorManager } from '../../../src/manager/supervisor.ts';
import { ControlServer } from '../../../src/supervisor/control/server.ts';
import { controlSocketPath } from '../../../src/supervisor/control/socket-path.ts';
import { until } from '../../e2e/throwaway-host.ts';
import { stateOf } from './fake-supervisor.ts';
import { onStage } from './stage.ts';

const stage = onStage();
const isTrue = (value: boolean): boolean => value;

describe('a manager over the socket', () => {
  it('gets the supervisor’s answers', async () => {
    await stage().listen();
    const asking = await stage().manager();
    expect(await asking.version()).toBe(257);
    await asking.reload();
    await asking.resetFailed(['a.service', 'b.service']);
    expect(stage().served.asked).toEqual(['reload', 'reset-failed a.service b.service']);
    expect(await asking.enable(['a.service'])).toEqual(await stage().served.enable(['a.service']));
    expect(await asking.disable(['a.service'])).toEqual(await stage().served.disable(['a.service']));
    expect(await asking.states(['b.service', 'a.service'])).toEqual([
      stateOf('b.service'),
      stateOf('a.service'),
    ]);
    expect(await asking.pendingJobs()).toEqual(await stage().served.pendingJobs());
    expect(await asking.history(['web.service'])).toEqual(await stage().served.history());
    expect(await asking.history(['other.service'])).toEqual([]);
    asking.close();
  });

  it('splits a request for too many units into several, and gets the answers in order', async () => {
    await stage().listen();
    const asking = await stage().manager();
    const names = Array.from({ length: 2500 }, (_, n) => `x${String(n)}.service`);
    expect((await asking.states(names)).map(({ name }) => name)).toEqual(names);
    const results = asking.run('stop', names);
    const runs = await until(
      'all are asked for',
      () => stage().served.runs,
      ({ length }) => length === 3,
    );
    expect(runs.map(({ units }) => units.length)).toEqual([1000, 1000, 500]);
    for (const run of runs) run.end('done');
    expect([...(await results).keys()]).toEqual(names);
    asking.close();
  });

  it('receives events of jobs while they run, and of their end', async () => {
    await stage().listen();
    const asking = await stage().manager();
    const events: JobEvent[] = [];
    const results = asking.run('start', ['web.service'], (event) => events.push(event));
    const [run] = await until(
      'it runs',
      () => stage().served.runs,
      ({ length }) => length === 1,
    );
    const told: readonly JobEvent[] = [
      { kind: 'job-new', unit: 'web.service' },
      { kind: 'unit-state', unit: 'web.service', activeState: 'active', subState: 'running' },
      { kind: 'job-removed', unit: 'web.service', result: 'done' },
    ];
    for (const event of told) run?.onEvent(event);
    run?.end('done');
    expect(await results).toEqual(new Map([['web.service', 'done']]));
    expect(events).toEqual(told);
    run?.onEvent({ kind: 'job-new', unit: 'late.service' });
    expect(await asking.version()).toBe(257);
    expect(events).toEqual(told);
    asking.close();
  });

  it('gets the answers to many concurrent requests, each its own', async () => {
    await stage().listen();
    const asking = await stage().manager();
    const runs = ['a.service', 'b.service', 'c.service'].map((unit) => asking.run('stop', [unit]));
    await until(
      'they run',
      () => stage().served.runs.length,
      (count) => count === 3,
    );
    expect(await asking.version()).toBe(257);
    for (const run of [...stage().served.runs].reverse())
      run.end(run.units[0] === 'b.service' ? 'failed' : 'done');
    expect((await Promise.all(runs)).map((results) => [...results])).toEqual([
      [['a.service', 'done']],
      [['b.service', 'failed']],
      [['c.service', 'done']],
    ]);
    asking.close();
  });

  it('stops waiting when its signal aborts, after the supervisor took its request', async () => {
    await stage().listen();
    const asking = await stage().manager();
    const stop = new AbortController();
    const reason = new Error('enough');
    const run = asking.run('start', ['web.service'], undefined, stop.signal);
    const refused = asking.run('start', ['absent.service'], undefined, stop.signal);
    stop.abort(reason);
    await expect(run).rejects.toBe(reason);
    expect(stage().served.asked).toEqual(['start web.service', 'start absent.service']);
    await expect(refused).rejects.toThrow('Cannot start absent.service');
    expect(stage().served.runs[0]?.signal?.aborted).toBe(true);
    asking.close();
  });

  it('receives errors with their remedies', async () => {
    await stage().listen();
    const asking = await stage().manager();
    const error = await asking.run('start', ['absent.service']).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HostError);
    expect(error).toMatchObject({
      message: 'Cannot start absent.service: there is none',
      remedy: 'Write it first',
    });
    asking.close();
  });

  it('receives an internal error of the supervisor, which continues', async () => {
    stage().served.reload = () => Promise.reject(new TypeError('x is not a function'));
    await stage().listen();
    const asking = await stage().manager();
    await expect(asking.reload()).rejects.toThrow('Internal error of the supervisor: x is not a function');
    expect(stage().faults.splice(0)).toEqual([new TypeError('x is not a function')]);
    expect(await asking.version()).toBe(257);
    asking.close();
  });

  it('gets an error when the supervisor ends before it has answered', async () => {
    await stage().listen();
    const asking = await stage().manager();
    const run = asking.run('start', ['web.service']);
    await until(
      'it runs',
      () => stage().served.runs.length,
      (count) => count === 1,
    );
    await stage().close();
    await expect(run).rejects.toThrow('ended before it had answered');
    await expect(asking.version()).rejects.toThrow('ended before it had answered');
  });

  it('leaves nothing pending in the supervisor when it hangs up', async () => {
    await stage().listen();
    const asking = await stage().manager();
    asking.run('start', ['web.service']).catch(() => undefined);
    const [run] = await until(
      'it runs',
      () => stage().served.runs,
      ({ length }) => length === 1,
    );
    asking.close();
    await until(
      'the run is let go',
      () => {
        run?.onEvent({ kind: 'job-new', unit: 'web.service' });
        return run?.signal?.aborted === true;
      },
      isTrue,
    );
  });
});

describe('where there is no supervisor', () => {
  it.each([
    ['system', 'No supervisor runs on this host', 'dockunit supervise --install'],
    ['user', 'No supervisor runs for this user', 'dockunit supervise --user'],
  ] as const)('%s: the error says how to start one', async (scope, message, remedy) => {
    const error = await SupervisorManager.connect(scope, stage().path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HostError);
    expect((error as HostError).message).toBe(message);
    expect((error as HostError).remedy).toContain(remedy);
  });

  it('a leftover socket is no supervisor, and is replaced by one', async () => {
    mkdirSync(dirname(stage().path));
    // Closing unlinks the stage().path; a process that is killed does not.
    const dead = createServer().listen(`${stage().path}.first`);
    await new Promise((resolve) => dead.once('listening', resolve));
    linkSync(`${stage().path}.first`, stage().path);
    await new Promise((resolve) => dead.close(resolve));
    await expect(stage().manager()).rejects.toThrow('No supervisor runs');
    await stage().listen();
    await stage().expectWell();
  });

  it('does not displace an existing listener', async () => {
    await stage().listen();
    await expect(
      ControlServer.listen(stage().served, stage().path, { release: '1', report: () => undefined }),
    ).rejects.toThrow(`A supervisor listens at ${stage().path} already`);
    await stage().expectWell();
  });

  it('reports a supervisor with another protocol', async () => {
    mkdirSync(dirname(stage().path));
    const other = createServer((socket) => socket.write('{"dockunit":2,"release":"9.0"}\n')).listen(
      stage().path,
    );
    await new Promise((resolve) => other.once('listening', resolve));
    await expect(stage().manager()).rejects.toThrow('The supervisor is dockunit 9.0, of another version');
    await new Promise((resolve) => other.close(resolve));
  });

  it('reports something else at the socket', async () => {
    mkdirSync(dirname(stage().path));
    const other = createServer((socket) => socket.write('HTTP/1.1 400 Bad Request\n')).listen(stage().path);
    await new Promise((resolve) => other.once('listening', resolve));
    await expect(stage().manager()).rejects.toThrow('reply from the supervisor: it is not JSON');
    await new Promise((resolve) => other.close(resolve));
  });
});

describe('the socket', () => {
  it('is closed to other users, and removed with the supervisor', async () => {
    mkdirSync(dirname(stage().path), { mode: 0o755 });
    await stage().listen();
    expect(statSync(stage().path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(stage().path)).mode & 0o777).toBe(0o700);
    await stage().close();
    expect(existsSync(stage().path)).toBe(false);
  });

  it('is refused where its directory is a file, or its path too long', async () => {
    writeFileSync(dirname(stage().path), '');
    await expect(stage().listen()).rejects.toThrow(HostError);
    stage().path = join(stage().directory, 'x'.repeat(100), 'control.sock');
    await expect(stage().listen()).rejects.toThrow('at most 107 bytes');
  });

  it('is in the runtime directory of the scope', () => {
    expect(controlSocketPath('system', { XDG_RUNTIME_DIR: '/a' }, 0)).toBe('/run/dockunit/control.sock');
    expect(controlSocketPath('user', { XDG_RUNTIME_DIR: '/a' }, 7)).toBe('/a/dockunit/control.sock');
    expect(controlSocketPath('user', {}, 7)).toBe('/run/user/7/dockunit/control.sock');
  });
});
