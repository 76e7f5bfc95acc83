import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BuildKey, ServiceKey, VolumeKey } from '../../src/compose/keys.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import { type Unit, type UnitSet, namesOf, valuesOf } from '../../src/units/unit-set.ts';
import { compileText, setOf } from '../exactness/compile-services.ts';
import { compile, project, service, unitOf, volume } from './project-builder.ts';

/** Values of a key that have docker look at the path; [] where no value does. */
type Naming = (path: string) => readonly unknown[];
const none: Naming = () => [];

const serviceKeys = {
  blkio_config: (path) => [
    { weight_device: [{ path, weight: 300 }] },
    ...['device_read_bps', 'device_write_bps'].map((key) => ({ [key]: [{ path, rate: 1024 }] })),
    ...['device_read_iops', 'device_write_iops'].map((key) => ({ [key]: [{ path, rate: 1024 }] })),
  ],
  build: (path) => [path, { context: path }],
  configs: () => [['mine']],
  devices: (path) => [[`${path}:/dev/x`], [`${path}:/dev/x:rwm`], [{ source: path, target: '/dev/x' }]],
  logging: (path) => [
    { driver: 'syslog', options: { 'syslog-address': `unix://${path}` } },
    { driver: 'syslog', options: { 'syslog-tls-ca-cert': path } },
    { driver: 'fluentd', options: { 'fluentd-address': `unix://${path}` } },
    { driver: 'splunk', options: { 'splunk-capath': path } },
  ],
  runtime: (path) => [path],
  secrets: () => [['mine']],
  security_opt: (path) => [[`seccomp=${path}`], [`seccomp:${path}`]],
  volumes: (path) => [
    [`${path}:/data`],
    [`${path}:/data:ro`],
    [{ type: 'bind', source: path, target: '/data', bind: { create_host_path: false } }],
    ['bound:/data'],
  ],
  // Those that docker is handed have been read by then; those of a container are its own.
  ...{ env_file: none, extends: none, label_file: none, tmpfs: none, working_dir: none },
  // The other container waits, and this one for it.
  volumes_from: none,
  // Refused, or without effect.
  ...{ credential_spec: none, develop: none, isolation: none, models: none, provider: none },
  ...{ use_api_socket: none, cpu_count: none, cpu_percent: none, pull_refresh_after: none, attach: none },
  ...{ annotations: none, cap_add: none, cap_drop: none, cgroup: none, cgroup_parent: none, command: none },
  ...{ container_name: none, cpu_period: none, cpu_quota: none, cpu_rt_period: none, cpu_rt_runtime: none },
  ...{ cpu_shares: none, cpus: none, cpuset: none, depends_on: none, deploy: none, dns: none, dns_opt: none },
  ...{ device_cgroup_rules: none, dns_search: none, domainname: none, entrypoint: none, environment: none },
  ...{ expose: none, external_links: none, extra_hosts: none, gpus: none, group_add: none, hostname: none },
  ...{ healthcheck: none, image: none, init: none, ipc: none, labels: none, links: none, mac_address: none },
  ...{ mem_limit: none, mem_reservation: none, mem_swappiness: none, memswap_limit: none, networks: none },
  ...{ network_mode: none, oom_kill_disable: none, oom_score_adj: none, pid: none, pids_limit: none },
  ...{ platform: none, ports: none, post_start: none, pre_stop: none, privileged: none, profiles: none },
  ...{ pull_policy: none, read_only: none, restart: none, scale: none, shm_size: none, stdin_open: none },
  ...{ stop_grace_period: none, stop_signal: none, storage_opt: none, sysctls: none, tty: none },
  ...{ ulimits: none, user: none, userns_mode: none, uts: none },
} satisfies Record<ServiceKey, Naming>;

const volumeKeys = {
  driver_opts: (path) => [
    { type: 'none', o: 'bind', device: path },
    { type: 'none', o: 'bind,ro', device: path },
    { type: 'none', o: 'rbind', device: path },
    { type: 'ext4', device: path },
    { type: 'overlay', device: 'overlay', o: `lowerdir=/usr:${path},upperdir=/u,workdir=/w` },
    { mountpoint: path },
  ],
  ...{ driver: none, external: none, labels: none, name: none },
} satisfies Record<VolumeKey, Naming>;

const buildKeys = {
  additional_contexts: (path) => [{ more: path }],
  cache_from: (path) => [[`type=local,src=${path}`]],
  cache_to: (path) => [[`type=local,dest=${path}`]],
  context: (path) => [path],
  dockerfile: (path) => [path],
  secrets: () => [['mine']],
  ssh: (path) => [[`key=${path}`]],
  ...{ args: none, dockerfile_inline: none, entitlements: none, extra_hosts: none, isolation: none },
  ...{ labels: none, network: none, no_cache: none, no_cache_filter: none, platforms: none, pull: none },
  ...{ privileged: none, provenance: none, sbom: none, shm_size: none, tags: none, target: none },
  ulimits: none,
} satisfies Record<BuildKey, Naming>;

