import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HistoryReport } from '../../src/commands/history.ts';
import type { UpdateReport } from '../../src/rollout/update-report.ts';
import { describeHost } from './host-tier.ts';
import { appHealthTest, makeImages } from './images.ts';
import { offer } from './offered-images.ts';
import { type Registry, startRegistry } from './registry.ts';
import { playSharedTag } from './shared-tag.ts';
import { dockunit, program, succeed, supervise, writeShop } from './shop-on-host.ts';
import { type Host, type HostInit, type HostRoot, bootHost } from './throwaway-host.ts';
import { projectDirectory } from './units-on-host.ts';

const units = '/etc/systemd/system';
const names = ['api', 'db', 'jobs', 'web'] as const;
type Name = (typeof names)[number];

const healthy = {
  command: ['healthy', 'forever'],
  healthcheck: { test: appHealthTest, interval: '0.5s', retries: 2 },
};
interface Spec {
  readonly services: Readonly<Record<string, object>>;
}

const hosts = [
  { root: 'bookworm', init: 'systemd' },
  { root: 'trixie', init: 'systemd' },
  { root: 'trixie', init: 'plain' },
] as const;

for (const { root, init } of hosts) {
  describeHost(`update on ${root} under ${init}`, () => {
    tests(root, init);
  });
}

