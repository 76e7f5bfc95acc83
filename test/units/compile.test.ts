import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildKeys,
  deployKeys,
  fileObjectKeys,
  networkKeys,
  serviceKeys,
  topLevelKeys,
  volumeKeys,
} from '../../src/compose/keys.ts';
import type { Dependency, Project, Service } from '../../src/compose/project.ts';
import { compileProject } from '../../src/units/compile.ts';
import {
  networkKeyRules,
  serviceKeyRules,
  topLevelKeyRules,
  volumeKeyRules,
} from '../../src/units/fields.ts';
import { buildKeyRules, deployKeyRules, fileObjectKeyRules } from '../../src/units/nested-key-rules.ts';
import { parseUnit, serialiseUnit } from '../../src/units/unit-file.ts';
import { type Unit, dockunitField, namesOf, valuesOf } from '../../src/units/unit-set.ts';
import { loadText } from '../compose/load-text.ts';
import {
  attachment,
  codes,
  compile,
  network,
  project,
  service,
  target,
  unitOf,
  valueFiles,
  volume,
} from './project-builder.ts';

const words = (unit: Unit, key: string): readonly string[] =>
  valuesOf(unit, 'Service', key).map((value) => (value.kind === 'word' ? value.word : value.kind));
const on = (fields: Partial<Dependency> = {}): Dependency => ({
  condition: 'service_started',
  required: true,
  restart: false,
  ...fields,
});

describe('the tables of rules', () => {
  it.each([
    ['service', serviceKeyRules, serviceKeys],
    ['network', networkKeyRules, networkKeys],
    ['volume', volumeKeyRules, volumeKeys],
    ['build', buildKeyRules, buildKeys],
    ['deploy', deployKeyRules, deployKeys],
    ['config and secret', fileObjectKeyRules, fileObjectKeys],
    ['top level', topLevelKeyRules, topLevelKeys],
  ])('have a rule for every %s key', (_name, rules, keys) => {
    expect(Object.keys(rules).sort()).toEqual([...keys].sort());
  });

  it('report every refused key, at its place, and create no units', () => {
    for (const [key, rule] of Object.entries(serviceKeyRules)) {
      if (rule.kind !== 'refused') continue;
      const outcome = compileProject(project([service('web', { keys: ['image', key as never] })]), target);
      expect(outcome.value, key).toBeUndefined();
      expect(outcome.diagnostics.map(({ path, code }) => [path, code])).toEqual([
        [`services.web.${key}`, rule.code],
      ]);
    }
  });

  it.each([
    ['provider', 'provider-not-run', /plugin of docker compose/],
    ['models', 'models-not-served', /Docker Model Runner/],
    ['pull_refresh_after', 'pull-not-timed', /since the last pull/],
  ] as const)('report %s with its own code', (key, code, what) => {
    const input = project([service('web', { keys: ['image', key] })]);
    const { diagnostics } = compileProject(input, target);
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
    expect(diagnostics[0]?.message).toMatch(what);
  });

  it('do not require an image for a provided service', () => {
    const { value } = loadText({ 'compose.yaml': 'services: { ai: { provider: { type: x } } }' }, {});
    expect(value && codes(value)).toEqual(['provider-not-run']);
  });

  it('warn of a key without effect and continue', () => {
    const { value, diagnostics } = compileProject(
      project([service('web', { keys: ['image', 'develop'] })]),
      target,
    );
    expect(value).toBeDefined();
    expect(diagnostics.map(({ severity, code }) => [severity, code])).toEqual([
      ['warning', 'key-without-effect'],
    ]);
  });
});

describe('volumes', () => {
  it('that no service mounts are not created, as in docker compose', () => {
    const set = compile(project([service('web')], { volumes: new Map([['data', volume('data')]]) }));
    expect(set.units.filter(({ kind }) => kind === 'volume')).toEqual([]);
  });
});

