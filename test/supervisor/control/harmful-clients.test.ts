import { describe, expect, it } from 'vitest';
import { until } from '../../e2e/throwaway-host.ts';
import { onStage } from './stage.ts';

const stage = onStage();
const isTrue = (value: boolean): boolean => value;

describe('harmful clients', () => {
  it('get an error for an invalid line, and are dropped after some of them', async () => {
    await stage().listen({ faults: 3 });
    const client = await stage().raw();
    client.say('{}\n{"id":4,"method":"x"}\n');
    await until(
      'answers',
      () => client.heard().length,
      (count) => count === 3,
    );
    expect(
      client
        .heard()
        .map(({ id, error, dockunit }) => [id, (error as { kind?: string } | undefined)?.kind ?? dockunit]),
    ).toEqual([
      [undefined, 1],
      [null, 'request'],
      [4, 'request'],
    ]);
    client.say('what?\n{"id":5,"method":"version"}\n');
    await until('dropped', client.closed, isTrue);
    expect(client.heard()).toHaveLength(4);
    await stage().expectWell();
  });

  it('are dropped at a line that is too long, even without its end', async () => {
    await stage().listen({ request: 1000 });
    for (const text of ['x'.repeat(1001), `${'x'.repeat(5000)}\n{"id":1,"method":"version"}\n`]) {
      const client = await stage().raw();
      client.say(text);
      await until('dropped', client.closed, isTrue);
      expect(client.heard().at(-1)).toMatchObject({
        id: null,
        error: { kind: 'request', message: 'A request is longer than 1000 bytes' },
      });
    }
    await stage().expectWell();
  });

  it('cannot name more units in a request than the limit', async () => {
    await stage().listen();
    const client = await stage().raw();
    const run = (id: number, count: number): string =>
      `{"id":${String(id)},"method":"run","verb":"start","units":${JSON.stringify(Array.from({ length: count }, (_, n) => `x${String(n)}`))}}\n`;
    client.say(run(1, 1001));
    client.say(run(2, 40_000));
    await until('dropped', client.closed, isTrue);
    const request = (message: string): unknown => ({ kind: 'request', message, remedy: expect.anything() });
    expect(client.heard().slice(1)).toEqual([
      { id: 1, error: request('Invalid request: units is not a list of 1000 at most') },
      { id: null, error: request('A request is longer than 262144 bytes') },
    ]);
    expect(stage().served.asked).toEqual([]);
    await stage().expectWell();
  });

  it('cannot have more open requests than the limit', async () => {
    await stage().listen({ pending: 4 });
    const client = await stage().raw();
    const run = (id: number): string => `{"id":${id},"method":"run","verb":"start","units":["a.service"]}\n`;
    client.say([1, 2, 3, 4, 5, 1].map(run).join(''));
    await until(
      'answers',
      () => client.heard().length,
      (count) => count === 3,
    );
    expect(client.heard().slice(1)).toMatchObject([
      { id: 5, error: { message: '4 requests are not answered yet' } },
      { id: 1, error: { message: 'Request 1 is not answered yet' } },
    ]);
    expect(stage().served.runs).toHaveLength(4);
    client.say('{"id":9,"method":"cancel","request":2}\n');
    await until(
      'canceled',
      () => client.heard().length,
      (count) => count === 5,
    );
    expect(client.heard().slice(3)).toMatchObject([
      { id: 9, result: null },
      { id: 2, error: { kind: 'canceled' } },
    ]);
    client.socket.destroy();
    await stage().expectWell();
  });

  it('are dropped when they do not read their answers', async () => {
    const big = 'x'.repeat(100_000);
    await stage().listen({ outgoing: 1_000_000, patience: 200 });
    const client = await stage().raw();
    client.socket.pause();
    let asked = 0;
    stage().served.unitNames = () => {
      asked += 1;
      return Promise.resolve([big]);
    };
    // No more is read from it than it reads: what it sends piles up on its own side.
    for (let id = 1; id <= 3000; id += 1) client.say(`{"id":${String(id)},"method":"unitNames"}\n`);
    await until(
      'dropped',
      () => {
        client.say('\n');
        return client.closed();
      },
      isTrue,
    );
    expect(asked).toBeLessThan(40);
    expect(client.heard().length).toBeLessThan(40);
    await stage().expectWell();
  });

  it('are dropped when they do not read their events', async () => {
    await stage().listen({ outgoing: 100_000 });
    const client = await stage().raw();
    client.socket.pause();
    client.say('{"id":1,"method":"run","verb":"start","units":["a.service"]}\n');
    const [run] = await until(
      'it runs',
      () => stage().served.runs,
      ({ length }) => length === 1,
    );
    for (let count = 0; count < 20_000; count += 1) run?.onEvent({ kind: 'job-new', unit: 'a.service' });
    await until('the run is let go', () => run?.signal?.aborted === true, isTrue);
    client.socket.resume();
    await until('dropped', client.closed, isTrue);
    await stage().expectWell();
  });

  it('give way to others where many are connected and ask nothing', async () => {
    await stage().listen({ clients: 3 });
    const idle = [await stage().raw(), await stage().raw(), await stage().raw()];
    idle[0]?.say('{"id":1,"met');
    await until('greeted', () => idle.every((client) => client.heard().length === 1), isTrue);
    await stage().expectWell();
    expect(idle.filter((client) => client.closed()).length).toBeLessThanOrEqual(1);
    for (const { socket } of idle) socket.destroy();
  });

  it('are refused where all others wait for an answer', async () => {
    await stage().listen({ clients: 2 });
    const busy = await Promise.all([stage().manager(), stage().manager()]);
    const runs = busy.map((asking) => asking.run('start', ['a.service']));
    await until(
      'they run',
      () => stage().served.runs.length,
      (count) => count === 2,
    );
    const refused = await stage().raw();
    await until('dropped', refused.closed, isTrue);
    expect(refused.heard()[1]).toMatchObject({
      error: { message: '2 others ask the supervisor at this moment' },
    });
    for (const run of stage().served.runs) run.end('done');
    await Promise.all(runs);
    for (const asking of busy) asking.close();
    await stage().expectWell();
  });

  it('get their answers after they have closed their own end', async () => {
    await stage().listen();
    const client = await stage().raw();
    client.socket.end('{"id":1,"method":"unitNames"}\n');
    await until('closed', client.closed, isTrue);
    expect(client.heard()[1]).toEqual({ id: 1, result: ['db.service', 'web.service'] });
  });
});

