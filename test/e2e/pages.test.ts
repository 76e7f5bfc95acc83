/** Every block of commands in the pages runs as a reader would run it, and says what the page shows. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { groupBy } from '../../src/model/group-by.ts';
import { blockCommands, pageBlocks } from '../docs/command-lines.ts';
import { describeHost } from './host-tier.ts';
import { makeImages } from './images.ts';
import { connectBySsh } from './ssh-link.ts';
import { type TerminalCommand, drawTerminal, screensOf, textOf } from './terminal-picture.ts';
import { type Host, bootHost } from './throwaway-host.ts';
import { buildExampleImage, projectDirectory } from './units-on-host.ts';

const read = (path: string): string => readFileSync(`${projectDirectory}/${path}`, 'utf8');
const blocks = [
  ...['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md'],
  ...['examples/sqlite/README.md', 'examples/todo/README.md'],
  ...readdirSync(`${projectDirectory}/docs`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].flatMap((page) => pageBlocks(page, read(page)));

/** Where a block runs. */
type Place = keyof typeof places;

/** How a block runs. */
type Play =
  | {
      readonly on: Place;
      /** Shell that puts the host into the state that the page starts from. */
      readonly given: string;
      /** Shell that fails where the commands did not do what the page says. */
      readonly then?: string;
      /** Exit code of the last command; 0 where absent. */
      readonly code?: number;
      /** Whether the output on the page is equal to the byte, or but for numbers and the order of lines. */
      readonly output?: 'same' | 'alike';
    }
  /** The test that runs it. */
  | { readonly by: string };

const sqlite = 'cd /opt/examples/sqlite; docker image inspect dockunit-example/sqlite:1 >/dev/null';
const running = 'test "$(docker inspect -f "{{.State.Running}}" sqliteproxy)" = true';
/** As on a host that has no project yet. */
const nothing = `pkill -x nginx || true; rm -f /etc/dockunit/*.yaml
  for project in shop sqlite todo; do dockunit remove --volumes -p $project >/dev/null 2>&1 || true; done
  ! [ -d /run/systemd/system ] || systemctl stop sqlite.slice`;
const fresh = `${nothing}; ${sqlite}; rm -f dockunit.lock`;
const shop = `${nothing}; mkdir -p /srv/shop; cd /srv/shop; printf "%s" "$SHOP" >compose.yaml; rm -f dockunit.lock`;

/** By page, in the order of its blocks. */
const plays: Readonly<Record<string, readonly Play[]>> = {
  'README.md': [
    { by: 'test/e2e/demo.test.ts' },
    { by: 'test/e2e/package.test.ts' },
    { on: 'systemd', given: fresh, then: `${running}; systemctl is-enabled sqlite.target` },
    { on: 'systemd', given: `${fresh}; dockunit apply` },
    {
      on: 'systemd',
      given: `${shop}; dockunit apply; sed -i s/say=hello/say=hi/ compose.yaml; dockunit apply`,
      then: 'dockunit history | grep rollback',
    },
    { on: 'systemd', given: `${fresh}; docker compose up -d`, then: running },
    {
      on: 'plain',
      given: fresh,
      then: `until ${running}; do sleep 0.1; done; dockunit supervise --uninstall`,
    },
    { on: 'remote', given: shop, then: 'ssh root@web1 docker inspect shop-web' },
    {
      on: 'systemd',
      given: `${shop}; dockunit apply; dockunit stop -p shop; cp "$(command -v socat)" /tmp/nginx
        /tmp/nginx TCP-LISTEN:8000,fork EXEC:true </dev/null >/dev/null 2>&1 &
        until ss -Hltn sport = :8000 | grep -q .; do sleep 0.1; done`,
      code: 1,
      output: 'alike',
    },
  ],
  'CONTRIBUTING.md': [{ by: '.ci/run' }],
  'ARCHITECTURE.md': [],
  'examples/sqlite/README.md': [
    { on: 'systemd', given: `${fresh}; docker rmi dockunit-example/sqlite:1` },
    { on: 'systemd', given: fresh, output: 'alike' },
  ],
  'examples/todo/README.md': [
    {
      on: 'systemd',
      given: `${nothing}; cd /opt/examples/todo`,
    },
  ],
  'docs/generator.md': [
    {
      on: 'systemd',
      given: shop,
      then: 'docker inspect shop-web; dockunit stop -p shop; rm /etc/dockunit/shop.yaml; dockunit reload',
    },
  ],
  'docs/remote.md': [
    { on: 'remote', given: shop, then: 'ssh root@web1 docker inspect shop-web' },
    { on: 'remote', given: shop, then: 'ssh root@web1 test -e /etc/systemd/system/shop-web.service' },
  ],
  'docs/security.md': [{ on: 'systemd', given: shop }],
  'docs/supervisor.md': [
    {
      on: 'plain',
      given: fresh,
      then: `until ${running}; do sleep 0.1; done; dockunit supervise --uninstall`,
    },
  ],
  'docs/verbs.md': [
    { on: 'systemd', given: sqlite, then: 'complete -p dockunit' },
    { on: 'systemd', given: sqlite, output: 'same' },
  ],
};

const places = {
  systemd: { root: 'trixie', init: 'systemd' },
  plain: { root: 'bookworm', init: 'plain' },
  remote: { root: 'bookworm', init: 'systemd' },
} as const;

/** A project whose web publishes port 8000. */
const shopFile = {
  name: 'shop',
  services: { web: { image: 'app:test', command: ['say=hello', 'forever'], ports: ['8000:8000'] } },
};

