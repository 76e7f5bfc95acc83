/** What the supervisor asks Docker for, against what the docker client asks it for. */
import fc from 'fast-check';
import { stringify } from 'yaml';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makingCommands } from '../compose-parity/unit-commands.ts';
import { compileText, composeText, unitDirectory } from '../exactness/compile-services.ts';
import { randomService } from '../exactness/service-arbitrary.ts';
import { bundle } from './bundle.ts';
import type { Creation, Made } from './create-request-program.ts';
import { nullOrEmpty } from './client-versions.ts';
import { describeEachRoot } from './host-tier.ts';
import { makeImages } from './images.ts';
import { bootHost, type Host } from './throwaway-host.ts';

/** DOCKUNIT_SEED repeats a run. */
const seed = Number(process.env['DOCKUNIT_SEED'] ?? Date.now() % 2 ** 31);

/** Services as people write them: none of them takes a client. */
const plain = {
  nothing: { image: 'busybox:test' },
  web: {
    image: 'busybox:test',
    ports: ['8080:80', '127.0.0.1:5353:53/udp', '9000'],
    environment: { GREETING: 'it is $5 = five', EMPTY: '', LINES: 'one\ntwo', PATHEXT: null, GONE: null },
    volumes: ['data:/data', '/srv/web:/srv:ro', '/cache'],
    healthcheck: {
      test: ['CMD', 'true'],
      interval: '1m30s',
      timeout: '500ms',
      retries: 3,
      start_period: '5s',
    },
    labels: { 'org.example.a': 'b=c' },
    command: ['sleep', 'infinity'],
    entrypoint: ['/bin/sh', '-c'],
  },
  limited: {
    image: 'busybox:test',
    mem_limit: '64m',
    memswap_limit: '128m',
    cpus: 0.5,
    cpu_shares: 512,
    pids_limit: 50,
    shm_size: '32m',
    ulimits: { nofile: { soft: 100, hard: 200 }, core: 0 },
    oom_score_adj: 100,
    stop_grace_period: '3s',
    stop_signal: 'SIGINT',
  },
  fenced: {
    image: 'busybox:test',
    user: '1000:1000',
    working_dir: '/srv',
    hostname: 'fenced',
    domainname: 'example.org',
    read_only: true,
    init: true,
    cap_add: ['NET_ADMIN'],
    cap_drop: ['ALL'],
    group_add: ['10'],
    devices: ['/dev/null:/dev/zero2:r'],
    dns: ['9.9.9.9'],
    dns_search: ['example.org'],
    dns_opt: ['ndots:2'],
    security_opt: ['no-new-privileges:true'],
    sysctls: { 'net.core.somaxconn': '1024' },
    tmpfs: ['/run:size=1m', '/tmp'],
    healthcheck: { disable: true },
    logging: { driver: 'json-file', options: { 'max-size': '1m' } },
  },
  outside: { image: 'busybox:test', network_mode: 'host', pid: 'host', ipc: 'host', privileged: true },
  alone: { image: 'busybox:test', network_mode: 'none', expose: ['80', '53/udp'] },
};

describeEachRoot('a container made by our own request', (root) => {
  let host: Host;
  beforeAll(async () => {
    host = await bootHost({ root, init: 'plain' });
    await makeImages(host, 'busybox');
    await host.writeFile('/tmp/create.mjs', await bundle('create-request-program.ts'));
    await host.sh('docker network create plain_default; docker network create exact_default');
  });
  afterAll(() => host.down());

  async function makeTwice(creations: readonly Creation[]): Promise<readonly Made[]> {
    const answer = await host.sh('node /tmp/create.mjs', {
      input: JSON.stringify(creations),
      timeout: 300_000,
    });
    return JSON.parse(answer) as Made[];
  }

  it('is the one that the client makes, of services as people write them', async () => {
    const volumes = { data: null };
    const made = await makeTwice(creationsOf(stringify({ name: 'plain', services: plain, volumes })));
    expect(made.map(({ name }) => name).sort()).toEqual(
      Object.keys(plain)
        .map((name) => `plain-${name}`)
        .sort(),
    );
    for (const { name, ours, theirs } of made) {
      expect(ours, name).toBeDefined();
      expect(comparable(ours), name).toEqual(comparable(theirs));
    }
  });

  it('is the one that the client makes, of random services, or is left to it', async () => {
    console.info(`DOCKUNIT_SEED=${String(seed)}`);
    const services = fc.sample(randomService('engine'), { numRuns: 40, seed });
    const written = Object.fromEntries(services.map((service, at) => [`s${String(at)}`, service.written]));
    const made = await makeTwice(creationsOf(composeText(written)));
    expect(made).toHaveLength(services.length);
    for (const { name, ours, theirs } of made)
      expect(comparable(ours), `${name}, seed ${String(seed)}`).toEqual(comparable(theirs));
    expect(made.filter(({ ours }) => ours !== undefined).length).toBeGreaterThan(0);
  });
});

function creationsOf(text: string): readonly Creation[] {
  const { set, diagnostics } = compileText(text);
  if (set === undefined) throw new Error(JSON.stringify(diagnostics));
  const files = Object.fromEntries(
    set.files.map(({ name, content }) => [`${unitDirectory}/${name}`, content]),
  );
  return makingCommands(set, unitDirectory).flatMap(({ argv: words, environment }) => {
    const argv = words.slice(words.indexOf('docker'));
    const name = argv[argv.indexOf('--name') + 1] ?? '';
    const own = Object.entries(files).filter((entry): entry is [string, string] => {
      const [path, content] = entry;
      return argv.includes(path) && typeof content === 'string';
    });
    if (argv[1] !== 'create') return [];
    return [{ name, argv, environment, files: Object.fromEntries(own) }];
  });
}

/** What each container has for itself. */
const own = ['Id', 'Created', 'ResolvConfPath', 'HostnamePath', 'HostsPath', 'LogPath', 'GraphDriver'];
/** The client keeps some of what it is told in maps, which have no order. */
const unordered = ['Binds', 'Env', 'Mounts', 'Ulimits'];

/** Without what no two containers have in common. */
function comparable(inspected: unknown): unknown {
  return JSON.parse(
    JSON.stringify(inspected ?? null, (key, value: unknown) => {
      if (own.includes(key)) return undefined;
      if (key === 'Hostname') return String(value).replace(/^[0-9a-f]{12}$/, 'its id');
      if (nullOrEmpty.has(key)) value ??= [];
      if (value === null || typeof value !== 'object') return value;
      return Array.isArray(value) && unordered.includes(key)
        ? value.map((each) => JSON.stringify(each)).sort()
        : value;
    }),
  );
}
