import { describe, expect, it } from 'vitest';
import type { Service } from '../../src/compose/project.ts';
import { compileProject } from '../../src/units/compile.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import { dockunitField, namesOf } from '../../src/units/unit-set.ts';
import { attachment, codes, compile, project, service, target, unitOf } from './project-builder.ts';

const on = (condition: 'service_started' | 'service_healthy' | 'service_completed_successfully') =>
  new Map([['web', { condition, required: true, restart: false }]]);
const port = (published?: string) =>
  ({ target: 80, protocol: 'tcp', ...(published !== undefined && { published }) }) as const;
const scaled = (fields: Partial<Service> = {}): Service => service('web', { scale: 2, ...fields });

describe('a service of two containers', () => {
  const instances = ['shop-web@1.service', 'shop-web@2.service'];

  it('is two units with a container each, and the target wants both', () => {
    const set = compile(project([scaled()]));
    expect(set.units.filter(({ kind }) => kind === 'container').map(({ name }) => name)).toEqual(instances);
    expect(instances.map((name) => dockunitField(unitOf(set, name), 'Container'))).toEqual([
      'shop-web-1',
      'shop-web-2',
    ]);
    expect(namesOf(unitOf(set, 'shop.target'), 'Wants')).toEqual(instances);
    expect(set.units.filter(({ kind }) => kind === 'image')).toHaveLength(1);
    const second = serialiseUnit(unitOf(set, 'shop-web@2.service'));
    expect(second).toContain('--name shop-web-2');
    expect(second).toContain('--label dockunit.unit=shop-web@2.service');
    expect(second).toContain('--network-alias web');
  });

  it.each([
    ['service_started', []],
    ['service_healthy', ['shop-web-healthy.service']],
    ['service_completed_successfully', ['shop-web-completed.service']],
  ] as const)('is waited for as a whole: %s', (condition, gates) => {
    const set = compile(project([scaled(), service('app', { dependsOn: on(condition) })]));
    const app = unitOf(set, 'shop-app.service');
    expect(namesOf(app, 'After')).toEqual(expect.arrayContaining([...instances, ...gates]));
    for (const name of gates) {
      const gate = unitOf(set, name);
      expect(namesOf(gate, 'Requires')).toEqual(expect.arrayContaining(instances));
      expect(serialiseUnit(gate).match(/^ExecStart=.* shop-web-[12]( \d+)?$/gm)).toHaveLength(2);
    }
  });

  it('has an anonymous volume for each container, and links to it reach both', () => {
    const mount = { type: 'volume', target: '/data', readOnly: false, noCopy: false } as const;
    const linked = service('app', { links: [{ service: 'web', alias: 'db' }] });
    const set = compile(project([scaled({ volumes: [mount] }), linked]));
    const [one, two] = instances.map(
      (name) => /--mount type=volume,source=([^,]+)/.exec(serialiseUnit(unitOf(set, name)))?.[1],
    );
    expect(one).toMatch(/^shop_web_/);
    expect(two).not.toBe(one);
    const app = serialiseUnit(unitOf(set, 'shop-app.service'));
    expect(app).toContain('--link shop-web-1:db');
    expect(app).toContain('--link shop-web-2:db');
  });

  it.each<[string, Partial<Service>, readonly string[]]>([
    ['a name', { containerName: 'web' }, ['replicas-share']],
    ['a port', { ports: [port('8000')] }, ['replicas-share']],
    ['too short a range', { scale: 3, ports: [port('8000-8001')] }, ['replicas-share']],
    [
      'an address',
      { networks: new Map([['default', attachment({ ipv4Address: '172.30.0.2' })]]) },
      ['replicas-share'],
    ],
    ['a range long enough, and any port', { ports: [port('8000-8001'), port()] }, []],
  ])('cannot share %s', (_what, fields, expected) => {
    expect(codes(project([scaled(fields)]))).toEqual(expected);
  });

  it('collides with a service of the same container', () => {
    expect(codes(project([scaled(), service('web-1')]))).toEqual(['container-name-collision']);
  });
});

it('a service without containers has no unit, delays no other, and gets a note', () => {
  const app = service('app', { dependsOn: on('service_healthy') });
  const { value, diagnostics } = compileProject(project([scaled({ scale: 0 }), app]), target);
  expect(value?.units.filter(({ name }) => name.includes('web'))).toEqual([]);
  expect(value?.units.map(serialiseUnit).join('')).not.toContain('shop-web');
  expect(diagnostics.map(({ severity, code }) => [severity, code])).toEqual([['note', 'no-replicas']]);
});

it('the restart policy of deploy sets the delay, without growing delays', () => {
  const restart = { policy: 'on-failure', retries: 3, delay: 5_000_000, window: 60_000_000 } as const;
  const unit = unitOf(
    compile(project([service('web', { restart })]), { ...target, systemd: 257 }),
    'shop-web.service',
  );
  const text = serialiseUnit(unit);
  for (const line of [
    'Restart=on-failure',
    'RestartSec=5000000us',
    'RestartSteps=0',
    'RestartMaxDelaySec=infinity',
    'StartLimitIntervalSec=60000000us',
    'StartLimitBurst=4',
  ]) {
    expect(text).toMatch(new RegExp(`^${line}$`, 'm'));
  }
});
