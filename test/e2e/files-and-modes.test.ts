/** Everything that dockunit makes on a host, with its mode and owner, under every umask: the table of docs/security.md. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeHost } from './host-tier.ts';
import { makeImages } from './images.ts';
import { program } from './shop-on-host.ts';
import { type Host, bootHost } from './throwaway-host.ts';
import { projectDirectory } from './units-on-host.ts';

const spec = {
  name: 'shop',
  services: {
    web: {
      image: 'app:test',
      command: ['forever'],
      stop_grace_period: '0s',
      environment: { TOKEN: 'secret' },
      configs: ['motd'],
      volumes: ['data:/data'],
    },
  },
  configs: { motd: { content: 'hello' } },
  volumes: { data: {} },
};

interface MadeFile {
  readonly path: string;
  readonly kind: string;
  readonly mode: string;
  readonly owner: string;
}

/** A row of the table: what the paths match, and the mode they have. */
interface TableRow {
  readonly pattern: RegExp;
  readonly mode: string;
}

const unitDirectory = '/etc/systemd/system';
const lockFile = '/srv/shop/dockunit.lock';

function readTable(): readonly TableRow[] {
  const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
  return [...page.matchAll(/^\| `([^`]+)`([^|]*)\| ([^|]+) \|/gm)].map(
    ([, path = '', about = '', mode = '']) => {
      const whole = about.trim() === '' ? path : lockFile;
      const source = whole
        .replace(/\./g, '\\.')
        .replace(/\*|PROJECT/g, '[^/]+')
        .replace(/(?<![A-Z])N(?![A-Z])/g, '\\d+');
      return { pattern: new RegExp(`^${source}$`), mode };
    },
  );
}

/** The first row that names the path as a file of its kind decides, as the rows with a fixed name come first. */
function modeByTable(table: readonly TableRow[], { path, kind }: MadeFile): string | undefined {
  if (kind === 'l')
    return table.some(({ pattern, mode }) => mode === 'link' && pattern.test(path)) ? 'link' : undefined;
  const rows = table.filter(({ pattern, mode }) => mode !== 'link' && pattern.test(path));
  const row = rows.find(({ mode }) => /^7[05][05]$/.test(mode) === (kind === 'd')) ?? rows[0];
  if (row?.mode.startsWith('as in') !== true) return row?.mode;
  return modeByTable(table, {
    path: `${unitDirectory}/${path.slice(path.lastIndexOf('/') + 1)}`,
    kind,
    mode: '',
    owner: '',
  });
}

/** Runs the verbs one after the other, and prints what there is after each that was not there before. */
const script = (verbs: readonly string[]): string => `
cd /srv/shop
list() {
  find /etc /srv /var/lib/dockunit /var/log/dockunit /var/cache/dockunit /run/dockunit /run/systemd/generator \\
    -printf '%p\\t%y\\t%m\\t%u:%g\\n' 2>/dev/null | sort
}
list >/tmp/before
: >/tmp/after
run() { "$@" >/tmp/output 2>&1 </dev/null || { cat /tmp/output; exit 1; }; list >>/tmp/after; }
${verbs.map((verb) => `run ${verb}`).join('\n')}
sort -u /tmp/after | grep -vxFf /tmp/before
`;

const dockunit = (words: string): string => `node ${program} ${words}`;
const drive = ['apply', 'stop', 'start', 'disable', 'enable', 'update', 'rollback 1'].map(dockunit);
const undo = [dockunit('remove --volumes')];
const generator = [
  dockunit('install-generator'),
  'cp compose.yaml /etc/dockunit/shop.yaml',
  dockunit('reload'),
  'systemctl start dockunit-generator.service',
  'rm /etc/dockunit/shop.yaml',
  dockunit('reload'),
  dockunit('install-generator --uninstall'),
];
const supervisor = [
  dockunit('supervise --install --now'),
  `timeout 30 sh -c 'until [ -S /run/dockunit/control.sock ]; do sleep 0.1; done'`,
];
const noSupervisor = [
  dockunit('supervise --uninstall'),
  `sh -c 'kill -KILL "$(cut -d " " -f 1 /run/dockunit/lock.*)"'`,
];

const stories = {
  systemd: [...drive, ...undo, ...generator],
  plain: [...supervisor, ...drive, ...undo, ...noSupervisor],
} as const;
const umasks = ['000', '002', '022', '077'];
const seen = new Set<TableRow>();
const table = readTable();

describeHost('what dockunit makes on a host', () => {
  describe.each(['systemd', 'plain'] as const)('under %s', (init) => {
    let host: Host;
    beforeAll(async () => {
      host = await bootHost({ root: 'trixie', init, bind: projectDirectory });
      await makeImages(host, 'app');
      await host.writeFile('/srv/shop/compose.yaml', JSON.stringify(spec));
    });
    afterAll(() => host.down());

    it.each(umasks)('is as docs/security.md says under umask %s', async (umask) => {
      const output = await host.sh(`umask ${umask}\n${script(stories[init])}`);
      const made = output
        .trim()
        .split('\n')
        .map((line): MadeFile => {
          const [path = '', kind = '', mode = '', owner = ''] = line.split('\t');
          return { path, kind, mode: kind === 'l' ? 'link' : mode, owner };
        })
        .filter(({ path }) => !path.startsWith('/etc/dockunit/'));
      for (const file of made) {
        for (const row of table) if (row.pattern.test(file.path)) seen.add(row);
      }
      const unlike = made.filter(
        (file) => file.mode !== modeByTable(table, file) || file.owner !== 'root:root',
      );
      expect(unlike).toEqual([]);
      expect(made.length).toBeGreaterThan(30);
      await host.sh(
        'rm -rf /var/lib/dockunit /var/log/dockunit /var/cache/dockunit /run/dockunit /etc/dockunit /srv/shop/dockunit.lock',
      );
    });
  });

  it('is all that docs/security.md names', () => {
    expect(table.filter((row) => !seen.has(row)).map(({ pattern }) => pattern.source)).toEqual([]);
  });
});
