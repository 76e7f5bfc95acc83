/** As whom commands run: the same units under a systemd and under the supervisor. */
import { expect, it } from 'vitest';
import { describeEachRoot } from './host-tier.ts';
import { bootSupervisedHost } from './supervisor-on-host.ts';
import { bootHost, type Host } from './throwaway-host.ts';

/** Each is one unit: its lines of [Service]. */
const cases: Readonly<Record<string, readonly string[]>> = {
  root: [],
  'root-named': ['User=root'],
  user: ['User=ann'],
  'user-by-number': ['User=4001'],
  'user-of-no-group': ['User=lone'],
  'number-of-no-user': ['User=4999'],
  'number-of-no-group': ['User=ann', 'Group=4999'],
  'number-of-no-group-among-more': ['User=ann', 'SupplementaryGroups=4999'],
  'other-group': ['User=ann', 'Group=video'],
  'group-of-root': ['User=ann', 'Group=root'],
  'group-alone': ['Group=video'],
  more: ['User=ann', 'SupplementaryGroups=audio 45', 'SupplementaryGroups=games'],
  'more-for-root': ['SupplementaryGroups=audio'],
  'more-taken-back': ['User=ann', 'SupplementaryGroups=audio', 'SupplementaryGroups='],
  'more-beside-a-group': ['Group=video', 'SupplementaryGroups=audio'],
  'no-such-user': ['User=nobody-at-all'],
  'no-such-group': ['User=ann', 'SupplementaryGroups=no-such'],
  'no-such-program': ['User=ann', 'ExecStartPre=/does/not/exist'],
};
const unitOf = (name: string): string => `owner-${name}.service`;

/** `uid gids` that each command has had, and how each unit has ended. */
type Seen = Readonly<Record<string, string>>;

async function makeUsersAndUnits(host: Host): Promise<void> {
  await host.sh('useradd --uid 4001 --groups dialout,plugdev ann; useradd --uid 4002 lone');
  await host.sh('install -d -m 1777 /run/ids');
  for (const [name, lines] of Object.entries(cases)) {
    const command = `/bin/sh -c 'echo "$(id -u) $(id -g) $(id -G)" >/run/ids/${name}'`;
    const service = ['Type=oneshot', 'RemainAfterExit=yes', ...lines, `ExecStart=${command}`];
    const text = `[Service]\n${service.join('\n')}\n[X-Dockunit]\nProject=owner\nService=${name}\nKind=container\n`;
    await host.writeFile(`/etc/systemd/system/${unitOf(name)}`, text.replaceAll('$', '$$$$'));
  }
}

async function idsOf(host: Host): Promise<Seen> {
  const ids: Record<string, string> = {};
  for (const name of Object.keys(cases)) {
    const { stdout } = await host.exec(['cat', `/run/ids/${name}`]);
    ids[name] = stdout.trim();
  }
  return ids;
}

async function underSystemd(root: Host['root']): Promise<Seen> {
  await using host = await bootHost({ root, init: 'systemd' });
  await makeUsersAndUnits(host);
  const units = Object.keys(cases).map(unitOf);
  await host.exec(['systemctl', 'daemon-reload']);
  await host.exec(['systemctl', 'start', ...units]);
  return await idsOf(host);
}

describeEachRoot('as whom commands run', (root) => {
  it('User=, Group= and SupplementaryGroups= give what systemd gives', async () => {
    const wanted = await underSystemd(root);
    expect(wanted['user']).toMatch(/^4001 4001 4001 \d+ \d+$/);
    await using supervised = await bootSupervisedHost(root);
    const { host, verb } = supervised;
    await makeUsersAndUnits(host);
    await supervised.supervise();
    const start = (): Promise<unknown> => verb('start', ...Object.keys(cases).map(unitOf)).catch(() => '');
    await start();
    expect(await idsOf(host)).toEqual(wanted);

    // busybox has a setpriv that knows of no users; whoever enters this host continues with the other one.
    await host.sh(
      'cp /usr/bin/setpriv /usr/local/sbin; ln -sf "$(command -v busybox)" /usr/bin/setpriv; rm /run/ids/*',
    );
    await verb('stop', ...Object.keys(cases).map(unitOf));
    await start();
    const without = await idsOf(host);
    const gidOnly = { user: '4001 4001 4001', 'other-group': '4001 44 44', 'more-for-root': '0 0 0' };
    expect(without).toMatchObject({
      ...gidOnly,
      root: wanted['root'],
      'user-of-no-group': wanted['user-of-no-group'],
    });
    expect(await host.readFile(`/var/log/dockunit/${unitOf('user')}.log`)).toContain(
      'install that of util-linux',
    );
    expect(await host.readFile(`/var/log/dockunit/${unitOf('user-of-no-group')}.log`)).not.toContain(
      'setpriv',
    );
  });
});