/** No white space around a name, and nothing at which a short form is split. */
const paths = fc
  .array(fc.stringMatching(/^[a-zA-Z0-9_%](?:[a-zA-Z0-9_% .-]{0,6}[a-zA-Z0-9_%])?$/), {
    minLength: 1,
    maxLength: 3,
  })
  .map((names) => `/sentinel/${names.join('/')}`);

function compileSpec(web: object, path: string, driverOpts: unknown): UnitSet {
  const spec = {
    services: { web: { image: 'app:1', ...web } },
    volumes: { bound: { driver_opts: driverOpts } },
    configs: { mine: { file: path } },
    secrets: { mine: { file: path } },
  };
  return setOf(
    compileText(JSON.stringify(spec), { systemd: 252, docker: 28 }, () => ({ ok: true, text: '' })),
  );
}

const awaited = (unit: Unit): readonly string[] =>
  valuesOf(unit, 'Unit', 'RequiresMountsFor').flatMap((value) => (value.kind === 'paths' ? value.paths : []));
/** Whether docker gets to see the path by a command of the unit, or mounts a volume that leads there. */
const names = (unit: Unit, path: string): boolean =>
  unit.sections
    .flatMap(({ directives }) => directives)
    .some(({ value }) => value.kind === 'exec' && value.command.argv.join('\0').includes(path));

describe('a host path in a key', () => {
  const cases = [
    ...Object.entries<Naming>(serviceKeys).map(([key, naming]) => ({
      key: `services.${key}`,
      naming,
      spec: (value: unknown) => ({ [key]: value }),
    })),
    ...Object.entries<Naming>(buildKeys).map(([key, naming]) => ({
      key: `build.${key}`,
      naming,
      spec: (value: unknown) => ({ build: { context: '/srv/app', [key]: value } }),
    })),
  ].filter(({ naming }) => naming('/x').length > 0);

  it.each(cases)('is required by each unit that passes it on: $key', ({ naming, spec }) => {
    fc.assert(
      fc.property(paths, (path) => {
        for (const value of naming(path)) {
          const { units } = compileSpec(spec(value), path, { type: 'none', o: 'bind', device: path });
          const naming = units.filter((unit) => names(unit, path));
          expect(naming).not.toEqual([]);
          for (const unit of naming) expect(awaited(unit), unit.name).toContain(path);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('is required by the volume whose device it is, and by each container that mounts that', () => {
    fc.assert(
      fc.property(paths, (path) => {
        for (const options of volumeKeys.driver_opts(path)) {
          const { units } = compileSpec({ volumes: ['bound:/data'] }, path, options);
          const mounting = units.filter(({ kind }) => kind === 'volume' || kind === 'container');
          expect(mounting).toHaveLength(2);
          for (const unit of mounting) expect(awaited(unit), unit.name).toContain(path);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('a volume on the network', () => {
  const compiledWith = (options: Readonly<Record<string, string>>, driver?: string): readonly Unit[] => {
    const mount = { type: 'volume', source: 'v', target: '/v', readOnly: false, noCopy: false } as const;
    const on = volume('v', {
      driverOpts: new Map(Object.entries(options)),
      ...(driver !== undefined && { driver }),
    });
    const set = compile(project([service('web', { volumes: [mount] })], { volumes: new Map([['v', on]]) }));
    return [unitOf(set, 'shop-vol-v.service'), unitOf(set, 'shop-web.service')];
  };

  it.each([
    [{ type: 'nfs', o: 'addr=10.0.0.1,rw', device: ':/export' }, undefined],
    [{ type: 'cifs', o: 'username=u,password=p', device: '//10.0.0.1/share' }, undefined],
    [{ type: 'none', o: 'bind,_netdev', device: '/mnt/share' }, 'local'],
    [{}, 'vieux/sshfs'],
  ])('waits for the network, and so do containers that mount it: %j', (options, driver) => {
    for (const unit of compiledWith(options, driver)) {
      expect(namesOf(unit, 'Wants')).toContain('network-online.target');
      expect(namesOf(unit, 'After')).toContain('network-online.target');
    }
  });

  it('differs from one on a disk of the host', () => {
    for (const unit of compiledWith({ type: 'none', o: 'bind', device: '/mnt/tank' })) {
      expect(serialiseUnit(unit)).not.toContain('network-online.target');
    }
  });
});
