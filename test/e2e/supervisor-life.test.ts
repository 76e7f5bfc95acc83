/** The supervisor on a host without systemd, with a real dockerd: what is to run runs, whatever dies. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachRoot } from './host-tier.ts';
import { bootSupervisedHost, type SupervisedHost } from './supervisor-on-host.ts';

const spec = {
  name: 'shop',
  services: {
    db: {
      image: 'app:test',
      command: ['say=db-up', 'sleep=1', 'healthy', 'forever'],
      healthcheck: { test: ['CMD', 'test', '-e', '/tmp/healthy'], interval: '1s' },
    },
    migrate: {
      image: 'app:test',
      command: ['say=migrating', 'sleep=1', 'exit=0'],
      depends_on: { db: { condition: 'service_healthy' } },
    },
    web: {
      image: 'app:test',
      command: ['say=web-up', 'forever'],
      depends_on: {
        db: { condition: 'service_healthy' },
        migrate: { condition: 'service_completed_successfully' },
      },
    },
    tail: { image: 'app:test', command: ['forever'], depends_on: ['web'] },
    job: { image: 'app:test', command: ['say=last-words', 'exit=3'], restart: 'no' },
  },
};

const allUp = {
  db: 'active/running',
  job: 'failed/failed',
  migrate: 'active/exited',
  tail: 'active/running',
  web: 'active/running',
};

describeEachRoot('the supervisor', (root) => {
  let supervised: SupervisedHost;
  beforeAll(async () => {
    supervised = await bootSupervisedHost(root);
    await supervised.install(spec);
    await supervised.supervise();
  });
  afterAll(async () => {
    await supervised[Symbol.asyncDispose]();
  });

  const untilUp = (expected: Readonly<Record<string, string>> = allUp): Promise<unknown> =>
    supervised.host.until(
      JSON.stringify(expected),
      () => supervised.states(),
      (seen) => Object.entries(expected).every(([service, state]) => seen[service] === state),
      { deadline: 90_000 },
    );
  const log = (unit: string): Promise<string> => supervised.host.readFile(`/var/log/dockunit/${unit}.log`);

  it('starts in the order of depends_on, and brings what containers say to the logs', async () => {
    await supervised.verb('enable', 'shop.target');
    // `job` fails by design, and the verb says so.
    await supervised.verb('start', 'shop.target').catch(() => '');
    await untilUp();
    expect(await log('shop-web.service')).toContain(' shop-web: web-up\n');
    expect(await log('shop-job.service')).toContain(' shop-job: last-words\n');
    expect(await supervised.verb('logs', 'web')).toContain('web-up');
    const { host } = supervised;
    const time = async (container: string, field: string): Promise<number> =>
      Date.parse(await host.sh(`docker inspect --format '{{.${field}}}' ${container}`));
    const webStarted = await time('shop-web', 'State.StartedAt');
    expect(await time('shop-db', 'State.StartedAt')).toBeLessThan(webStarted);
    expect(await time('shop-tail', 'State.StartedAt')).toBeGreaterThan(webStarted);
    // What waits for nothing but a start has its container by then.
    expect(await time('shop-tail', 'Created')).toBeLessThan(webStarted);
  });

  it('restarts a container that was killed', async () => {
    const { host } = supervised;
    const [web, db] = [await supervised.run('shop-web'), await supervised.run('shop-db')];
    const since = await host.sh('date +%s.%N');
    await host.sh('docker kill shop-web');
    await host.until(
      'another run of web',
      () => supervised.run('shop-web'),
      (run) => run !== '' && run !== web,
    );
    await untilUp();
    expect(await supervised.run('shop-db')).toBe(db);
    const events = await host.sh(
      `docker events --since ${since.trim()} --until "$(date +%s.%N)" --filter container=shop-web --format '{{.Action}}'`,
    );
    expect(events.trim().split('\n')).toEqual(['kill', 'die', 'destroy', 'create', 'start']);
  });

  it('takes over what runs after kill -9, and leaves stopped what was stopped by hand', async () => {
    const { host } = supervised;
    await supervised.verb('stop', 'web');
    const db = await supervised.run('shop-db');
    await supervised.kill('KILL');
    await supervised.supervise();
    await untilUp({ ...allUp, tail: 'inactive/dead', web: 'inactive/dead' });
    expect(await supervised.run('shop-db')).toBe(db);
    await supervised.verb('start', 'tail');
    await untilUp();
    // Its exit is noticed by the supervisor that did not start it.
    await host.sh('docker kill shop-db');
    await host.until(
      'another run of db',
      () => supervised.run('shop-db'),
      (run) => run !== '' && run !== db,
    );
    await untilUp();
    expect((await log('shop-db.service')).split(' shop-db: db-up\n')).toHaveLength(3);
  });

  it('starts what ended while no supervisor ran', async () => {
    const { host } = supervised;
    const db = await supervised.run('shop-db');
    await supervised.kill('KILL');
    await host.sh('docker kill shop-web');
    await supervised.supervise();
    await untilUp();
    expect(await supervised.run('shop-db')).toBe(db);
  });

  it('lets no one else supervise at the same time', async () => {
    const { host } = supervised;
    const second = await host.exec(['node', '/opt/dockunit/bin/dockunit.js', 'supervise']);
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toContain('A supervisor runs already');
  });

  it('waits for a docker daemon that was killed, and starts again what died with it', async () => {
    const { host } = supervised;
    await host.sh('kill -9 $(pidof dockerd)');
    await host.until(
      'docker is away',
      () => host.exec(['docker', 'version']),
      ({ exitCode }) => exitCode !== 0,
    );
    // Away, not dead: nothing is told about the containers yet.
    expect((await supervised.states())['db']).toBe('active/running');
    await host.sh('service docker start >/dev/null 2>&1 || /etc/init.d/docker restart >/dev/null 2>&1');
    await untilUp();
  });

  it('carries on after a docker daemon that hung for a while', async () => {
    const { host } = supervised;
    const run = await supervised.run('shop-web');
    await host.sh('kill -STOP $(pidof dockerd); sleep 5; kill -CONT $(pidof dockerd)');
    await untilUp();
    expect(await supervised.run('shop-web')).toBe(run);
  });

  it('sets a damaged journal aside, says so, and takes over what runs', async () => {
    const { host } = supervised;
    const run = await supervised.run('shop-web');
    await supervised.kill('KILL');
    await host.sh('printf garbage >>/var/lib/dockunit/journal');
    await supervised.supervise();
    await untilUp();
    expect(await supervised.run('shop-web')).toBe(run);
    expect(await host.readFile('/var/log/supervisor')).toContain('the journal is damaged');
    expect(await host.sh('ls /var/lib/dockunit')).toContain('journal.damaged-');
  });

  it('stops everything at SIGTERM, and starts what is enabled when it begins again', async () => {
    const { host } = supervised;
    await supervised.kill('TERM');
    expect(await host.sh('docker ps --all --quiet')).toBe('');
    await supervised.supervise();
    await untilUp();
  });
});
