/** Ten containers under a supervisor on a plain host, and what must hold after every fault. */
import { expect } from 'vitest';
import { bootSupervisedHost, type SupervisedHost } from './supervisor-on-host.ts';

const image = 'app:test';
const healthcheck = { test: ['CMD', 'test', '-e', '/tmp/healthy'], interval: '1s', retries: 2 };
const healthy = { condition: 'service_healthy' };
const started = { condition: 'service_started' };

const spec = {
  name: 'shop',
  services: {
    db: { image, command: ['say=db-up', 'healthy', 'forever'], healthcheck },
    migrate: { image, command: ['exit=0'], depends_on: { db: healthy } },
    web: {
      image,
      depends_on: { db: healthy, migrate: { condition: 'service_completed_successfully' } },
    },
    proxy: { image, depends_on: { web: started } },
    cache: { image },
    api: { image, depends_on: { cache: { ...started, restart: true } } },
    eater: {
      image,
      mem_limit: '16m',
      entrypoint: ['sh', '-c', 'while [ ! -e /tmp/eat ]; do sleep 0.1; done; exec tail /dev/zero'],
    },
    mail: {
      image,
      command: ['healthy', 'forever'],
      healthcheck,
      'x-dockunit': { on_unhealthy: 'restart' },
    },
    // Its output does not fit into what is left of a page.
    metrics: { image, command: [`say=${'metrics-up '.repeat(600)}`, 'forever'] },
    idle: { image: 'idle:test', pull_policy: 'never' },
  },
};
type Service = keyof typeof spec.services;
const services = Object.keys(spec.services) as Service[];

const settled: Readonly<Record<Service, string>> = {
  ...(Object.fromEntries(services.map((name) => [name, 'active/running'])) as Record<Service, string>),
  migrate: 'active/exited',
  idle: 'inactive/dead',
};

export interface TenContainers extends SupervisedHost {
  /** Each unit is what it is to be, no container of one is there twice, and what is not ours runs. */
  untilSettled(): Promise<void>;
  /** Which run of the service's container it is. */
  runOf(service: Service): Promise<string>;
  untilAnotherRun(service: Service, before: string): Promise<unknown>;
  log(service: Service): Promise<string>;
  /** What the supervisors have said of themselves. */
  reports(): Promise<string>;
  /** The fault takes place; after it all is settled, and what is not among `touched` has run on. */
  expectUntouched(touched: readonly Service[], fault: () => Promise<unknown>): Promise<void>;
}

/** All run, but the one that was stopped by hand and the one that has completed. `dockunit` is on the PATH. */
export async function bootTenContainers(): Promise<TenContainers> {
  const supervised = await bootSupervisedHost('trixie');
  const { host } = supervised;
  await host.writeFile(
    '/usr/bin/dockunit',
    '#!/bin/sh\nexec node /opt/dockunit/bin/dockunit.js "$@"\n',
    0o755,
  );
  await host.sh('docker tag app:test idle:test; docker run -d --name mine app:test');
  await supervised.install(spec);
  await supervised.supervise();
  await supervised.verb('enable', 'shop.target');
  await supervised.verb('start', 'shop.target');
  await supervised.verb('stop', 'idle');
  const up = services.filter((service) => settled[service] === 'active/running');
  const runOf = (service: Service): Promise<string> => supervised.run(`shop-${service}`);
  const untilSettled = async (): Promise<void> => {
    await host.until(
      'nothing has changed',
      () => supervised.states(),
      (seen) => services.every((service) => seen[service] === settled[service]),
      { deadline: 120_000, every: 200 },
    );
    const listed = await host.sh(
      `docker ps --filter label=dockunit.unit --format '{{.Label "dockunit.service"}}'`,
    );
    expect(listed.split('\n').sort()).toEqual([...up].sort());
    expect(await host.sh("docker inspect --format '{{.State.Running}}' mine")).toBe('true');
  };
  return {
    ...supervised,
    untilSettled,
    runOf,
    untilAnotherRun: (service, before) =>
      host.until(
        `another run of ${service}`,
        () => runOf(service),
        (run) => run !== '' && run !== before,
        { deadline: 90_000 },
      ),
    log: (service) => host.readFile(`/var/log/dockunit/shop-${service}.service.log`),
    reports: () => host.readFile('/var/log/supervisor'),
    expectUntouched: async (touched, fault) => {
      const runs = (): Promise<string[]> =>
        Promise.all(up.filter((service) => !touched.includes(service)).map(runOf));
      const before = await runs();
      await fault();
      await untilSettled();
      expect(await runs()).toEqual(before);
    },
  };
}
