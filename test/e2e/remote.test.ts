import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AuditRecord } from '../../src/run/audit.ts';
import type { StatusReport } from '../../src/commands/status.ts';
import { describeHost } from './host-tier.ts';
import { makeImages } from './images.ts';
import { dockunit, program, succeed } from './shop-on-host.ts';
import { connectBySsh } from './ssh-link.ts';
import { type ExecResult, type Host, bootHost } from './throwaway-host.ts';
import { projectDirectory } from './units-on-host.ts';

const units = '/etc/systemd/system';
const audit = '/var/log/dockunit/audit.log';
const lock = '/srv/shop/dockunit.lock';
const secret = `it's "$HOME" \`id\` \\ é\nsecond line`;
const pair = {
  name: 'pair',
  services: {
    web: { image: 'app:test', command: ['say=hello from web', 'forever'], depends_on: ['db'] },
    db: {
      image: 'app:test',
      command: ['say=hello from db', 'forever'],
      environment: { TOKEN: secret.replaceAll('$', '$$$$') },
    },
  },
};
const edited = {
  ...pair,
  services: { ...pair.services, web: { ...pair.services.web, command: ['say=hello again', 'forever'] } },
};

/** Of `doctor --json`. */
interface Examined {
  readonly checks: readonly { readonly outcome: string }[];
  readonly findings: readonly { readonly code: string; readonly path: string }[];
}