it('every block of commands has its play', () => {
  const counts = [...groupBy(blocks, ({ page }) => page)].map(([page, own]) => [page, own.length]);
  const played = Object.entries(plays).flatMap(([page, own]) =>
    own.length === 0 ? [] : [[page, own.length]],
  );
  expect(Object.fromEntries(played)).toEqual(Object.fromEntries(counts));
});

describeHost('the blocks of commands in the pages', () => {
  const hosts = new Map<Place, Host>();
  let there: Host;

  beforeAll(async () => {
    const [systemd, plain, remote, other] = await Promise.all([
      ...Object.values(places).map((place) => bootHost({ ...place, bind: projectDirectory })),
      bootHost({ root: 'bookworm', init: 'systemd', withoutNode: true }),
    ]);
    if (!systemd || !plain || !remote || !other) throw new Error('no hosts');
    there = other;
    hosts.set('systemd', systemd).set('plain', plain).set('remote', remote);
    for (const host of hosts.values()) {
      await host.sh(
        `ln -s ${projectDirectory}bin/dockunit.js /usr/local/bin/dockunit; cp -r ${projectDirectory}examples /opt`,
      );
      // Who follows the pages as root needs no sudo.
      await host.writeFile('/usr/local/bin/sudo', '#!/bin/sh\nexec "$@"\n', 0o755);
    }
    await Promise.all([
      buildExampleImage(systemd, 'sqlite'),
      buildExampleImage(plain, 'sqlite'),
      makeImages(systemd, 'app'),
      makeImages(other, 'app'),
    ]);
    await connectBySsh(remote, other);
    await remote.sh(
      'printf "Host web1 web2 host\\n  HostName 10.99.0.2\\n  User root\\n" | cat - /root/.ssh/config >/tmp/c; cat /tmp/c >/root/.ssh/config',
    );
  });
  afterAll(() => Promise.all([...hosts.values(), there].map((host) => host.down())));

  const hostOf = (place: Place): Host => {
    const host = hosts.get(place);
    if (host === undefined) throw new Error(`no host ${place}`);
    return host;
  };

  const cases = blocks.flatMap((block) => {
    const play = plays[block.page]?.[block.index];
    return play === undefined || 'by' in play
      ? []
      : [[`${block.page}, block ${String(block.index)}`, block, play] as const];
  });

  it.each(cases)('%s', async (_name, block, play) => {
    const host = hostOf(play.on);
    const script = [
      play.given,
      'set +e',
      ...blockCommands(block).flatMap((line) => [line, 'code=$?']),
      `test "$code" = ${String(play.code ?? 0)} || { echo "exit $code"; exit 99; }`,
      'set -e',
      play.then ?? ':',
    ].join('\n');
    const { stdout, stderr, exitCode } = await host.exec(['bash', '-euc', `${script}\n`], {
      env: { SHOP: JSON.stringify(shopFile), HOME: '/root' },
    });
    expect(exitCode, `${script}\n--- stdout\n${stdout}--- stderr\n${stderr}`).toBe(0);
  });

  it.each(cases.filter(([, , { output }]) => output !== undefined))(
    '%s says what the page shows',
    async (_name, block, play) => {
      const host = hostOf(play.on);
      await host.exec(['bash', '-euc', `${play.given}\n`], { env: { SHOP: JSON.stringify(shopFile) } });
      const shown: string[] = [];
      for (const line of blockCommands(block)) {
        const directory = play.given.includes('/srv/shop') ? '/srv/shop' : '/opt/examples/sqlite';
        const { stdout, stderr } = await host.exec(['bash', '-c', `cd ${directory}; ${line}`]);
        shown.push(`# ${line}`, ...`${stderr}${stdout}`.split('\n').filter((text) => text !== ''));
      }
      const page = block.text.split('\n').filter((text) => text !== '');
      if (play.output === 'same') expect(shown).toEqual(page);
      else expect(alike(shown)).toEqual(alike(page));
    },
  );

  const picture = {
    path: 'docs/first-project.svg',
    from: 'examples/sqlite/README.md',
    columns: 110,
  } as const;
  it(`${picture.path} shows the session of the example`, async () => {
    const host = hostOf('systemd');
    await host.exec(['bash', '-c', fresh]);
    const first = blocks.find(({ page, kind }) => page === picture.from && kind === 'console');
    if (first === undefined) throw new Error('there is no session');
    const session: TerminalCommand[] = [];
    for (const line of blockCommands(first)) {
      const begun = Date.now();
      const typed = `stty cols ${String(picture.columns)} rows 50; cd /opt/examples/sqlite; ${line}`;
      const { stdout, exitCode } = await host.exec(['script', '-qec', typed, '/dev/null'], {
        env: { TERM: 'xterm-256color' },
      });
      expect(exitCode, stdout).toBe(0);
      session.push({ line, output: stdout, duration: Date.now() - begun });
    }
    const screens = await screensOf(session, picture.columns);
    const drawn = drawTerminal(screens, picture.columns, 'A Compose file becomes systemd units, and runs');
    if (process.env['DOCKUNIT_UPDATE_FIXTURES'] === '1')
      writeFileSync(`${projectDirectory}/${picture.path}`, drawn);
    const [, kept = ''] = /<desc id="text">(.*?)<\/desc>/s.exec(read(picture.path)) ?? [];
    expect(alike(kept.split('\n')), 'run: npm run picture').toEqual(alike(textOf(screens).split('\n')));
  });
});

/** But for numbers, the width of columns, and the order of lines that say when something ended. */
function alike(lines: readonly string[]): readonly string[] {
  return lines
    .map((line) =>
      line
        .replace(/\d+(\.\d+)?/g, '0')
        .replace(/0 (ms|s|min|h)\b/g, '0 s')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '')
    .sort();
}