describe('names', () => {
  it('have the prefix of a named project', () => {
    const data = { type: 'volume', source: 'data', target: '/d', readOnly: false, noCopy: false } as const;
    const volumes = new Map([['data', volume('data')]]);
    const set = compile(project([service('web', { volumes: [data] })], { volumes }));
    expect(set.units.map((unit) => unit.name)).toEqual([
      'shop-net-default.service',
      'shop-vol-data.service',
      'shop-web-image.service',
      'shop-web.service',
      'shop.slice',
      'shop.target',
    ]);
  });

  it('are plain without a name, except those that are no services', () => {
    const set = compile(project([service('web')], { isNamed: false }));
    expect(set.units.map((unit) => unit.name)).toEqual([
      'shop-net-default.service',
      'shop.slice',
      'shop.target',
      'web-image.service',
      'web.service',
    ]);
  });

  it.each(['a', '-web', '.web', 'wéb'])('refuse %j, as Docker does', (name) => {
    expect(codes(project([service(name)], { isNamed: false }))).toContain('container-name-invalid');
  });

  it('refuse 300 characters, as systemd does', () => {
    expect(codes(project([service('w'.repeat(300))]))).toContain('unit-name-too-long');
  });

  it('refuse two services that would run as one container', () => {
    expect(
      codes(project([service('one', { containerName: 'same' }), service('two', { containerName: 'same' })])),
    ).toEqual(['container-name-collision']);
  });

  it('refuse a service whose unit is another service’s gate', () => {
    const services = [
      service('db'),
      service('db-healthy'),
      service('web', { dependsOn: new Map([['db', on({ condition: 'service_healthy' })]]) }),
    ];
    expect(codes(project(services))).toContain('unit-name-collision');
  });
});

describe('depends_on', () => {
  const edges = (dependency: Dependency): Record<string, readonly string[]> => {
    const set = compile(
      project([service('db'), service('web', { dependsOn: new Map([['db', dependency]]) })]),
    );
    const web = unitOf(set, 'shop-web.service');
    const only = (key: string): readonly string[] => namesOf(web, key).filter((name) => name.includes('-db'));
    return { Requires: only('Requires'), Wants: only('Wants'), After: only('After'), PartOf: only('PartOf') };
  };
  const db = 'shop-db.service';

  it.each([
    ['started', on(), { Requires: [db], Wants: [], After: [db], PartOf: [] }],
    ['not required', on({ required: false }), { Requires: [], Wants: [db], After: [db], PartOf: [] }],
    ['restart', on({ restart: true }), { Requires: [db], Wants: [], After: [db], PartOf: [db] }],
    [
      'healthy',
      on({ condition: 'service_healthy' }),
      {
        Requires: [db],
        Wants: ['shop-db-healthy.service'],
        After: [db, 'shop-db-healthy.service'],
        PartOf: [],
      },
    ],
    [
      'completed',
      on({ condition: 'service_completed_successfully' }),
      {
        Requires: [db, 'shop-db-completed.service'],
        Wants: [],
        After: [db, 'shop-db-completed.service'],
        PartOf: [],
      },
    ],
  ])('%s becomes edges of systemd', (_what, dependency, expected) => {
    expect(edges(dependency)).toEqual(expected);
  });

  it('writes no unused gate', () => {
    const set = compile(project([service('db'), service('web', { dependsOn: new Map([['db', on()]]) })]));
    expect(set.units.filter((unit) => unit.kind === 'gate')).toEqual([]);
  });
});

