/**
 * Causes of failures, each made to happen on a host, as `why`, `start` and `doctor` name them. Not here:
 * the kernel that kills a docker client, which systemd reports only where the host has control groups of
 * version 2.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WhyReport } from '../../src/commands/why.ts';
import { failingProject, failingServices, putInTheWay, takePort } from './failing-services.ts';
import { describeEachRoot } from './host-tier.ts';
import { makeImages } from './images.ts';
import { program } from './shop-on-host.ts';
import { type SupervisedHost, bootSupervisedHost } from './supervisor-on-host.ts';
import { type Host, bootHost } from './throwaway-host.ts';
import { installSpec, projectDirectory, untilRunning } from './units-on-host.ts';

type Run = (...words: readonly string[]) => Promise<string>;

const runOn =
  (host: Host, path: string): Run =>
  async (...words) =>
    (await host.exec(['node', path, ...words])).stdout;

async function causesOf(run: Run, ...services: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const reports = JSON.parse(await run('why', '--json', ...services)) as readonly WhyReport[];
  return new Map(
    reports.map(({ unit, cause }) => [
      unit.replace(/^c-|\.service$/g, ''),
      cause === null ? 'none' : `${cause.kind} ${cause.unit}`,
    ]),
  );
}

const expected: ReadonlyMap<string, string> = new Map(
  Object.entries(failingServices).map(([name, failing]) => [
    name,
    `${failing.cause} ${'at' in failing ? failing.at : `c-${name}.service`}`,
  ]),
);

/** Until each service of the table has failed in its own way, and the cause of each is named. */
async function untilEveryCause(host: Host, run: Run): Promise<void> {
  const names = [...expected.keys()];
  await host.until(
    'the cause of every failure',
    async () => {
      const seen = await causesOf(run, ...names);
      return names.flatMap((name) =>
        seen.get(name) === expected.get(name)
          ? []
          : [`${name}: ${String(seen.get(name))}, not ${String(expected.get(name))}`],
      );
    },
    (differences) => differences.length === 0,
    { deadline: 60_000, every: 500 },
  );
}

async function untilCause(host: Host, run: Run, service: string, cause: string): Promise<void> {
  await host.until(
    `${service} is down by ${cause}`,
    async () => (await causesOf(run, service)).get(service),
    (seen) => seen?.split(' ')[0] === cause,
  );
}

describeEachRoot('causes of failures with systemd', (root) => {
  let host: Host;
  let run: Run;
  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd', bind: projectDirectory });
    run = runOn(host, program);
    await makeImages(host, 'app');
    await installSpec(host, failingProject);
    await putInTheWay(host);
    await host.sh('systemctl start --no-block c.target');
  });
  afterAll(() => host.down());

  it('names the cause of whatever cannot start', () => untilEveryCause(host, run));

  it('names who ended what was up', async () => {
    await untilRunning(host, { 'c-killed': 'c-killed', 'c-stopped': 'c-stopped', 'c-deaf': 'c-deaf' });
    await host.sh('docker kill c-killed; systemctl stop c-stopped c-deaf c-slowstop');
    await untilCause(host, run, 'killed', 'killed');
    await untilCause(host, run, 'stopped', 'stopped');
    await untilCause(host, run, 'deaf', 'stop-timeout');
    await untilCause(host, run, 'slowstop', 'stop-timeout');
  });

  it('names the newest failure, not an old stop by hand', async () => {
    await host.sh('systemctl stop c-again');
    await takePort(host, 18082);
    expect((await host.exec(['node', program, 'start', 'again'])).stderr).toContain(
      'port 18082 is in use already',
    );
    await untilCause(host, run, 'again', 'port-taken');
    expect(JSON.parse(await run('doctor', '--json'))).toMatchObject({
      findings: expect.arrayContaining([
        expect.objectContaining({
          path: 'c-again.service',
          message: expect.stringContaining('port 18082 is in use already') as string,
        }),
      ]) as unknown,
    });
  });

  it('tells the watchdog from a program that ends', async () => {
    await host.writeFile(
      '/etc/systemd/system/c-killed.service.d/watchdog.conf',
      '[Service]\nWatchdogSec=1\nTimeoutAbortSec=1\n',
    );
    await host.sh('systemctl daemon-reload; systemctl start --no-block c-killed');
    await untilCause(host, run, 'killed', 'watchdog');
  });

  it('names the stop of Docker that takes everything with it', async () => {
    await host.sh('systemctl stop docker.socket docker.service');
    const [report] = JSON.parse(await run('why', '--json', 'turns')) as readonly WhyReport[];
    expect(report?.chain.map(({ what }) => what)).toContain(
      'was stopped, since docker.service was, which it requires or is part of',
    );
  });
});

describeEachRoot('causes of failures without systemd', (root) => {
  let supervised: SupervisedHost;
  let run: Run;
  beforeAll(async () => {
    supervised = await bootSupervisedHost(root);
    run = runOn(supervised.host, '/opt/dockunit/bin/dockunit.js');
    await supervised.install(failingProject);
    await supervised.supervise();
    await supervised.verb('enable', 'c');
    await supervised.kill('TERM');
    await putInTheWay(supervised.host);
    await supervised.supervise();
  });
  afterAll(() => supervised.host.down());

  it('names the cause of whatever cannot start', () => untilEveryCause(supervised.host, run));

  it('names who ended what was up', async () => {
    const { host } = supervised;
    await host.sh('docker kill c-killed');
    await run('stop', 'stopped', 'deaf');
    await untilCause(host, run, 'killed', 'killed');
    await untilCause(host, run, 'stopped', 'stopped');
    await untilCause(host, run, 'deaf', 'stop-timeout');
  });
});
