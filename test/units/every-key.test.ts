import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ServiceKey, serviceKeys } from '../../src/compose/keys.ts';
import { loadProject } from '../../src/compose/load.ts';
import { compileProject } from '../../src/units/compile.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import { target } from './project-builder.ts';

/** For every key a value that changes something, if the key is heeded at all. */
const values = {
  annotations: { a: 'b' },
  attach: false,
  blkio_config: { weight: 300 },
  build: { context: '.', args: { A: 'b' } },
  cap_add: ['NET_ADMIN'],
  cap_drop: ['ALL'],
  cgroup: 'host',
  cgroup_parent: 'm.slice',
  command: ['run', 'this'],
  configs: ['site'],
  container_name: 'other',
  cpu_count: 2,
  cpu_percent: 50,
  cpu_period: 50_000,
  cpu_quota: 20_000,
  cpu_rt_period: 1000,
  cpu_rt_runtime: 900,
  cpu_shares: 512,
  cpus: 1.5,
  cpuset: '0,1',
  credential_spec: { file: 'x.json' },
  depends_on: ['db'],
  deploy: { resources: { limits: { pids: 7 } } },
  develop: { watch: [{ path: '.', action: 'rebuild' }] },
  device_cgroup_rules: ['c 1:3 mr'],
  devices: ['/dev/null:/dev/x'],
  dns: ['10.0.0.1'],
  dns_opt: ['use-vc'],
  dns_search: ['lan'],
  domainname: 'lan',
  entrypoint: ['entry'],
  env_file: ['vars.env'],
  environment: { KEY: 'value' },
  expose: ['81'],
  extends: { service: 'db' },
  external_links: ['theirs:alias'],
  extra_hosts: ['h:1.2.3.4'],
  gpus: 'all',
  group_add: ['audio'],
  healthcheck: { test: ['CMD', 'true'] },
  hostname: 'box',
  image: 'other:2',
  init: true,
  ipc: 'shareable',
  isolation: 'process',
  label_file: ['labels.env'],
  labels: { l: 'v' },
  links: ['db:store'],
  logging: { driver: 'local' },
  mac_address: '02:42:ac:11:65:43',
  mem_limit: '64m',
  mem_reservation: '32m',
  mem_swappiness: 10,
  memswap_limit: '1g',
  models: ['llm'],
  network_mode: 'host',
  networks: ['back'],
  oom_kill_disable: true,
  oom_score_adj: 100,
  pid: 'host',
  pids_limit: 9,
  platform: 'linux/arm64',
  ports: ['8080:80'],
  post_start: [{ command: ['x'] }],
  pre_stop: [{ command: ['x'] }],
  privileged: true,
  profiles: ['debug'],
  provider: { type: 'x' },
  pull_policy: 'always',
  pull_refresh_after: '1h',
  read_only: true,
  restart: 'no',
  runtime: 'runc',
  scale: 2,
  secrets: ['token'],
  security_opt: ['no-new-privileges'],
  shm_size: '64m',
  stdin_open: true,
  stop_grace_period: '3s',
  stop_signal: 'SIGINT',
  storage_opt: { size: '1G' },
  sysctls: { 'net.core.somaxconn': 1024 },
  tmpfs: ['/run'],
  tty: true,
  ulimits: { nofile: 99 },
  use_api_socket: true,
  user: '1:1',
  userns_mode: 'host',
  uts: 'host',
  volumes: ['/srv:/srv'],
  volumes_from: ['db'],
  working_dir: '/w',
} satisfies Record<ServiceKey, unknown>;

/** Keys a random base may have: none excludes another. */
const harmless = ['command', 'environment', 'labels', 'user', 'init', 'dns', 'tmpfs', 'stop_signal'] as const;

interface Outcome {
  /** All that would be written; undefined where errors forbid it. */
  readonly text: string | undefined;
  /** Paths of the findings. */
  readonly found: readonly string[];
}

function compileWith(service: object): Outcome {
  const spec = {
    services: { web: { image: 'app:1', ...service }, db: { image: 'db:1', labels: { from: 'db' } } },
    networks: { back: {} },
    configs: { site: { content: 'hello' } },
    secrets: { token: { content: 'hush' } },
  };
  const loaded = loadProject({
    files: [{ path: '/srv/shop/compose.yaml', text: JSON.stringify(spec) }],
    directory: '/srv/shop',
    dotenv: [],
    environment: new Map(),
    readFile: () => ({ ok: true, text: 'FROM_FILE=yes\n' }),
  });
  const project = loaded.value ?? loaded.partial;
  const compiled = project && compileProject(project, { ...target, docker: 28 });
  const set = compiled?.value;
  return {
    text: set && JSON.stringify([set.units.map(serialiseUnit), set.files]),
    found: [...loaded.diagnostics, ...(compiled?.diagnostics ?? [])].map(({ path }) => path ?? ''),
  };
}

describe('no key of a service is dropped silently', () => {
  it.each(serviceKeys)('%s', (key) => {
    fc.assert(
      fc.property(fc.subarray([...harmless]), (others) => {
        const base = Object.fromEntries(
          others.filter((other) => other !== key).map((other) => [other, values[other]]),
        );
        const without = compileWith(base);
        const withKey = compileWith({ ...base, [key]: values[key] });
        const told = withKey.found.some((path) => path.startsWith(`services.web.${key}`));
        expect(without.text).toBeDefined();
        expect(told || (withKey.text !== undefined && withKey.text !== without.text)).toBe(true);
      }),
      { numRuns: 5 },
    );
  });
});
