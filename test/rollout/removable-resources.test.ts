/** What of docker's goes with a project, by the labels that its units give: never what another one made under the name. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectRemovable } from '../../src/rollout/removable-resources.ts';
import { compareUnits } from '../../src/rollout/compare-units.ts';
import { networkOf, volumeOf } from '../../src/session/gone-resources.ts';
import { type Labels, ownHashTemplate, printOwnHash } from '../../src/units/resource-owner.ts';
import { valuesOf } from '../../src/units/unit-set.ts';
import type { Argument, Target, Unit, UnitSet } from '../../src/units/unit-set.ts';
import { parseUnit } from '../../src/units/unit-file.ts';
import { compile, network, project, service, target, unitOf, volume } from '../units/project-builder.ts';
import { install } from './installed.ts';

const userTarget: Target = { ...target, scope: 'user' };
const shop = (source: string, into: Target, name = 'shop'): UnitSet =>
  compile(
    project(
      [
        service('db', {
          volumes: [{ type: 'volume', source: 'data', target: '/d', readOnly: false, noCopy: false }],
        }),
      ],
      {
        name,
        files: [source],
        volumes: new Map([['data', volume('data')]]),
        networks: new Map([['default', network('default')]]),
        where: () => ({ file: source, line: 1, column: 1 }),
      },
    ),
    into,
  );

/** The labels of what the unit makes, as docker has them when a manager of that user has run it. */
function labelsOf(unit: Unit, uid: string): Labels {
  const [value] = valuesOf(unit, 'Service', 'ExecStart');
  const argv = value?.kind === 'exec' ? value.command.argv : [];
  const text = (word: Argument): string =>
    typeof word === 'string' ? word : word.map((part) => (typeof part === 'string' ? part : uid)).join('');
  const words = argv.map(text);
  const hash = words[4] ?? '';
  return new Map([
    ...words.flatMap((word, at): [string, string][] => {
      const [, key = '', label = ''] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
      return words[at - 1] === '--label' ? [[key, label]] : [];
    }),
    ...(unit.kind === 'network' ? [['dockunit.config', hash] as const] : []),
  ]);
}

interface Maker {
  readonly source: string;
  readonly user: string | undefined;
  readonly project: string;
}

const made = ({ source, user, project: name }: Maker): UnitSet =>
  shop(source, user === undefined ? target : userTarget, name);
const maker = fc.record({
  source: fc.constantFrom(
    '/srv/shop/compose.yaml',
    '/srv/other/compose.yaml',
    '/srv/100% "a b"/compose.yaml',
  ),
  user: fc.constantFrom(undefined, '1000', '1001'),
  project: fc.constantFrom('shop', 'blog'),
});
const namesOf = (units: readonly Unit[], kind: 'network' | 'volume'): readonly string[] =>
  units.flatMap((unit) => (kind === 'network' ? networkOf(unit)?.name : volumeOf(unit)) ?? []);
const found = (units: readonly Unit[], labels: (unit: Unit) => Labels) => ({
  networks: new Map(
    units.flatMap((unit) => namesOf([unit], 'network').map((name) => [name, labels(unit)] as const)),
  ),
  volumes: new Map(
    units.flatMap((unit) => namesOf([unit], 'volume').map((name) => [name, labels(unit)] as const)),
  ),
});

describe('remove --volumes', () => {
  it('removes the volumes that its own units created, and no others', () => {
    fc.assert(
      fc.property(maker, maker, (one, other) => {
        const { units } = made(one);
        const foreign = made(other).units;
        const there = found(units, (unit) => {
          const like = foreign.find(({ kind }) => kind === unit.kind) ?? unit;
          return labelsOf(like, other.user ?? '0');
        });
        const removal = selectRemovable({ units, ...there, user: one.user, withVolumes: true });
        const isSame =
          one.source === other.source && one.user === other.user && one.project === other.project;
        expect(removal.volumes).toEqual(isSame ? namesOf(units, 'volume') : []);
        expect(removal.networks).toEqual(isSame ? namesOf(units, 'network') : []);
        expect(removal.kept).toHaveLength(isSame ? 0 : 2);
      }),
    );
  });

  it.each([
    [
      [
        ['dockunit.unit', 'shop-vol-data.service'],
        ['dockunit.project', 'shop'],
      ],
      /older dockunit/,
    ],
    [[], /dockunit did not make it/],
    [
      [
        ['dockunit.project', 'shop'],
        ['dockunit.source', '/srv/first/compose.yaml'],
        ['dockunit.user', '1000'],
      ],
      /it is of \/srv\/first\/compose.yaml \(project shop, user 1000\)/,
    ],
  ] as const)('keeps a volume with the labels %j, and says why', (labels, why) => {
    const { units } = shop('/srv/shop/compose.yaml', target);
    const volumes = new Map([['shop_data', new Map<string, string>(labels)]]);
    const removal = selectRemovable({
      units,
      networks: new Map(),
      volumes,
      user: undefined,
      withVolumes: true,
    });
    expect(removal.volumes).toEqual([]);
    expect(removal.kept).toMatchObject([
      { what: 'volume', name: 'shop_data', remedy: 'docker volume rm shop_data' },
    ]);
    expect(removal.kept[0]?.why).toMatch(why);
  });

  it('does not name volumes that do not exist', () => {
    const { units } = shop('/srv/shop/compose.yaml', target);
    const nothing = { networks: new Map<string, Labels>(), volumes: new Map<string, Labels>() };
    expect(selectRemovable({ units, ...nothing, user: undefined, withVolumes: true })).toEqual({
      networks: [],
      volumes: [],
      kept: [],
    });
  });
});

describe('a network', () => {
  it('is recreated by its own units alone, by the template as by the supervisor', () => {
    fc.assert(
      fc.property(maker, maker, (one, other) => {
        const into = one.user === undefined ? target : userTarget;
        const parts = ownHashTemplate(one.project, into);
        const template =
          typeof parts === 'string'
            ? parts
            : parts.map((part) => (typeof part === 'string' ? part : one.user)).join('');
        const unit = unitOf(made(other), `${other.project}-net-default.service`);
        const labels = labelsOf(unit, other.user ?? '0');
        const isSame = one.user === other.user && one.project === other.project;
        expect(printOwnHash(template, labels)).toBe(isSame ? labels.get('dockunit.config') : '');
      }),
    );
  });

  it('or a volume that differs only in its owner restarts nothing', () => {
    const before = install(shop('/srv/first/compose.yaml', target));
    const older = {
      ...before,
      units: before.units.map(({ text, unit: { name } }) => {
        const old = text
          .replace(/ --label (")?dockunit\.source=[^\s"]+"?/g, '')
          .replace(/\{\{if and.*?\{\{end\}\}/, '{{index .Labels "dockunit.config"}}');
        return { text: old, unit: parseUnit(name, old) as Unit };
      }),
    };
    for (const installed of [before, older]) {
      const changes = compareUnits(installed, shop('/srv/shop/compose.yaml', target)).filter(
        ({ kind }) => kind === 'network' || kind === 'volume',
      );
      const needs = changes.flatMap((change) =>
        change.change === 'changed' ? change.details.map(({ need }) => need) : [],
      );
      expect(needs.length).toBeGreaterThanOrEqual(2);
      expect(needs).not.toContain('restart');
    }
  });
});