describe('restart', () => {
  const directives = (fields: Partial<Service>, to = target): Record<string, readonly string[]> => {
    const unit = unitOf(compile(project([service('web', fields)]), to), 'shop-web.service');
    const limit = valuesOf(unit, 'Unit', 'StartLimitBurst').map((value) =>
      value.kind === 'word' ? value.word : '',
    );
    return {
      Restart: words(unit, 'Restart'),
      RestartSteps: words(unit, 'RestartSteps'),
      StartLimitBurst: limit,
    };
  };

  it.each([
    [{}, 'always', []],
    [{ restart: { policy: 'always' } as const }, 'always', []],
    [{ restart: { policy: 'unless-stopped' } as const }, 'always', []],
    [{ restart: { policy: 'no' } as const }, 'no', []],
    [{ restart: { policy: 'on-failure' } as const }, 'on-failure', []],
    [{ restart: { policy: 'on-failure', retries: 3 } as const }, 'on-failure', ['4']],
  ])('%j becomes Restart=%s', (fields, restart, burst) => {
    expect(directives(fields)).toEqual({ Restart: [restart], RestartSteps: [], StartLimitBurst: burst });
  });

  it('uses growing delays only where systemd knows them', () => {
    expect(directives({}, { ...target, systemd: 254 }).RestartSteps).toEqual(['5']);
  });

  it('does not restart a service whose completion others wait for', () => {
    const services = [
      service('job', { restart: { policy: 'always' } }),
      service('web', { dependsOn: new Map([['job', on({ condition: 'service_completed_successfully' })]]) }),
    ];
    const job = unitOf(compile(project(services)), 'shop-job.service');
    expect([words(job, 'Restart'), words(job, 'RemainAfterExit')]).toEqual([['no'], ['yes']]);
  });

  it.each<[string, Partial<Service>, string]>([
    ['a job', {}, 'no'],
    ['a job that may be tried again', { restart: { policy: 'on-failure', retries: 2 } }, 'on-failure'],
    ['a job whatever else it says', { restart: { policy: 'always' } }, 'no'],
  ])('runs %s once', (_what, fields, restart) => {
    const input = project([service('job', { isJob: true, ...fields })]);
    const job = unitOf(compile(input), 'shop-job.service');
    expect([words(job, 'Restart'), words(job, 'RemainAfterExit')]).toEqual([[restart], ['yes']]);
    expect(codes(input)).toEqual(fields.restart?.policy === 'always' ? ['job-restart'] : []);
  });
});

describe('a compiled set', () => {
  const full = (): Project =>
    project(
      [
        service('db', {
          volumes: [{ type: 'volume', source: 'data', target: '/d', readOnly: false, noCopy: false }],
        }),
        service('web', {
          environment: new Map([
            ['B', 'hush'],
            ['A', 'one\nhush'],
          ]),
          dependsOn: new Map([['db', on({ condition: 'service_healthy' })]]),
          networks: new Map([
            ['back', attachment()],
            ['default', attachment({ priority: 5 })],
          ]),
        }),
      ],
      {
        networks: new Map([
          ['back', network('back')],
          ['default', network('default')],
        ]),
        volumes: new Map([['data', volume('data')]]),
      },
    );

  it('reads back unchanged, unit by unit', () => {
    for (const unit of compile(full()).units) {
      const back = parseUnit(unit.name, serialiseUnit(unit));
      expect(back && serialiseUnit(back)).toBe(serialiseUnit(unit));
      expect(back?.kind).toBe(unit.kind);
    }
  });

  it('has the same bytes in any order of the services', () => {
    const services = [...full().services.values()];
    fc.assert(
      fc.property(fc.shuffledSubarray(services, { minLength: services.length }), (shuffled) => {
        const base = full();
        const shuffledProject = { ...base, services: new Map(shuffled.map((each) => [each.name, each])) };
        expect(compile(shuffledProject)).toEqual(compile(base));
      }),
    );
  });

  it('says in each unit which project and service it belongs to', () => {
    for (const unit of compile(full()).units) {
      expect(dockunitField(unit, 'Project')).toBe('shop');
      expect(dockunitField(unit, 'Kind')).toBe(unit.kind);
      expect(dockunitField(unit, 'ConfigHash')).toMatch(/^[0-9a-f]{16}$/);
    }
  });

  it('keeps values out of the units and in files that only root can read', () => {
    const set = compile(full());
    expect(valueFiles(set).map(({ name, mode }) => [name, mode])).toEqual([
      ['shop-web.env', 0o600],
      ['shop-web.multiline.env', 0o600],
    ]);
    expect(set.units.map(serialiseUnit).join('\n')).not.toMatch(/hush/);
  });

  it('connects further networks one by one, the highest priority first', () => {
    const text = serialiseUnit(unitOf(compile(full()), 'shop-web.service'));
    expect(text).toContain('--network shop_default');
    expect(text).toContain('docker network connect --alias web shop_back shop-web');
  });
});
