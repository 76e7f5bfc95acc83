import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeEachRoot } from './host-tier.ts';
import { appHealthTest, makeImages } from './images.ts';
import { dockunit, program, succeed, supervise, writeShop } from './shop-on-host.ts';
import { type Host, bootHost } from './throwaway-host.ts';
import { projectDirectory } from './units-on-host.ts';

const units = '/etc/systemd/system';
const forever = { image: 'app:test', command: ['forever'] };
const healthy = {
  image: 'app:test',
  command: ['sleep=0.3', 'healthy', 'forever'],
  healthcheck: { test: appHealthTest, interval: '1s', retries: 2 },
};
/** web follows api, api follows db; the other two stand alone. */
const services = {
  db: { ...healthy, environment: { TOKEN: 'secret-1' } },
  api: { ...forever, depends_on: { db: { condition: 'service_healthy', restart: true } } },
  web: { ...forever, depends_on: ['api'] },
  jobs: forever,
  mail: { ...forever, volumes: ['letters:/data'] },
};
const names = ['api', 'db', 'jobs', 'mail', 'web'] as const;
const five = { name: 'five', services, volumes: { letters: {} } };
const edited = (changes: object): object => ({ ...five, services: { ...services, ...changes } });

describe.each(['systemd', 'plain'] as const)('apply under %s', (init) => {
  describeEachRoot('a project of five services', (root) => {
    let host: Host;

    beforeAll(async () => {
      host = await bootHost({ root, init, bind: projectDirectory });
      await makeImages(host, 'app');
      await writeShop(host, five);
      if (init === 'plain') await supervise(host);
    });
    afterAll(() => host.down());

    /** Which of its renames: the state's, the finishing unit's under systemd, the marker's, then one a file. */
    const midway = init === 'systemd' ? 6 : 5;
    /** Which run of which container each service is; '' where it has none. */
    const runs = async (): Promise<Record<string, string>> => {
      const seen: Record<string, string> = {};
      for (const name of names) {
        const format = '{{.Id}} {{.State.StartedAt}} {{.State.Status}}';
        const { stdout } = await host.exec(['docker', 'inspect', '--format', format, `five-${name}`]);
        seen[name] = stdout.trim();
      }
      return seen;
    };
    /** The services that run otherwise after the work than before it. */
    const changedBy = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
      const before = await runs();
      await work();
      const after = await runs();
      for (const run of Object.values(after)) expect(run).toMatch(/ running$/);
      return names.filter((name) => before[name] !== after[name]);
    };
    const listing = (): Promise<string> =>
      host.sh(`cd ${units} && find . -type f -o -type l | sort | xargs md5sum; ls -l ${units} | md5sum`);
    const isSettled = async (): Promise<void> => {
      const { exitCode, stdout, stderr } = await dockunit(host, 'diff', '--exit-code');
      expect([exitCode, stdout, stderr]).toEqual([0, '', 'five is up to date\n']);
    };

    it('installs, enables and starts what it sees first', async () => {
      expect((await dockunit(host, 'diff', '--exit-code')).exitCode).toBe(1);
      const { stdout } = await succeed(host, 'apply');
      expect(stdout).toContain('+ five-web.service is new');
      for (const run of Object.values(await runs())) expect(run).toMatch(/ running$/);
      await isSettled();
      const again = await succeed(host, 'apply');
      expect([again.stdout, again.stderr]).toEqual(['', 'five is up to date\n']);
    });

    it('restarts the one service that was edited, and leaves the uptime of the others alone', async () => {
      await writeShop(host, edited({ jobs: { ...forever, command: ['say=new', 'forever'] } }));
      expect(await changedBy(() => succeed(host, 'apply'))).toEqual(['jobs']);
      await isSettled();
    });

    it('restarts with a service what must follow it, told beforehand, and no value shown', async () => {
      await writeShop(host, edited({ db: { ...services.db, environment: { TOKEN: 'secret-2' } } }));
      const changed = await changedBy(async () => {
        const { stdout } = await succeed(host, 'apply');
        expect(stdout).toContain('environment: TOKEN changed');
        expect(stdout).toMatch(/restarts five-db\.service \(environment\); with it .*five-api.service/);
        expect(stdout).not.toContain('secret');
      });
      // jobs goes back to what it was.
      expect(changed).toEqual(['api', 'db', 'jobs', 'web']);
      await isSettled();
    });

    it('takes in by a reload what concerns no running container', async () => {
      await writeShop(
        host,
        edited({
          db: { ...services.db, environment: { TOKEN: 'secret-2' } },
          mail: { ...services.mail, restart: 'on-failure' },
        }),
      );
      expect(await changedBy(() => succeed(host, 'apply'))).toEqual([]);
      await isSettled();
      await writeShop(host, edited({ db: { ...services.db, environment: { TOKEN: 'secret-2' } } }));
      await succeed(host, 'apply');
    });

    it('--dry-run writes nothing outside /tmp, and asks docker to change nothing', async () => {
      await writeShop(
        host,
        edited({ db: { ...services.db, environment: { TOKEN: 'secret-3' } }, more: forever }),
      );
      await host.writeFile(
        '/tmp/bin/docker',
        '#!/bin/sh\necho "$@" >>/tmp/docker-calls\nexec /usr/bin/docker "$@"\n',
        0o755,
      );
      const before = await listing();
      const changed = await changedBy(async () => {
        const { exitCode, stdout, stderr } = await host.exec([
          'sh',
          '-c',
          `cd /srv/shop && PATH=/tmp/bin:$PATH exec strace -f -qq -o /tmp/trace -e trace=%file,%desc,%process node ${program} apply --prune --dry-run`,
        ]);
        expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Nothing was changed (--dry-run)')]);
        expect(stdout).toContain('starts five-more.service');
      });
      expect(changed).toEqual([]);
      expect(await listing()).toBe(before);
      const trace = (await host.readFile('/tmp/trace')).split('\n');
      const writing =
        /^\d+ +(open(at)?\(.*O_(WRONLY|RDWR|CREAT)|creat\(|mkdir|rename|unlink|rmdir|link|symlink|chmod|fchmod|chown|truncate|mknod|utime)/;
      const writes = trace.filter(
        (line) => writing.test(line) && !/ENOENT|EEXIST|"\/(tmp|dev|proc)\/|O_DIRECTORY/.test(line),
      );
      expect(writes).toEqual([]);
      expect(trace.length).toBeGreaterThan(100);
      const calls = (await host.readFile('/tmp/docker-calls')).trim().split('\n');
      expect(calls.length).toBeGreaterThan(0);
      for (const call of calls)
        expect(call).toMatch(/^(container|image|network|volume) inspect\b|^(info|version)\b/);
    });

    it('starts what is new; keeps what the file no longer names, until asked to prune, and what a profile has', async () => {
      expect(await changedBy(() => succeed(host, 'apply'))).toEqual(['api', 'db', 'web']);
      expect(await host.sh('docker inspect --format {{.State.Status}} five-more')).toBe('running');
      const db = { ...services.db, environment: { TOKEN: 'secret-3' } };
      await writeShop(host, edited({ db, seed: { ...forever, profiles: ['tools'] } }));
      const { stderr } = await succeed(host, 'apply', '--profile', 'tools');
      expect(stderr).toContain('note: five-more.service is left from an earlier version of the file');
      expect(await host.sh('docker inspect --format {{.State.Status}} five-more')).toBe('running');
      expect(await changedBy(() => succeed(host, 'apply', '--prune'))).toEqual([]);
      const left = await host.sh(`docker ps --all --format '{{.Names}} {{.State}}' | grep -E 'more|seed'`);
      expect(left).toBe('five-seed running');
      await writeShop(host, edited({ db }));
      await succeed(host, 'apply', '--prune');
      expect(await host.sh(`ls ${units} | grep -E 'more|seed' || true`)).toBe('');
      await isSettled();
    });

    it('keeps the drop-in of the user, and puts back a unit that was edited by hand', async () => {
      await host.writeFile(`${units}/five-jobs.service.d/mine.conf`, '[Service]\nNice=5\n');
      await host.sh(`echo '# mine' >>${units}/five-mail.service`);
      const seen = await dockunit(host, 'diff');
      expect(seen.stdout).toMatch(/five-mail\.service\n.*\n *edited by hand/);
      expect(await changedBy(() => succeed(host, 'apply'))).toEqual([]);
      expect(await host.readFile(`${units}/five-jobs.service.d/mine.conf`)).toContain('Nice=5');
      expect(await host.readFile(`${units}/five-mail.service`)).not.toContain('# mine');
      await isSettled();
    });

    it('stops at a unit of someone else, before anything is written', async () => {
      await host.writeFile(`${units}/five-theirs.service`, '[Service]\nExecStart=/bin/true\n');
      await writeShop(host, edited({ theirs: forever, db: services.db }));
      const before = await listing();
      const { exitCode, stderr } = await dockunit(host, 'apply');
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('dockunit did not write it')]);
      expect(await listing()).toBe(before);
      await host.sh(`rm ${units}/five-theirs.service`);
    });

    it('restarts a container whose image is another one by now', async () => {
      await writeShop(host, five);
      await succeed(host, 'apply');
      await host.sh(
        'printf "FROM app:test\\nLABEL new=1\\n" | docker build -q -t app:next - && docker tag app:test app:old && docker tag app:next app:test',
      );
      const { stdout } = await dockunit(host, 'diff');
      expect(stdout).toContain('container five-jobs runs another image than app:test is now');
      expect(await changedBy(() => succeed(host, 'apply'))).toEqual([...names]);
      await isSettled();
    });

    it('goes back where a service does not come up, and says which, and why', async () => {
      const before = await runs();
      await writeShop(host, edited({ jobs: { ...forever, command: ['complain=no such table', 'exit=3'] } }));
      const broken = await dockunit(host, 'apply', '--json');
      const failures = [{ unit: 'five-jobs.service', reason: 'exit 3' }];
      expect(JSON.parse(broken.stdout)).toMatchObject({ applied: false, ok: false, lost: [], failures });
      // A program of the host: apply refuses to begin where it is a container.
      await host.sh(
        'setsid socat TCP-LISTEN:8099,fork,reuseaddr SYSTEM:true >/dev/null 2>&1 </dev/null & echo $! >/run/squatter',
      );
      const sick = { healthcheck: { ...healthy.healthcheck, test: ['CMD', 'false'] } };
      const refused = [
        [{ mail: { ...services.mail, ...sick } }, 'five-mail\\.service failed: unhealthy'],
        [{ jobs: { ...forever, image: 'nowhere.invalid/jobs:1' } }, 'nowhere\\.invalid/jobs:1'],
        [{ mail: { ...services.mail, ports: ['8099:80'] } }, '8099'],
      ] as const;
      for (const [change, why] of refused) {
        await writeShop(host, edited(change));
        const { exitCode, stderr } = await dockunit(host, 'apply');
        const goesBack = new RegExp(`${why}[^]*rolled back five to its previous state`);
        expect([exitCode, stderr]).toEqual([1, expect.stringMatching(goesBack)]);
      }
      await host.sh('kill "$(cat /run/squatter)"');
      await writeShop(host, five);
      await isSettled();
      const after = await runs();
      expect(names.filter((name) => before[name] !== after[name])).toEqual(['jobs', 'mail']);
    });

    it('has one of two at once wait for the other', async () => {
      await writeShop(
        host,
        edited({ jobs: { ...forever, command: ['say=both', 'forever'], stop_grace_period: '3s' } }),
      );
      const both = await Promise.all([dockunit(host, 'apply'), dockunit(host, 'apply')]);
      expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
      const waited = both.filter(({ stderr }) => stderr.includes('Waiting for another dockunit'));
      expect(waited).toHaveLength(1);
      expect(waited[0]?.stderr).toContain('five is up to date');
      await isSettled();
    });

    it.each([
      {
        project: 'that is there',
        powerCut: true,
        files: '0',
        told: 'interrupted and is rolled back',
      },
      { project: 'that is new', powerCut: 'losing-writes', files: '5', told: 'dockunit has finished it' },
    ] as const)(
      'has all of the old files, or all of those of a project $project, after a power cut between two of them',
      async ({ project, powerCut, files, told }) => {
        if (project === 'that is new') await succeed(host, 'remove');
        const say = `say=${String(powerCut)}`;
        await writeShop(
          host,
          edited(Object.fromEntries(names.map((name) => [name, { ...services[name], labels: { say } }]))),
        );
        await host.sh('sync');
        // Held for good while files are being replaced.
        await host.sh(
          `cd /srv/shop && setsid strace -f -qq -o /tmp/renames -e trace=rename,renameat,renameat2 -e inject=rename:delay_exit=600000000:when=${midway} node ${program} apply >/tmp/out 2>&1 </dev/null &`,
        );
        await host.until(
          'the apply is held between two files',
          () =>
            host.sh(
              `grep -lF -- ${say} ${units}/five-*.service | wc -l; test -e /var/lib/dockunit/pending && echo pending`,
            ),
          (seen) => /^[1-4]\npending$/.test(seen),
        );
        await host.reboot({ powerCut });
        if (init === 'plain') await supervise(host);
        await host.until(
          'all of the same files, and all of it runs',
          async () => ({
            files: await host.sh(`grep -lF -- ${say} ${units}/five-*.service | wc -l`),
            runs: await runs(),
            pending: (await host.exec(['test', '-e', '/var/lib/dockunit/pending'])).exitCode,
          }),
          (seen) =>
            seen.files === files &&
            seen.pending === 1 &&
            Object.values(seen.runs).every((run) => run.endsWith(' running')),
          { deadline: 90_000 },
        );
        const log = await host.sh(
          init === 'plain'
            ? 'cat /var/log/supervisor'
            : 'journalctl --boot --unit dockunit-finish-apply.service --output cat',
        );
        expect(log).toContain(told);
        expect(await host.sh(`ls ${units} | grep finish || true`)).toBe('');
        // What a first apply was to enable and start, the next one does.
        await succeed(host, 'apply');
        await isSettled();
      },
    );

    it('another verb undoes what a killed apply left undone, and says so', async () => {
      await writeShop(host, five);
      await host.sh(
        `cd /srv/shop && { timeout -s KILL 60 strace -f -qq -o /tmp/renames -e trace=rename -e inject=rename:signal=KILL:when=${midway} node ${program} apply >/tmp/out 2>&1 || true; }`,
      );
      expect((await host.exec(['test', '-e', '/var/lib/dockunit/pending'])).exitCode).toBe(0);
      expect((await dockunit(host, 'status')).stderr).toContain('was interrupted and is rolled back');
      await succeed(host, 'apply');
      await isSettled();
      for (const run of Object.values(await runs())) expect(run).toMatch(/ running$/);
    });

    it('remove leaves nothing but volumes and drop-ins, and those too on demand', async () => {
      const dry = await succeed(host, 'remove', '--dry-run');
      expect(dry.stdout).toContain(`would remove  ${units}/five-web.service`);
      for (const run of Object.values(await runs())) expect(run).toMatch(/ running$/);
      const { stderr } = await succeed(host, 'remove');
      expect(stderr).toContain('note: the volume five_letters stays');
      expect(stderr).toContain(`note: ${units}/five-jobs.service.d/mine.conf is yours, and stays`);
      expect(await host.sh(`find ${units} /var/lib/dockunit/applied -name '*five*'`)).toBe(
        `${units}/five-jobs.service.d`,
      );
      expect(await host.sh('docker ps -aq; docker network ls -q --filter name=five')).toBe('');
      expect(await host.sh('docker volume ls -q')).toBe('five_letters');
      await succeed(host, 'apply');
      await succeed(host, 'remove', '--volumes');
      expect(await host.sh('docker volume ls -q')).toBe('');
    });
  });
});