describe('ten thousand invalid messages', () => {
  it('cost no more than reading them', async () => {
    await stage().listen();
    const kinds: readonly ((index: number) => string | Uint8Array)[] = [
      () => '\n',
      () => '{"id":1}\n',
      (index) => `{"id":${index},"method":"run","verb":"start","units":["/etc/passwd"]}\n`,
      () => `${'['.repeat(5000)}\n`,
      () => Uint8Array.of(0xff, 0xfe, 0x00, 0x0a),
      () => `{"id":1,"method":"states","units":[${'"a",'.repeat(500)}0]}\n`,
      () => '{"id":1,"method":"cancel","request":77}\n',
      () => '{"id":-1,"method":"nothing"}\n',
      () => 'GET / HTTP/1.1\r\n',
      () => '{"__proto__":{"id":1,"method":"reload"}}\n',
    ];
    const well = await stage().manager();
    let sent = 0;
    let connections = 0;
    while (sent < 10_000) {
      const client = await stage().raw();
      connections += 1;
      while (!client.closed() && sent < 10_000) {
        client.say((kinds[sent % kinds.length] ?? kinds[0])?.(sent) ?? '');
        sent += 1;
        if (sent % 5 === 0) await new Promise(setImmediate);
      }
      // Every third leaves in the middle of a line.
      if (connections % 3 === 0) client.say('{"id":1,"meth');
      client.socket.destroy();
    }
    expect(connections).toBeGreaterThan(50);
    // Who was connected all the time has not been disturbed, and nothing was asked of the supervisor.
    expect(await well.version()).toBe(257);
    well.close();
    expect(stage().served.asked).toEqual([]);
  }, 60_000);
});
