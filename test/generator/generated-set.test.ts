import { describe, expect, it } from 'vitest';
import type { CompiledFile, OtherFile } from '../../src/generator/generated-set.ts';
import { bootLinks, judgeFiles, parseReport, reportLines } from '../../src/generator/generated-set.ts';
import { dockunitSection, names } from '../../src/units/directives.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import type { UnitSet } from '../../src/units/unit-set.ts';

const installed = { name: 'Install', directives: names('WantedBy', ['multi-user.target', 'docker.service']) };

const setOf = (project: string, ...services: readonly string[]): UnitSet => ({
  project,
  files: [],
  units: [
    ...services.map((service) => ({
      name: `${service}.service`,
      kind: 'container' as const,
      sections: [installed, dockunitSection({ Project: project, Kind: 'container', Service: service })],
    })),
    {
      name: `${project}.target`,
      kind: 'target',
      sections: [installed, dockunitSection({ Project: project, Kind: 'target' })],
    },
  ],
});
const fileOf = (set: UnitSet): CompiledFile => ({
  path: `/etc/dockunit/${set.project}.yaml`,
  set,
  diagnostics: [],
});
const shop = setOf('shop', 'web', 'db');
const target = shop.units.find(({ kind }) => kind === 'target');
const judge = (files: readonly CompiledFile[], others: Readonly<Record<string, OtherFile>> = {}) =>
  judgeFiles(files, new Map(Object.entries(others).map(([name, other]) => [name, [other]]))).map(
    ({ set, diagnostics }) => [set?.project, diagnostics.map(({ severity, code }) => `${severity} ${code}`)],
  );

describe('the generated units', () => {
  it('are those of every set without a conflict', () => {
    expect(judge([fileOf(shop), fileOf(setOf('blog', 'page'))])).toEqual([
      ['shop', []],
      ['blog', []],
    ]);
  });

  it('are those of the first of two files that make the same unit', () => {
    expect(judge([fileOf(shop), fileOf(setOf('blog', 'web'))])).toEqual([
      ['shop', []],
      [undefined, ['error unit-name-collision']],
    ]);
  });

  it('are those of the second where the first has an error of its own', () => {
    const path = '/usr/lib/systemd/system/db.service';
    const others = { 'db.service': { path, text: '[Service]', wins: false } };
    expect(judge([fileOf(shop), fileOf(setOf('blog', 'web'))], others)).toEqual([
      [undefined, ['error unit-foreign']],
      ['blog', []],
    ]);
  });

  it('are beside a unit in /etc that wins, which is reported', () => {
    const path = '/etc/systemd/system/db.service';
    expect(judge([fileOf(shop)], { 'db.service': { path, text: '[Service]', wins: true } })).toEqual([
      ['shop', ['warning unit-foreign']],
    ]);
  });

  it.each([
    ['a mask', ''],
    ['what systemctl edit --full wrote', serialiseUnit(shop.units[0] ?? { sections: [] })],
  ])('are beside %s, which the user wants', (_what, text) => {
    const path = '/etc/systemd/system/web.service';
    expect(judge([fileOf(shop)], { 'web.service': { path, text, wins: true } })).toEqual([['shop', []]]);
  });

  it('are none of an installed project', () => {
    const text = target === undefined ? '' : serialiseUnit(target);
    const path = '/etc/systemd/system/shop.target';
    expect(judge([fileOf(shop)], { 'shop.target': { path, text, wins: true } })).toEqual([
      [undefined, ['error unit-installed-too']],
    ]);
  });

  it('are started at boot by their target alone', () => {
    expect(bootLinks(shop)).toEqual([
      { path: 'multi-user.target.wants/shop.target', target: '../shop.target' },
      { path: 'docker.service.wants/shop.target', target: '../shop.target' },
    ]);
  });
});

describe('a report', () => {
  it('is one line for each finding, whatever its text', () => {
    const path = '/etc/dockunit/a\nb.yaml';
    const finding = { code: 'x', message: 'a\u001b[31m\nb', remedy: 'mend it' };
    const diagnostics = [
      { ...finding, severity: 'error', position: { file: path, line: 3, column: 5 }, path: 'services.web' },
      { ...finding, severity: 'warning' },
      { ...finding, severity: 'note' },
    ] as const;
    expect(reportLines({ path, diagnostics })).toEqual([
      '<3>/etc/dockunit/a\\x0ab.yaml:3:5 services.web: error: a\\x1b[31m\\x0ab -> mend it',
      '<4>/etc/dockunit/a\\x0ab.yaml: warning: a\\x1b[31m\\x0ab -> mend it',
    ]);
  });

  it('is parsed back', () => {
    const path = '/etc/dockunit/shop.yaml';
    const position = { file: path, line: 3, column: 5 };
    const finding = { severity: 'error', code: 'x', message: 'a: b', remedy: 'mend it' } as const;
    const lines = reportLines({ path, diagnostics: [{ ...finding, position, path: 'services.web' }] });
    expect(lines.map(parseReport)).toEqual([
      { severity: 'error', where: `${path}:3:5 services.web`, message: 'a: b', remedy: 'mend it' },
    ]);
    expect(parseReport('something else')).toBeUndefined();
  });
});
