/**
 * A secret in `environment:` is for the container alone: no one else on the host finds it in a file,
 * in the arguments of a process, or in what systemd and dockunit tell. One in an option of a driver is so
 * but for the arguments of the docker client, which takes it in no other way.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachRoot } from './host-tier.ts';
import { makeImages } from './images.ts';
import { program } from './shop-on-host.ts';
import { bootHost, type Host } from './throwaway-host.ts';
import { projectDirectory } from './units-on-host.ts';

/**
 * Pieces that are looked for: of one line, and of each line of a value with several. Made at random,
 * since a host sees the files of this machine, other checkouts of this test among them.
 */
const pieces = ['one-line', 'first-line', 'second-line'].map((name) => `s3cr3t-${name}-${randomUUID()}`) as [
  string,
  string,
  string,
];
/** What mount(2) ignores, and what stands in an address. */
const option = `0ption-${randomUUID()}`;
const mountOptions = `bind,password=${option}`;
const address = `udp://user:${option}@127.0.0.1:12201`;
const spec = {
  name: 'vault',
  services: {
    web: {
      image: 'busybox:test',
      pull_policy: 'never',
      command: ['sleep', '100000'],
      environment: { TOKEN: pieces[0], 'app.key-1': `${pieces[0]}!`, PEM: `${pieces[1]}\n${pieces[2]}\n` },
      volumes: ['share:/share'],
      logging: { driver: 'gelf', options: { 'gelf-address': address } },
    },
  },
  volumes: { share: { driver_opts: { type: 'none', o: mountOptions, device: '/srv' } } },
};
const everything = [...pieces, option];
const grep = everything.map((piece) => `-e ${piece}`).join(' ');

describeEachRoot('a secret in the environment', (root) => {
  let host: Host;
  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd', bind: projectDirectory });
    await makeImages(host, 'busybox');
    await host.writeFile('/root/vault/compose.yaml', JSON.stringify(spec), 0o600);
    await startWatch(host);
    // An open umask, so that no mode is right by luck.
    await host.sh(
      `umask 0; cd /root/vault; node ${program} generate -o /etc/systemd/system >/tmp/generate.out 2>&1; systemctl daemon-reload; systemctl start vault.target`,
    );
  });
  afterAll(() => host.down());

  it('reaches the container', async () => {
    const format = '{{range .Config.Env}}{{printf "%q" .}}{{"\\n"}}{{end}}';
    const variables = await host.sh(`docker inspect --format '${format}' vault-web`);
    expect(variables.split('\n')).toEqual(
      expect.arrayContaining([
        `"TOKEN=${pieces[0]}"`,
        `"app.key-1=${pieces[0]}!"`,
        `"PEM=${pieces[1]}\\n${pieces[2]}\\n"`,
      ]),
    );
    expect(await host.sh('systemctl is-active vault-web.service')).toBe('active');
  });

  it('reaches the drivers', async () => {
    expect(await host.sh("docker volume inspect --format '{{.Options.o}}' vault_share")).toBe(mountOptions);
    const logging = `{{index .HostConfig.LogConfig.Config "gelf-address"}}`;
    expect(await host.sh(`docker inspect --format '${logging}' vault-web`)).toBe(address);
  });

  it('stands in files of root’s only', async () => {
    const holders = await host.sh(`grep -rlsF ${grep} /etc | xargs stat -c '%a %U %n' | sort`);
    expect(holders.split('\n')).toEqual([
      '600 root /etc/systemd/system/vault-vol-share.private.env',
      '600 root /etc/systemd/system/vault-web.env',
      '600 root /etc/systemd/system/vault-web.multiline.env',
      '600 root /etc/systemd/system/vault-web.private.env',
    ]);
  });

  it('is in no file that others can read', async () => {
    const argv = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const;
    // The disks of throwaway hosts lie on the machine, of which a host sees a copy.
    const look = [
      'grep',
      '-rlsF',
      '--exclude-dir=dockunit-hosts',
      ...everything.flatMap((piece) => ['-e', piece]),
    ];
    const places = ['/etc', '/run', '/var', '/tmp', '/srv', '/root', '/home', '/dev/shm'];
    const found = await host.exec([...argv, ...look, ...places], { timeout: 120_000 });
    expect(found.stdout).toBe('');
    // The search itself finds what is there to be found.
    await host.writeFile('/var/lib/careless', pieces[0], 0o644);
    expect((await host.exec([...argv, ...look, '/var/lib'])).stdout).toBe('/var/lib/careless\n');
    await host.sh('rm /var/lib/careless');
  });

  it('is in no argument of a process at any time', async () => {
    const seen = await host.sh('cat /run/watch/arguments');
    expect(seen, 'the watch sees the making of the container').toMatch(/create .*--name vault-web/);
    expect(seen).not.toContain('s3cr3t');
    const now = await host.sh("cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
    expect(now).toContain('docker start --attach vault-web');
    expect(now).not.toMatch(hidden);
  });

  it.each([
    ['systemctl show', 'systemctl show vault-web.service vault-vol-share.service vault.target'],
    ['systemctl cat', 'systemctl cat vault-web.service vault-vol-share.service'],
    ['systemctl status', 'systemctl status --no-pager -l vault-web.service'],
    ['the journal', 'journalctl --boot --no-pager --all'],
    ['generate -o', 'cat /tmp/generate.out'],
  ])('is not told by %s', async (_, command) => {
    const told = await host.sh(command);
    expect(told).toContain('vault-web');
    expect(told).not.toMatch(hidden);
  });

  it.each(['generate', 'generate --json', 'explain web'])('is not told by %s', async (command) => {
    const told = await dockunitIn(host, ...command.split(' '));
    expect(told).toContain('vault-web.private.env');
    expect(told).not.toMatch(hidden);
  });

  it('is not told by diff where another was written, and taken in by apply', async () => {
    const other = `0ption-${randomUUID()}`;
    await host.writeFile('/root/vault/compose.yaml', JSON.stringify(spec).replaceAll(option, other), 0o600);
    for (const command of ['diff', 'diff --json', 'apply --dry-run']) {
      const told = await dockunitIn(host, ...command.split(' '));
      expect(told).toMatch(/PRIVATE_GELF_ADDRESS/);
      expect(told).not.toMatch(hidden);
    }
    expect(await dockunitIn(host, 'apply')).not.toMatch(hidden);
    const logging = `{{index .HostConfig.LogConfig.Config "gelf-address"}}`;
    expect(await host.sh(`docker inspect --format '${logging}' vault-web`)).toBe(
      address.replace(option, other),
    );
    expect(await host.sh('cat /var/log/dockunit/audit.log; journalctl --boot --no-pager --all')).not.toMatch(
      hidden,
    );
  });
});

/** How what is looked for begins. */
const hidden = /s3cr3t|0ption/;

async function dockunitIn(host: Host, ...argv: readonly string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await host.exec([
    ...(['sh', '-c', `cd /root/vault && exec node ${program} "$@"`, 'sh'] as const),
    ...argv,
  ]);
  expect(exitCode, stderr).toBe(0);
  return stdout + stderr;
}

/** In front of docker: a client that notes its arguments and becomes the real one. */
async function startWatch(host: Host): Promise<void> {
  await host.writeFile(
    '/usr/local/sbin/docker',
    '#!/bin/sh\numask 077\nmkdir -p /run/watch\necho "$*" >>/run/watch/arguments\nexec /usr/bin/docker "$@"\n',
    0o755,
  );
}
