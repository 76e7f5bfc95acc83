/** The ports to docker, the journal and the disk, against the real ones. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle } from './bundle.ts';
import { describeEachRoot } from './host-tier.ts';
import { bootHost } from './throwaway-host.ts';
import type { Host } from './throwaway-host.ts';

const program = '/usr/local/lib/port-steps.mjs';

interface Outcome {
  readonly value?: unknown;
  readonly error?: { readonly message: string; readonly remedy: string };
}

describeEachRoot('the ports of the host', (root) => {
  let host: Host;
  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd' });
    await host.writeFile(program, await bundle('port-steps.ts'));
  });
  afterAll(() => host.down());

  async function call(
    name: string,
    argument: unknown = null,
    prefix: readonly string[] = [],
  ): Promise<Outcome> {
    const argv = [...prefix, 'node', program, name, JSON.stringify(argument)];
    const { stdout, stderr, exitCode } = await host.exec(argv as [string, ...string[]], { timeout: 60_000 });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return JSON.parse(stdout) as Outcome;
  }
  const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

  it('tells docker’s versions as docker does', async () => {
    const told = await host.sh("docker version --format '{{.Client.Version}} {{.Server.Version}}'");
    const { value } = await call('version');
    expect(Object.values(value as object).join(' ')).toBe(told);
  });

  it('inspects the containers there are, and leaves out the others', async () => {
    await host.sh(`cd /tmp && mkdir -p box && cp "$(command -v busybox)" box/busybox
      tar -C box -c . | docker import - box:1 >/dev/null
      docker create --name made -l a=b -p 127.0.0.1:8123:80 box:1 /busybox true >/dev/null
      docker run --name ran box:1 /busybox sh -c 'exit 3' || true`);
    const { value } = await call('inspect', ['made', 'absent', 'ran']);
    const id = await host.sh("docker inspect -f '{{.Id}}' made");
    expect(value).toMatchObject({
      made: { id, name: 'made', image: 'box:1', status: 'created', startedAt: 0 },
      ran: { status: 'exited', exitCode: 3 },
    });
    expect(Object.keys(value as object)).toEqual(['made', 'ran']);
    expect((await call('inspect', ['absent', 'gone'])).value).toEqual({});
    expect((await call('inspect', [])).value).toEqual({});
  });

  it('says what to do without permission, without docker and without a daemon', async () => {
    expect((await call('version', null, asNobody)).error?.remedy).toMatch(/docker group/);
    const node = await host.sh('command -v node');
    const elsewhere = await host.exec(['env', 'PATH=/nonexistent', node, program, 'version']);
    expect((JSON.parse(elsewhere.stdout) as Outcome).error?.remedy).toMatch(/apt install docker\.io/);
    await host.sh('systemctl stop docker.socket docker.service 2>&1');
    try {
      expect((await call('version')).error?.remedy).toMatch(/systemctl start docker/);
      expect((await call('inspect', ['made'])).error?.remedy).toMatch(/systemctl start docker/);
    } finally {
      await host.sh('systemctl start docker.socket docker.service');
    }
  });

  it('reads what a unit wrote and what systemd says of it, in the journal’s order', async () => {
    await host.sh('journalctl --rotate --quiet && journalctl --vacuum-files=1 --quiet');
    await host.writeFile(
      '/etc/systemd/system/t-talk.service',
      `[Service]\nType=oneshot\nSyslogIdentifier=talk\nExecStart=/bin/sh -c 'echo one; printf "\\\\033[1mtwo\\n"; echo "<3>three"; sleep 0.2'\n`,
    );
    await host.sh('systemctl daemon-reload; systemctl start t-talk; journalctl --sync');
    const { value } = await call('journal', { units: ['t-talk.service'], scope: 'system' });
    const entries = value as {
      unit: string;
      message: string;
      priority: number;
      identifier: string;
      time: number;
    }[];
    expect(new Set(entries.map(({ unit }) => unit))).toEqual(new Set(['t-talk.service']));
    expect(entries.filter(({ identifier }) => identifier === 'talk')).toMatchObject([
      { message: 'one', priority: 6 },
      { message: '\u001b[1mtwo' },
      { message: 'three', priority: 3 },
    ]);
    // journald reads systemd and the unit from sockets of their own: which of them comes first is not said.
    expect(entries.some(({ message }) => message.startsWith('Starting '))).toBe(true);
    const journal = await host.sh('journalctl --unit=t-talk.service --output=json --all');
    const told = journal.split('\n').map((line) => JSON.parse(line) as { MESSAGE: string | number[] });
    expect(entries.map(({ message }) => message)).toEqual(
      told.map(({ MESSAGE }) => (typeof MESSAGE === 'string' ? MESSAGE : Buffer.from(MESSAGE).toString())),
    );
    const last = await call('journal', { units: ['t-talk.service'], scope: 'system', lines: 1 });
    expect(last.value).toEqual(entries.slice(-1));
  });

  it('follows until asked to stop, and ends then', async () => {
    await host.sh('systemd-run --quiet --unit=t-tick sh -c "while echo tick; do sleep 0.1; done"');
    try {
      const options = { units: ['t-tick.service'], scope: 'system', follow: true, stopAfter: 8 };
      const { value } = await call('journal', options);
      expect((value as unknown[]).length).toBe(8);
    } finally {
      await host.sh('systemctl stop t-tick');
    }
  });

  it('says what to do with a time it cannot read, and without journalctl', async () => {
    const options = { units: ['t-talk.service'], scope: 'system', since: 'the other day' };
    expect((await call('journal', options)).error?.remedy).toMatch(/systemd\.time\(7\)/);
    const node = await host.sh('command -v node');
    const argument = JSON.stringify({ units: ['t-talk.service'], scope: 'system' });
    const elsewhere = await host.exec(['env', 'PATH=/nonexistent', node, program, 'journal', argument]);
    expect((JSON.parse(elsewhere.stdout) as Outcome).error?.message).toMatch(/no journalctl/);
  });

  it('leaves the old units whole where the disk is full, read-only or another’s', async () => {
    const big = 'x'.repeat(100_000);
    await host.sh('mkdir -p /mnt/small && mount -t tmpfs -o size=64k,mode=755 tmpfs /mnt/small');
    const old = [{ name: 'a.service', mode: 0o644, content: 'old' }];
    await call('write', ['/mnt/small', old, []]);
    const change = [
      { name: 'a.service', mode: 0o644, content: 'new' },
      { name: 'b.service', mode: 0o644, content: big },
    ];
    const left = async (): Promise<string> => host.sh('ls -A /mnt/small; cat /mnt/small/a.service');
    const full = await call('write', ['/mnt/small', change, []]);
    expect(full.error).toMatchObject({ message: expect.stringContaining('the disk is full') as unknown });
    expect(await left()).toBe('a.service\nold');
    const anothers = await call('write', ['/mnt/small', change, ['a.service']], asNobody);
    expect(anothers.error).toMatchObject({
      message: expect.stringContaining('permission denied') as unknown,
    });
    await host.sh('mount -o remount,ro /mnt/small');
    const readOnly = await call('write', ['/mnt/small', change, []]);
    expect(readOnly.error).toMatchObject({ message: expect.stringContaining('read-only') as unknown });
    expect(await left()).toBe('a.service\nold');
    await host.sh('umount /mnt/small');
  });
});
