/** What the supervisor adds to systemd's reading, or does otherwise; the rest is compared in test/e2e/load-units.test.ts. */
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../../src/model/diagnostic.ts';
import { type LoadedUnits, loadUnits } from '../../../src/supervisor/load/load-units.ts';
import { type UnitTexts, sourcesOf } from './unit-texts.ts';

const plain = '[Service]\nExecStart=/bin/true\n';

function load(texts: UnitTexts, enabled: readonly string[] = []): LoadedUnits {
  return loadUnits(Object.keys(texts.files), sourcesOf(texts), new Set(enabled));
}
const loadOne = (text: string): LoadedUnits => load({ files: { 'a.service': text } });
const codesOf = (diagnostics: readonly Diagnostic[]): readonly string[] =>
  diagnostics.map(({ code }) => code);

describe('loadUnits', () => {
  it('knows the units for which a host without systemd has no file', () => {
    const { units } = load({
      files: {
        'a.service': `[Unit]\nRequires=docker.service\nAfter=network-online.target b.service\n${plain}`,
      },
    });
    const states = [...units].map(([name, { config }]) => `${name} ${config.type} ${config.loadState}`);
    expect(states).toEqual([
      'a.service service loaded',
      'docker.service external loaded',
      'network-online.target target loaded',
      'b.service target not-found',
    ]);
  });

  it('adds the dependencies of enabled units to the units they name, and changes their hash', () => {
    const files = {
      'a.service': `${plain}[Install]\nWantedBy=docker.service multi-user.target\nUpheldBy=b.target\n`,
    };
    const [without, enabled] = [load({ files }), load({ files }, ['a.service'])];
    expect(without.units.has('docker.service')).toBe(false);
    expect(enabled.units.get('docker.service')?.config.dependencies.Wants).toEqual(['a.service']);
    expect(enabled.units.get('multi-user.target')?.config.dependencies.After).toEqual(['a.service']);
  });

  it('waits for the mounts that contain a path, and requires those of fstab', () => {
    const { units } = load({
      files: { 'a.service': `[Unit]\nRequiresMountsFor="/srv/my data/x" /proc/1\n${plain}` },
      configured: ['/srv/my data', '/mnt'],
      mounted: ['/', '/srv', '/proc', '/srv/my data'],
    });
    const { Requires, After } = units.get('a.service')?.config.dependencies ?? {};
    expect(Requires).toEqual(['srv-my\\x20data.mount']);
    expect(After).toEqual(['srv.mount', 'srv-my\\x20data.mount']);
    expect(units.get('srv-my\\x20data.mount')?.config).toMatchObject({
      type: 'external',
      loadState: 'loaded',
    });
  });

  it.each([
    ['docker start --attach web', 'web'],
    ['docker start web', undefined],
    ['docker start --attach web other', undefined],
    ['@docker client start --attach web', undefined],
    ['/bin/sh %Y/shop-run.sh run web', 'web'],
    ['/bin/sh %Y/shop-run.sh await-running web', undefined],
  ])('sees in %s the container %s', (command, container) => {
    const { units } = loadOne(`[Service]\nExecStart=${command}\n`);
    expect(units.get('a.service')?.execution?.container).toBe(container);
  });

  it('warns of settings that have no effect without systemd, with the reason, and starts the unit anyway', () => {
    const { units, diagnostics } = loadOne(`${plain}MemoryMax=1G\nPrivateTmp=no\nStandardOutput=journal\n`);
    expect(diagnostics).toMatchObject([
      {
        severity: 'warning',
        code: 'directive-ignored',
        position: { file: '/etc/systemd/system/a.service', line: 3 },
      },
    ]);
    expect(diagnostics[0]?.message).toContain('mem_limit');
    expect(units.get('a.service')?.config.loadState).toBe('loaded');
  });

  it('keeps a unit down that would run something else without systemd', () => {
    const { units, diagnostics } = loadOne(`${plain}RootDirectory=/srv/root\n`);
    expect(diagnostics).toMatchObject([{ severity: 'error', code: 'directive-refused' }]);
    expect(units.get('a.service')?.config.loadState).toBe('bad-setting');
  });

  it('reports unknown directives', () => {
    const { diagnostics } = loadOne(
      `[Unit]\nRestart=always\nX-Mine=1\n[Servce]\nA=1\n[X-Own]\nB=2\n${plain}`,
    );
    expect(codesOf(diagnostics)).toEqual(['unknown-section', 'unknown-directive']);
  });

  it.each([
    ['no ExecStart=', '[Service]\nType=exec\n'],
    ['two ExecStart=', `${plain}ExecStart=/bin/true\n`],
    ['a oneshot that always restarts', `${plain}Type=oneshot\nRestart=always\n`],
    ['a quote that is not closed', '[Service]\nExecStart=/bin/echo "x\n'],
    ['a specifier that is none', '[Service]\nExecStart=/bin/echo %z\n'],
    ['a directory that is none', `${plain}WorkingDirectory=x\n`],
    ['a name on the bus', `${plain}BusName=org.example\n`],
  ])('refuses %s, and says what to do', (_, text) => {
    const { units, diagnostics } = loadOne(text);
    expect(units.get('a.service')?.config.loadState).toBe('bad-setting');
    expect(diagnostics.map(({ severity }) => severity)).toEqual(['error']);
    expect(diagnostics[0]?.remedy).not.toBe('');
  });

  it('keeps the hash of a unit whose files are unchanged, and changes it with a drop-in', () => {
    const hashOf = (texts: UnitTexts): string | undefined => load(texts).units.get('a.service')?.config.hash;
    const files = { 'a.service': plain };
    expect(hashOf({ files })).toBe(hashOf({ files }));
    expect(hashOf({ files, dropIns: { 'a.service': ['[Unit]\n'] } })).not.toBe(hashOf({ files }));
  });

  it('reports a unit that only systemd can run, and counts it as not found', () => {
    const { units, diagnostics } = load({
      files: { 'a.service': `[Unit]\nRequires=a.socket\n${plain}`, 'a.socket': '[Socket]\nListenStream=1\n' },
    });
    expect(codesOf(diagnostics)).toEqual(['unit-type-unknown']);
    expect(units.get('a.socket')?.config.loadState).toBe('not-found');
  });

  it('reads the fields of a unit of dockunit', () => {
    const { units } = loadOne(`${plain}[X-Dockunit]\nProject=shop\nSource=/srv/a\\x20\n`);
    expect([...(units.get('a.service')?.dockunit ?? [])]).toEqual([
      ['Project', 'shop'],
      ['Source', '/srv/a '],
    ]);
  });
});