describeHost('one host drives another over ssh', () => {
  let here: Host;
  let there: Host;

  beforeAll(async () => {
    [here, there] = await Promise.all([
      bootHost({ root: 'bookworm', init: 'systemd', bind: projectDirectory }),
      bootHost({ root: 'bookworm', init: 'systemd', withoutNode: true }),
    ]);
    await connectBySsh(here, there);
    await makeImages(there, 'app');
    // What this machine's own log holds is seen by its throwaway hosts.
    for (const host of [here, there]) await host.sh('rm -rf /var/log/dockunit');
  });
  afterAll(() => Promise.all([here.down(), there.down()]));

  const write = (spec: object): Promise<void> =>
    here.writeFile('/srv/shop/compose.yaml', JSON.stringify(spec));
  const listing = (): Promise<string> =>
    there.sh(`cd ${units} && find . \\( -type f -o -type l \\) -exec ls -ld --time-style=+ {} + | sort`);
  const runOf = (container: string): Promise<string> =>
    there.sh(`docker inspect --format '{{.Id}} {{.State.StartedAt}} {{.State.Status}}' ${container}`);
  const records = async (host: Host): Promise<readonly AuditRecord[]> =>
    (await host.readFile(audit))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditRecord);
  /** Runs without being waited for; its end can be awaited, what it says so far be read. */
  const begin = (...args: readonly string[]): { end: Promise<ExecResult>; said: () => Promise<string> } => {
    const script = 'cd /srv/shop && node "$@" >/tmp/out 2>&1';
    const end = here.exec(['sh', '-c', script, 'sh', program, ...args]);
    return { end, said: () => here.readFile('/tmp/out') };
  };

  it('has nothing of dockunit there', async () => {
    const seen = await there.exec([
      'sh',
      '-c',
      `command -v node nodejs dockunit; ls ${projectDirectory}/package.json`,
    ]);
    expect(seen.stdout).toBe('');
  });

  it('writes there what it writes here, byte for byte and mode for mode', async () => {
    await write(pair);
    const empty = await listing();
    const made = await succeed(here, 'generate', '-o', units, '--host', 'there');
    expect(made.stdout).toContain(`created    ${units}/pair-web.service\n`);
    expect(made.stderr).toBe('Next: dockunit enable --now --host there db web\n');
    await succeed(here, 'generate', '-o', units);
    const sums = `cd ${units} && stat -c '%a %U %n' pair* && md5sum pair*`;
    expect(await there.sh(sums)).toBe(await here.sh(sums));
    expect((await succeed(here, 'generate', '-o', units, '--host', 'there')).stdout).not.toMatch(
      /^(created|changed)/m,
    );
    await there.sh(`rm ${units}/pair*`);
    await here.sh(`rm -r ${units}/pair* /run/dockunit`);
    expect(await listing()).toBe(empty);
  });

  it('installs, shows, changes, stops and removes', async () => {
    await write(pair);
    const before = await listing();
    await succeed(here, 'apply', '--host', 'there');
    expect(
      await there.sh(
        'systemctl is-active pair-web.service pair-db.service; systemctl is-enabled pair.target',
      ),
    ).toBe('active\nactive\nenabled');
    const token = await there.sh(`docker exec pair-db sh -c 'printf %s "$TOKEN"'`);
    expect(token).toBe(secret);

    const status = JSON.parse(
      (await succeed(here, 'status', '--json', '--host', 'there')).stdout,
    ) as StatusReport;
    expect(status.services.map(({ service, state }) => [service, state])).toEqual([
      ['db', 'running'],
      ['web', 'running'],
    ]);
    await there.until(
      'its log has come',
      async () => (await succeed(here, 'logs', 'web', '--host', 'there')).stdout,
      (log) => log.includes('hello from web'),
    );
    expect((await dockunit(here, 'diff', '--exit-code', '--host', 'there')).exitCode).toBe(0);

    await write(edited);
    const [web, db] = [await runOf('pair-web'), await runOf('pair-db')];
    const changed = await dockunit(here, 'diff', '--exit-code', '--host', 'there');
    expect([changed.exitCode, changed.stdout]).toEqual([1, expect.stringContaining('hello again')]);
    await succeed(here, 'apply', '--host', 'there');
    expect(await runOf('pair-db')).toBe(db);
    expect(await runOf('pair-web')).not.toBe(web);
    await succeed(here, 'update', '--host', 'there');
    expect(await runOf('pair-db')).toBe(db);
    const { stdout: history } = await succeed(here, 'history', '--host', 'there');
    expect(history).toContain('pinned to what they run: db, web');
    expect(history.match(/\bapply\b/g)).toHaveLength(2);
    expect(await there.sh('docker image ls -q dockunit-keep')).not.toBe('');

    // Pinning alone is no other state: the one before is what was applied first.
    await succeed(here, 'rollback', '--host', 'there');
    expect(await there.sh("docker inspect --format '{{json .Args}}' pair-web")).toContain('hello from web');
    expect(await runOf('pair-db')).toBe(db);

    await there.sh('docker update --restart=always pair-web');
    const examined = await dockunit(here, 'doctor', '--json', '--host', 'there');
    const { checks, findings } = JSON.parse(examined.stdout) as Examined;
    expect(findings.map(({ code, path }) => [code, path])).toEqual([['restart-policies', 'pair-web']]);
    expect(checks.filter(({ outcome }) => outcome === 'unknown')).toEqual([]);

    await succeed(here, 'stop', 'web', '--host', 'there');
    await succeed(here, 'start', 'web', '--host', 'there');
    await succeed(here, 'restart', 'web', '--host', 'there');
    await succeed(here, 'disable', '--host', 'there');
    await succeed(here, 'enable', '--host', 'there');
    expect((await succeed(here, 'why', 'web', '--host', 'there')).stdout).toContain('pair-web.service');
    await succeed(here, 'remove', '-p', 'pair', '--host', 'there');
    expect(await listing()).toBe(before);
    expect(
      await there.sh(
        'docker ps --all --quiet --filter label=dockunit.unit; docker network ls --quiet --filter label=dockunit.project',
      ),
    ).toBe('');
  });

  it('tells the host that was changed who changed it, and from where', async () => {
    const told = await records(there);
    const remove = told.filter(({ verb }) => verb === 'remove');
    const who = { user: 'root', uid: 0, ssh: '10.99.0.1', from: `root@${here.name}`, host: 'there' };
    expect(remove).toMatchObject([
      { ...who, event: 'begins' },
      { ...who, event: 'done', exitCode: 0 },
    ]);
    expect(remove[1]?.changes).toContainEqual({ kind: 'removed', what: 'network', names: ['pair_default'] });
    expect(await there.sh(`stat -c %a ${audit}`)).toBe('640');
    const entries = await there.sh('journalctl --identifier=dockunit --output=cat --no-pager');
    expect(entries.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual(told);
    expect(await there.readFile(audit)).not.toContain('second line');
    // The lock lies here, beside the Compose file, and is no file of that host.
    expect(await here.readFile(lock)).toContain('"web"');
    expect(await there.readFile(audit)).not.toContain(lock);
    // Here only what was written here is reported.
    expect((await records(here)).map(({ verb, event }) => `${verb} ${event}`)).toEqual([
      'generate begins',
      'generate done',
    ]);
  });

  it('does one host after the other, and stops at the first that fails', async () => {
    await write(pair);
    const hosts = ['--host', 'there', '--host', 'closed', '--host', 'bob'];
    const { exitCode, stderr } = await dockunit(here, 'generate', '-o', '/tmp/units', ...hosts);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('done: there; not done: closed; not begun: bob\n');
    expect(stderr).toMatch(
      /error: Cannot work on closed: it cannot be reached .*refused.*\n→ .*ssh closed true\n$/,
    );
    expect(await there.sh('stat -c %U /tmp/units/pair-web.service; ls /home/bob')).toBe('root');
    await there.sh('rm -r /tmp/units');
  });

  it.each([
    [
      'a user that it lets not in',
      ['status', '--host', 'stranger'],
      /Cannot work on stranger: it lets you not in .*\n→ .*ssh-copy-id/,
    ],
    ['a name of nobody', ['status', '--host', 'nobody.invalid'], /there is no host of that name/],
    [
      'a user who may not write',
      ['generate', '-o', units, '--host', 'bob'],
      /On bob: Cannot write \S+: permission denied\n→ Name a user who may: --host root@bob/,
    ],
    [
      'a user who may not start',
      ['reload', '--host', 'bob'],
      /On bob: Cannot reload the unit files: .*\n→ Name a user who may: --host root@bob/,
    ],
    ['a verb that needs no host', ['config', '--host', 'there'], /--host cannot be used with config/],
    ['a place of nowhere', ['generate', '-o', 'units', '--host', 'there'], /Give -o a path from \/ on/],
    ['a supervisor', ['status', '--manager', 'supervisor', '--host', 'there'], /--host needs systemd there/],
  ] as const)('says what to do about %s', async (_what, args, words) => {
    const { exitCode, stderr } = await dockunit(here, ...args);
    expect(stderr).toMatch(words);
    expect(exitCode).toBeGreaterThan(0);
  });

  it('notes a build whose directory stays here', async () => {
    await write({ name: 'built', services: { web: { build: '/srv/shop' } } });
    await here.writeFile('/srv/shop/Dockerfile', 'FROM app:test\n');
    const { stderr } = await succeed(here, 'check', '--host', 'there');
    expect(stderr).toContain(
      '/srv/shop does not go along with the units, and built-web-image.service builds from it',
    );
    expect((await succeed(here, 'check')).stderr).not.toContain('does not go along');
  });

  it('waits for who changes that host already', async () => {
    await write(pair);
    // As long as that process lives, the lock is its.
    await there.sh(
      `mkdir -p -m 700 /run/dockunit/apply; cd /run/dockunit/apply
       setsid sleep 300 >/dev/null 2>&1 & echo $! >/tmp/sleeper
       echo "$! $(cut -d' ' -f22 /proc/$!/stat)" >lock.99`,
    );
    const { end, said } = begin('apply', '--host', 'there');
    await here.until('it waits', said, (text) => text.includes('Waiting for another dockunit'));
    expect((await there.exec(['ls', `${units}/pair-web.service`])).exitCode).not.toBe(0);
    await there.sh('kill "$(cat /tmp/sleeper)"');
    expect((await end).exitCode).toBe(0);
    expect(await runOf('pair-web')).toContain('running');
  });

  it('leaves nothing behind there or here when it ends', async () => {
    await there.until(
      'no session is left',
      () => there.sh(`pgrep -c -f '^sshd(-session)?: root@' || true`),
      (count) => count === '0',
    );
    expect(await here.sh('find /tmp -name "dockunit-ssh-*"; pgrep -a -x ssh || true')).toBe('');
    // States and locks are that host's alone.
    expect(await here.sh('ls -d /var/lib/dockunit /run/dockunit 2>/dev/null || true')).toBe('');
  });

  it('ends what it follows there with itself', async () => {
    const { end, said } = begin('logs', '-f', '--host', 'there');
    await here.until('it follows', said, (text) => text.includes('hello from'));
    expect(await there.sh('pgrep -c journalctl')).toBe('1');
    await here.sh(`kill -INT "$(pgrep -f '^node ${program} logs')"`);
    expect((await end).exitCode).toBe(0);
    await there.until(
      'journalctl has ended',
      () => there.sh('pgrep -c journalctl || true'),
      (count) => count === '0',
    );
  });

  it('that loses the connection between two renames leaves files that the next one makes whole', async () => {
    await write(edited);
    const { services } = edited;
    await write({
      ...edited,
      services: { ...services, db: { ...services.db, command: ['say=new', 'forever'] } },
    });
    // The sixth rename: the marker is there by then, and the first unit is a new one.
    await there.writeFile(
      '/usr/local/bin/mv',
      `#!/bin/sh
echo x >>/tmp/renames
[ "$(wc -l </tmp/renames)" -lt 6 ] || { pkill -9 -f '^sshd(-session)?: root@'; sleep 5; }
exec /bin/mv "$@"
`,
      0o755,
    );
    const lost = await dockunit(here, 'apply', '--host', 'there');
    expect(lost.stderr).toMatch(/error: The connection to there was lost.*\n→ .*run the same command again/);
    expect(lost.exitCode).toBe(1);
    expect(await there.sh('ls /var/lib/dockunit/pending')).toBe('/var/lib/dockunit/pending');
    await there.sh('rm /usr/local/bin/mv /tmp/renames');

    const next = await succeed(here, 'apply', '--host', 'there');
    expect(next.stderr).toContain('apply of pair was interrupted and is rolled back');
    const again = await dockunit(here, 'diff', '--exit-code', '--host', 'there');
    expect([again.exitCode, again.stdout]).toEqual([0, '']);
    expect(await there.sh('docker logs pair-db 2>&1 || journalctl -u pair-db.service -o cat')).toContain(
      'new',
    );
    expect(await there.sh(`ls -A ${units} | grep -c dockunit- || true`)).toBe('0');
    const events = (await records(there)).slice(-4).map(({ verb, event }) => `${verb} ${event}`);
    expect(events.slice(-2)).toEqual(['apply begins', 'apply done']);
  });

  it('that loses the connection while services start says so, and they start all the same', async () => {
    await succeed(here, 'stop', '--host', 'there');
    await there.sh(
      `mkdir -p ${units}/pair-db.service.d; printf '[Service]\\nExecStartPre=/bin/sleep 3\\n' >${units}/pair-db.service.d/slow.conf; systemctl daemon-reload`,
    );
    const { end, said } = begin('start', '--host', 'there');
    await there.until(
      'it starts',
      () => there.sh('systemctl is-active pair-db.service || true'),
      (state) => state === 'activating',
    );
    await there.sh(`pkill -9 -f '^sshd(-session)?: root@'`);
    expect((await end).exitCode).toBe(1);
    expect(await said()).toMatch(/The connection to there was lost/);
    await there.until(
      'both run',
      () => there.sh('systemctl is-active pair-db.service pair-web.service || true'),
      (states) => states === 'active\nactive',
    );
  });
});
