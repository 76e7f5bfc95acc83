/** Builds Projects for tests of the compiler, with everything absent that a test does not name. */
import type { Network, NetworkAttachment, Project, Service, Volume } from '../../src/spec/project.ts';
import type { Target } from '../../src/units/unit-set.ts';

export const target: Target = { scope: 'system', systemd: 252, docker: 20, directory: '/etc/systemd/system' };

const none = { Unit: [], Service: [], Install: [] };

export const attachment = (fields: Partial<NetworkAttachment> = {}): NetworkAttachment => ({
  aliases: [],
  linkLocalIps: [],
  priority: 0,
  ...fields,
});

export function service(name: string, fields: Partial<Service> = {}): Service {
  return {
    name,
    keys: ['image'],
    image: 'app:1',
    environment: new Map(),
    ports: [],
    volumes: [],
    networks: new Map([['default', attachment()]]),
    links: [],
    dependsOn: new Map(),
    labels: new Map(),
    tmpfs: [],
    capAdd: [],
    capDrop: [],
    devices: [],
    extraHosts: [],
    dns: [],
    ulimits: new Map(),
    systemd: none,
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
    named: true,
    directory: '/srv/shop',
    files: ['/srv/shop/compose.yaml'],
    services: new Map(services.map((entry) => [entry.name, entry])),
    networks: new Map([['default', network('default')]]),
    volumes: new Map(),
    systemd: none,
    where: (path) => ({ file: '/srv/shop/compose.yaml', line: path.split('.').length, column: 1 }),
    ...fields,
  };
}
