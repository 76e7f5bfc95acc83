import { describe, expect, it } from 'vitest';
import type { Project, Service } from '../../src/compose/project.ts';
import { compileProject } from '../../src/units/compile.ts';
import { type Target, type UnitContainer, namesOf } from '../../src/units/unit-set.ts';
import { codes, compile, project, service, target, unitOf } from './project-builder.ts';

const gluetun: UnitContainer = { container: 'gluetun', unit: 'vpn-gluetun.service', project: 'vpn' };
const beside = (...others: UnitContainer[]): Target => ({ ...target, others });
const mode = { kind: 'container', container: 'gluetun' } as const;
const side = (fields: Partial<Service>, ...more: Service[]): Project =>
  project([service('indexer', { networks: new Map(), ...fields }), ...more]);

describe('a container that a service names', () => {
  it.each<[string, Partial<Service>]>([
    ['network_mode', { networkMode: mode }],
    ['ipc', { ipc: mode }],
    ['pid', { pid: mode }],
    ['volumes_from', { volumesFrom: [{ from: mode }] }],
    ['external_links', { externalLinks: [{ container: 'gluetun', alias: 'vpn' }] }],
  ])('by %s is a dependency where another project’s unit runs it', (key, fields) => {
    const unit = unitOf(compile(side(fields), beside(gluetun)), 'shop-indexer.service');
    for (const directive of ['Requires', 'After', 'PartOf'])
      expect(namesOf(unit, directive)).toContain('vpn-gluetun.service');
    const { diagnostics } = compileProject(side(fields), target);
    expect(diagnostics).toMatchObject([{ severity: 'warning', code: 'container-not-followed' }]);
    expect(diagnostics[0]?.path).toContain(`services.indexer.${key}`);
    expect(diagnostics[0]?.remedy).toContain('PartOf');
  });

  it('belongs to a service of the same file where one has the name', () => {
    const own = service('tunnel', { containerName: 'gluetun' });
    const unit = unitOf(compile(side({ networkMode: mode }, own), beside(gluetun)), 'shop-indexer.service');
    expect(namesOf(unit, 'Requires')).toContain('shop-tunnel.service');
    expect(namesOf(unit, 'Requires')).not.toContain('vpn-gluetun.service');
  });

  it('does not belong to an older state of the same project', () => {
    const { diagnostics } = compileProject(
      side({ networkMode: mode }),
      beside({ ...gluetun, project: 'shop' }),
    );
    expect(diagnostics.map(({ code }) => code)).toEqual(['container-not-followed']);
  });

  it('is left to the user where x-systemd names the dependencies of the service', () => {
    const Unit = [{ key: 'PartOf', value: 'vpn.service', path: 'services.indexer.x-systemd.Unit.PartOf' }];
    expect(codes(side({ networkMode: mode, systemd: { Unit, Service: [], Install: [] } }))).toEqual([]);
  });
});