function tests(root: HostRoot, init: HostInit): void {
  let host: Host;
  let registry: Registry;

  beforeAll(async () => {
    host = await bootHost({ root, init, bind: projectDirectory });
    registry = await startRegistry(host);
    await makeImages(host, 'app');
    for (const name of names) await offer(host, registry, name, 1);
    const image = (name: Name): string => `${registry.address}/${name}:1`;
    await writeShop(host, {
      name: 'four',
      services: {
        db: { image: image('db'), ...healthy },
        api: {
          image: image('api'),
          command: ['forever'],
          depends_on: { db: { condition: 'service_healthy' } },
        },
        // Pulls at every start: what moved its tag meanwhile must not come in that way.
        web: { image: image('web'), ...healthy, pull_policy: 'always' },
        jobs: { image: image('jobs'), command: ['forever'] },
      },
    });
    if (init === 'plain') await supervise(host);
    await succeed(host, 'apply');
  });
  afterAll(() => host.down());

  /** Which run of which container each service is, and of which version. */
  const runs = async (): Promise<Record<Name, string>> => {
    const seen: Partial<Record<Name, string>> = {};
    for (const name of names) {
      const format = '{{.Id}} {{.State.StartedAt}} {{.State.Status}} {{.Config.Labels.version}}';
      const { stdout } = await host.exec(['docker', 'inspect', '--format', format, `four-${name}`]);
      seen[name] = stdout.trim();
    }
    return seen as Record<Name, string>;
  };
  /** The version that each service runs. */
  const running = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(await runs()).map(([name, run]) => [name, run.replace(/^.* running /, '')]),
    );
  /** The services that run otherwise after the work than before it. */
  const changedBy = async (work: () => Promise<unknown>): Promise<readonly Name[]> => {
    const before = await runs();
    await work();
    const after = await runs();
    return names.filter((name) => before[name] !== after[name]);
  };
  const lock = (): Promise<string> => host.readFile('/srv/shop/dockunit.lock');
  const update = async (
    ...words: readonly string[]
  ): Promise<UpdateReport & { exitCode: number; stderr: string }> => {
    const { exitCode, stdout, stderr } = await dockunit(host, 'update', '--json', ...words);
    if (stdout === '') throw new Error(stderr);
    return { ...(JSON.parse(stdout) as UpdateReport), exitCode, stderr };
  };

  it('pins what runs and restarts nothing, where nothing is newer', async () => {
    expect(await changedBy(() => succeed(host, 'update'))).toEqual([]);
    const digest = await host.sh(
      `docker image inspect --format '{{index .RepoDigests 0}}' ${registry.address}/web:1`,
    );
    const sha = digest.slice(digest.indexOf('@') + 1);
    expect(await host.readFile(`${units}/four-web.service`)).toContain(`${registry.address}/web:1@${sha}`);
    expect(JSON.parse(await lock())).toMatchObject({
      services: { web: { image: `${registry.address}/web:1`, digest: sha } },
    });
    // What apply was told holds still: the file says nothing else.
    expect((await dockunit(host, 'diff', '--exit-code')).exitCode).toBe(0);
    // The state before it runs the same: there is nothing to go back to.
    expect((await dockunit(host, 'rollback', '--dry-run')).stderr).toContain(
      'No earlier state of four is kept',
    );
  });

  it('restarts in order, one at a time, what has a newer image and what must follow it', async () => {
    await offer(host, registry, 'db', 2);
    await offer(host, registry, 'web', 2);
    const before = await lock();
    expect(
      await changedBy(async () => {
        const { exitCode, services, restart, images } = await update('--dry-run');
        expect([exitCode, images]).toEqual([0, null]);
        expect(services.filter(({ change }) => change === 'new').map(({ service }) => service)).toEqual([
          'db',
          'web',
        ]);
        expect(restart.map(({ unit }) => unit)).toEqual(['four-db.service', 'four-web.service']);
      }),
    ).toEqual([]);
    const listing = (): Promise<string> =>
      host.sh(
        `docker image ls --digests --format '{{.Repository}}:{{.Tag}} {{.Digest}} {{.ID}}' | sort; find ${units} /var/lib/dockunit /srv -type f | sort | xargs md5sum`,
      );
    const untouched = await listing();
    const recorder = '#!/bin/sh\necho "$@" >>/tmp/docker-calls\nexec /usr/bin/docker "$@"\n';
    await host.writeFile('/tmp/bin/docker', recorder, 0o755);
    await host.sh(`cd /srv/shop && PATH=/tmp/bin:$PATH node ${program} update --dry-run`);
    for (const call of (await host.readFile('/tmp/docker-calls')).trim().split('\n')) {
      expect(call).toMatch(/^(container|image|network) inspect /);
    }
    expect(await listing()).toBe(untouched);
    expect(await changedBy(() => succeed(host, 'update'))).toEqual(['api', 'db', 'web']);
    expect(await running()).toEqual({ api: '1', db: '2', jobs: '1', web: '2' });
    const started = Object.fromEntries(
      Object.entries(await runs()).map(([name, run]) => [name, Date.parse(run.split(' ')[1] ?? '')]),
    );
    expect(started.db).toBeLessThan(started.api ?? 0);
    expect(started.api).toBeLessThan(started.web ?? 0);
    expect(await lock()).not.toBe(before);
    expect((await dockunit(host, 'diff', '--exit-code')).exitCode).toBe(0);
  });

  it('goes back, all of it, where one crashes; unused images may be pruned meanwhile', async () => {
    await offer(host, registry, 'jobs', 2);
    await offer(host, registry, 'web', 'crashes');
    const before = await lock();
    await host.sh('docker image prune --force');
    const changed = await changedBy(async () => {
      const { exitCode, images, failures, lost, stderr } = await update();
      expect([exitCode, images, lost]).toEqual([1, 'old', []]);
      expect(failures).toMatchObject([{ unit: 'four-web.service', reason: 'exit 3' }]);
      expect(stderr).toContain('nothing of four is updated: it is back on its previous images');
    });
    expect(changed).toEqual(['jobs', 'web']);
    expect(await running()).toEqual({ api: '1', db: '2', jobs: '1', web: '2' });
    expect(await lock()).toBe(before);
  });

  it('goes back where one turns unhealthy', async () => {
    await offer(host, registry, 'web', 'sick');
    const { exitCode, failures } = await update('web');
    expect([exitCode, failures]).toMatchObject([1, [{ unit: 'four-web.service', reason: 'unhealthy' }]]);
    expect(await running()).toEqual({ api: '1', db: '2', jobs: '1', web: '2' });
    await offer(host, registry, 'web', 2);
  });

  it('has all of the old images after a power cut in the middle', async () => {
    // db waits for a health that never comes.
    await offer(host, registry, 'db', 'sick');
    await host.sh('sync');
    await host.sh(`cd /srv/shop && setsid node ${program} update >/tmp/out 2>&1 </dev/null &`);
    await host.until('the newer images run in part', running, ({ db }) => db === 'sick', {
      deadline: 60_000,
      every: 20,
    });
    await host.reboot({ powerCut: true });
    // No registry: what ran before is on the disk.
    if (init === 'plain') await supervise(host);
    await host.until(
      'all runs as before',
      running,
      (seen) => JSON.stringify(seen) === JSON.stringify({ api: '1', db: '2', jobs: '1', web: '2' }),
      { deadline: 90_000 },
    );
    const log =
      init === 'plain'
        ? 'cat /var/log/supervisor'
        : 'journalctl --boot --unit dockunit-finish-apply.service --output cat';
    await host.until(
      'it is told',
      () => host.sh(log),
      (told) => told.includes('interrupted and is rolled back'),
    );
    expect(
      await host.sh(`ls ${units} | grep finish || true; ls /var/lib/dockunit | grep pending || true`),
    ).toBe('');
    await registry.start();
  });

  it('is made whole by the next one where it was killed in the middle', async () => {
    await host.sh(
      `cd /srv/shop && setsid node ${program} update >/tmp/out 2>&1 </dev/null & echo $! >/tmp/pid`,
    );
    await host.until('the newer images run in part', running, ({ db }) => db === 'sick', {
      deadline: 60_000,
      every: 20,
    });
    await host.sh('kill -KILL "$(cat /tmp/pid)"');
    expect((await dockunit(host, 'status')).stderr).toContain(
      'update of four was interrupted and is rolled back',
    );
    await offer(host, registry, 'db', 3);
    expect((await update()).exitCode).toBe(0);
    expect(await running()).toEqual({ api: '1', db: '3', jobs: '2', web: '2' });
  });

  it('keeps a history, and rolls back to a state of it, which outlives a pull at the start', async () => {
    const history = async (): Promise<HistoryReport> =>
      JSON.parse((await succeed(host, 'history', '--json')).stdout) as HistoryReport;
    const { states } = await history();
    expect(states.map(({ verb, who }) => `${verb} ${String(who)}`)).toEqual([
      'apply root',
      ...['update root', 'update root', 'update root'],
    ]);
    expect(states.map(({ inForce }) => inForce)).toEqual([false, false, false, true]);
    expect(states[3]?.changes.join()).toMatch(/^db: image .*@sha256:[0-9a-f]{12} → .*,jobs: image/);
    // Of the first state the units name tags alone: what they stood for by then is known all the same.
    const first = states[0]?.number ?? 0;
    const dry = await changedBy(() => succeed(host, 'rollback', String(first), '--dry-run'));
    expect(dry).toEqual([]);
    expect(await changedBy(() => succeed(host, 'rollback', String(first)))).toEqual([
      'api',
      'db',
      'jobs',
      'web',
    ]);
    expect(await running()).toEqual({ api: '1', db: '1', jobs: '1', web: '1' });
    const after = (await history()).states.at(-1);
    expect([after?.verb, after?.inForce, after?.changes[0]]).toEqual([
      'rollback',
      true,
      `state ${first} again`,
    ]);
    // It pulls at every start, and its tag stands for the newer one still.
    expect(await changedBy(() => succeed(host, 'restart', 'web'))).toEqual(['web']);
    expect((await running()).web).toBe('1');
    // The one before it: what was updated is there again.
    expect((await dockunit(host, 'rollback')).exitCode).toBe(0);
    expect(await running()).toEqual({ api: '1', db: '3', jobs: '2', web: '2' });
  });

  it('goes back to where it was, if what it rolls back to does not run any more', async () => {
    const spec = JSON.parse(await host.readFile('/srv/shop/compose.yaml')) as Spec;
    const serving = { ...spec.services.jobs, ports: ['8000:8000'] };
    await writeShop(host, { ...spec, services: { ...spec.services, jobs: serving } });
    await succeed(host, 'apply');
    await writeShop(host, spec);
    await succeed(host, 'apply');
    const port = (JSON.parse((await succeed(host, 'history', '--json')).stdout) as HistoryReport).states.at(
      -2,
    );
    expect(port?.changes).toEqual(['jobs: publish']);
    // Somebody else has the port by now.
    await host.sh('docker run -d --name other --network host app:test serve=8000 forever');
    const changed = await changedBy(async () => {
      const { exitCode, stderr } = await dockunit(host, 'rollback', String(port?.number));
      expect([exitCode, stderr]).toEqual([
        1,
        expect.stringContaining('rolled back four to its previous state'),
      ]);
    });
    expect(changed).toEqual(['jobs']);
    expect(await running()).toEqual({ api: '1', db: '3', jobs: '2', web: '2' });
    await host.sh('docker rm -f other >/dev/null');
  });

  it('--locked runs what the lock names, whatever tags stand for, and refuses a lock that does not hold', async () => {
    const spec = JSON.parse(await host.readFile('/srv/shop/compose.yaml')) as Spec;
    const versionsBefore = await running();
    await succeed(host, 'remove');
    await offer(host, registry, 'jobs', 3);
    const { services } = JSON.parse(await lock()) as { services: Record<string, { digest: string }> };
    expect((await succeed(host, 'generate', '--locked')).stdout).toContain(
      `${registry.address}/jobs:1@${services.jobs?.digest ?? ''}`,
    );
    await succeed(host, 'apply', '--locked');
    expect(await running()).toEqual(versionsBefore);
    await writeShop(host, {
      ...spec,
      services: {
        ...spec.services,
        more: spec.services.jobs,
        jobs: { ...spec.services.jobs, image: 'jobs:2' },
      },
    });
    const refused = await dockunit(host, 'apply', '--locked');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/dockunit\.lock is of .*jobs:1, and the file says jobs:2/);
    expect(refused.stderr).toMatch(/dockunit\.lock has no image for more/);
    expect(refused.stderr).toContain('dockunit update more');
    expect(await running()).toEqual(versionsBefore);
  });

  it('gives what is down no image of a failed update either, though they share the tag', () =>
    playSharedTag(host, registry));
}
