/** Builds Projects for tests of the compiler, with everything absent that a test does not name. */
import type { Network, NetworkAttachment, Project, Service, Volume } from '../../src/compose/project.ts';
import { emptyService } from '../../src/compose/normalise-service.ts';
import { noSystemd } from '../../src/compose/normalise-systemd.ts';
import { compileProject } from '../../src/units/compile.ts';
import type { Target, Unit, UnitSet } from '../../src/units/unit-set.ts';

export const target: Target = { scope: 'system', systemd: 252, docker: 20, directory: '/etc/systemd/system' };

export const attachment = (fields: Partial<NetworkAttachment> = {}): NetworkAttachment => ({
  aliases: [],
  linkLocalIps: [],
  priority: 0,
  ...fields,
});

export function service(name: string, fields: Partial<Service> = {}): Service {
  return {
    ...emptyService(name),
    keys: ['image'],
    image: 'app:1',
    networks: new Map([['default', attachment()]]),
    ...fields,
  };
}

export function network(key: string, fields: Partial<Network> = {}): Network {
  return {
    key,
    name: `shop_${key}`,
    external: false,
    driverOpts: new Map(),
    internal: false,
    attachable: false,
    enableIpv6: false,
    ipam: { options: new Map(), pools: [] },
    labels: new Map(),
    ...fields,
  };
}

export function volume(key: string, fields: Partial<Volume> = {}): Volume {
  return { key, name: `shop_${key}`, external: false, driverOpts: new Map(), labels: new Map(), ...fields };
}

export function project(services: readonly Service[], fields: Partial<Project> = {}): Project {
  return {
    name: 'shop',
    isNamed: true,
    directory: '/srv/shop',
    files: ['/srv/shop/compose.yaml'],
    services: new Map(services.map((entry) => [entry.name, entry])),
    networks: new Map([['default', network('default')]]),
    volumes: new Map(),
    configs: new Map(),
    secrets: new Map(),
    systemd: { ...noSystemd, Slice: [] },
    where: (path) => ({ file: '/srv/shop/compose.yaml', line: path.split('.').length, column: 1 }),
    ...fields,
  };
}

/** The units of a project; throws with the findings where there are none. */
export function compile(input: Project, to: Target = target): UnitSet {
  const { value, diagnostics } = compileProject(input, to);
  if (value === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
  return value;
}

/** The unit of that name in the set; throws where there is none. */
export const unitOf = (set: UnitSet, name: string): Unit => {
  const unit = set.units.find((candidate) => candidate.name === name);
  if (unit === undefined)
    throw new Error(`no ${name} among ${set.units.map((each) => each.name).join(', ')}`);
  return unit;
};

/** What the compiler finds, by code. */
export const codes = (input: Project): readonly string[] =>
  compileProject(input, target).diagnostics.map(({ code }) => code);

/** The files of the set that hold values of the Compose file: all but the script, which is the same for every project. */
export function valueFiles({ files }: UnitSet): UnitSet['files'] {
  return files.filter(({ name }) => !name.endsWith('-run.sh'));
}
