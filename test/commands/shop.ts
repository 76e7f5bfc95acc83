/** Installed units for tests: two projects, `shop` with a name and `todo` without, as they are compiled. */
import type { UnitState } from '../../src/model/ports.ts';
import type { UnitFileText } from '../../src/host/units/unit-directories.ts';
import { installedUnits } from '../../src/session/installed-units.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import { compileSpec } from '../rollout/installed.ts';

interface Sketch {
  readonly Kind: string;
  readonly Project: string;
  readonly Service?: string;
  readonly Container?: string;
  readonly Image?: string;
  readonly Unit?: readonly string[];
  readonly Run?: readonly string[];
  readonly Source?: string;
}

function file(name: string, { Unit = [], Run = [], ...identity }: Sketch): UnitFileText {
  const fields = Object.entries({ Source: `/srv/${identity.Project}/compose.yaml`, ...identity });
  const install = identity.Kind === 'container' || identity.Kind === 'target';
  const text = [
    '[Unit]',
    ...Unit,
    '[Service]',
    ...Run,
    ...(install ? ['[Install]', 'WantedBy=multi-user.target docker.service'] : []),
    '[X-Dockunit]',
    ...fields.map(([key, value]) => `${key}=${String(value)}`),
  ].join('\n');
  return { name, path: `/etc/systemd/system/${name}`, text };
}

/** The lines of [Service] of a unit as it is compiled. */
function compiledService(name: string): readonly string[] {
  const { units } = compileSpec({ name: 'shop', services: { web: { image: 'nginx:1' } } });
  const unit = units.find((one) => one.name === name);
  const own = unit?.sections.filter((section) => section.name === 'Service') ?? [];
  return serialiseUnit({ sections: own }).trim().split('\n').slice(1);
}

const always = ['Type=exec', 'Restart=always'];
const shop = { Project: 'shop' } as const;

export const shopFiles: readonly UnitFileText[] = [
  file('shop.target', {
    ...shop,
    Kind: 'target',
    Unit: ['Wants=shop-db.service shop-migrate.service shop-web.service'],
  }),
  file('shop-web.service', {
    ...shop,
    Kind: 'container',
    Service: 'web',
    Container: 'shop-web',
    Image: 'nginx:1',
    Unit: [
      'Requires=docker.service shop-net-default.service shop-db.service shop-migrate.service shop-migrate-completed.service',
      'Wants=shop-web-image.service shop-db-healthy.service',
      'After=docker.service shop-net-default.service shop-web-image.service shop-db.service shop-db-healthy.service shop-migrate-completed.service',
    ],
    Run: always,
  }),
  file('shop-web-image.service', {
    ...shop,
    Kind: 'image',
    Service: 'web',
    Image: 'nginx:1',
    Unit: ['Requires=docker.service'],
  }),
  file('shop-db.service', {
    ...shop,
    Kind: 'container',
    Service: 'db',
    Container: 'shop-db',
    Image: 'postgres:16',
    Unit: [
      'Requires=docker.service shop-net-default.service',
      'After=docker.service shop-net-default.service',
    ],
    Run: always,
  }),
  file('shop-db-healthy.service', {
    ...shop,
    Kind: 'gate',
    Service: 'db',
    Container: 'shop-db',
    Unit: ['Requires=docker.service shop-db.service', 'After=shop-db.service'],
  }),
  file('shop-migrate.service', {
    ...shop,
    Kind: 'container',
    Service: 'migrate',
    Container: 'shop-migrate',
    Unit: ['Requires=docker.service'],
    Run: ['Type=exec', 'Restart=no', 'RemainAfterExit=yes'],
  }),
  file('shop-migrate-completed.service', {
    ...shop,
    Kind: 'gate',
    Service: 'migrate',
    Container: 'shop-migrate',
    Unit: ['Requires=docker.service shop-migrate.service', 'After=shop-migrate.service'],
  }),
  file('shop-net-default.service', {
    ...shop,
    Kind: 'network',
    Unit: ['Requires=docker.service'],
    Run: compiledService('shop-net-default.service'),
  }),
];

export const todoFiles: readonly UnitFileText[] = [
  file('todo.target', { Project: 'todo', Kind: 'target', Unit: ['Wants=todo.service web.service'] }),
  file('todo.service', {
    Project: 'todo',
    Kind: 'container',
    Service: 'todo',
    Container: 'todo',
    Run: always,
  }),
  file('web.service', { Project: 'todo', Kind: 'container', Service: 'web', Container: 'web', Run: always }),
];

export const shopUnits = installedUnits(shopFiles);
export const bothUnits = installedUnits([...shopFiles, ...todoFiles]);
export const byName = new Map(bothUnits.map((unit) => [unit.name, unit]));

/** A unit that is up and well, unless the caller says otherwise. */
export function state(name: string, facts: Partial<UnitState> = {}): UnitState {
  return {
    name,
    loadState: 'loaded',
    activeState: 'active',
    subState: 'running',
    unitFileState: 'disabled',
    result: 'success',
    restarts: 0,
    since: Date.UTC(2025, 0, 31, 8),
    fragmentPath: `/etc/systemd/system/${name}`,
    ...facts,
  };
}

export function statesOf(...states: readonly UnitState[]): ReadonlyMap<string, UnitState> {
  return new Map(states.map((one) => [one.name, one]));
}
