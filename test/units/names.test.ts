import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meaningOf } from '../../src/session/select-units.ts';
import { installedUnits } from '../../src/session/installed-units.ts';
import type { LookupScope } from '../../src/session/default-project.ts';
import type { Dependency, Service } from '../../src/compose/project.ts';
import { compileProject } from '../../src/units/compile.ts';
import { isReserved } from '../../src/units/reserved-names.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import { dockunitField, namesOf } from '../../src/units/unit-set.ts';
import { codes, compile, project, service, target, unitOf } from './project-builder.ts';

/** No Compose file is here. */
const elsewhere: LookupScope = {
  scope: 'system',
  purpose: 'change',
  files: [],
  isExplicit: false,
  directory: '/elsewhere',
  real: (path) => path,
};
const healthy: Dependency = { condition: 'service_healthy', required: true, restart: false };
const reserved = ['cron', 'ssh', 'init', 'dbus', 'docker', 'user', 'systemd-journald', 'initrd-x'] as const;

describe('a service named like an essential unit of the host, in a file without a name', () => {
  const used = (name: string, fields: Partial<Service> = {}): Service[] => [
    service(name, { dockunit: { onUnhealthy: 'restart' }, ...fields }),
    service('web', { dependsOn: new Map([[name, healthy]]) }),
  ];

  it('gets the prefix of the project on its units alone, with a note', () => {
    const input = project(used('cron'), { isNamed: false });
    const set = compile(input);
    expect(set.units.map(({ name }) => name)).toEqual([
      'shop-cron-healthy.service',
      'shop-cron-image.service',
      'shop-cron-watch.service',
      'shop-cron.service',
      'shop-net-default.service',
      'shop.slice',
      'shop.target',
      'web-image.service',
      'web.service',
    ]);
    expect(namesOf(unitOf(set, 'web.service'), 'Requires')).toContain('shop-cron.service');
    expect(compileProject(input, target).diagnostics).toMatchObject([
      { severity: 'note', code: 'unit-name-prefixed', path: 'services.cron' },
    ]);
  });

  it('keeps the names of its containers, and verbs accept its own name', () => {
    fc.assert(
      fc.property(fc.constantFrom(...reserved), fc.integer({ min: 1, max: 3 }), (name, scale) => {
        const set = compile(project(used(name, { scale }), { isNamed: false }));
        const containers = set.units.filter((unit) => dockunitField(unit, 'Service') === name);
        expect(set.units.filter((unit) => isReserved(unit.name))).toEqual([]);
        expect(
          containers
            .filter(({ kind }) => kind === 'container')
            .map((unit) => dockunitField(unit, 'Container')),
        ).toEqual(scale === 1 ? [name] : Array.from({ length: scale }, (_, at) => `${name}-${at + 1}`));
        const installed = installedUnits(
          set.units.map((unit) => ({ name: unit.name, path: `/u/${unit.name}`, text: serialiseUnit(unit) })),
        );
        const meaning = meaningOf(name, installed, elsewhere);
        expect(meaning.kind).toBe('units');
        expect(meaning.kind === 'units' && meaning.units).toHaveLength(scale);
      }),
    );
  });

  it('may coexist with a service of that very name', () => {
    const input = project([service('cron'), service('shop-cron')], { isNamed: false });
    expect(codes(input)).toEqual(['unit-name-prefixed', 'unit-name-collision']);
  });

  it.each(reserved)('%s keeps its name where the project has a name', (name) => {
    expect(codes(project([service(name)]))).toEqual([]);
  });
});

it('a project whose own units would be the host’s is refused', () => {
  expect(codes(project([service('web')], { name: 'systemd' }))).toContain('unit-name-reserved');
  expect(codes(project([service('web')], { name: 'multi-user', isNamed: false }))).toEqual([
    'unit-name-reserved',
  ]);
});
