/**
 * Keys that are, more or less, one option of `docker create` each: what `docker inspect` says of the
 * containers, against what the file says, and against what docker compose makes of the same file.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compileText, filesOf } from '../exactness/compile-services.ts';
import { describeEachRoot } from './host-tier.ts';
import { makeImages } from './images.ts';
import { bootHost, type Host, type HostRoot } from './throwaway-host.ts';
import { installUnitFiles } from './unit-batches.ts';
import { untilRunning } from './units-on-host.ts';

const targets = {
  bookworm: { systemd: 252, docker: 20 },
  trixie: { systemd: 257, docker: 26 },
} satisfies Record<HostRoot, unknown>;

const profile = '{ "defaultAction": "SCMP_ACT_ALLOW" }';

/** A service of every kind of key; `many` has all that need no other container. */
const specification = `
name: exact
services:
  many:
    image: busybox:test
    command: &sleep [sleep, "100000"]
    pull_policy: never
    cpus: 0.7
    cpuset: "0"
    cpu_shares: 512
    mem_limit: 64m
    mem_reservation: 32m
    memswap_limit: 96m
    oom_score_adj: 100
    pids_limit: 99
    device_cgroup_rules: ["c 1:3 mr", "a 7:* rmw"]
    dns_opt: [use-vc, "ndots:3"]
    dns_search: [example.com, example.org]
    domainname: example.net
    hostname: many
    group_add: [app, 1234]
    ipc: shareable
    cgroup: private
    userns_mode: host
    runtime: runc
    security_opt: ["no-new-privileges:true", "seccomp=/srv/exact/profile.json", systempaths=unconfined]
    sysctls: { net.core.somaxconn: 1024, net.ipv4.ip_forward: "1" }
    expose: ["81/tcp", "9000/udp"]
    mac_address: 02:42:ac:11:65:09
    stdin_open: true
    external_links: ["elsewhere:old"]
  timed: { image: "busybox:test", command: *sleep, pull_policy: never, cpu_period: 50000, cpu_quota: 25000 }
  bare: { image: "busybox:test", command: *sleep, pull_policy: never, network_mode: none, pid: host, uts: host, ipc: host }
  hosted: { image: "busybox:test", command: *sleep, pull_policy: never, network_mode: host }
  bridged: { image: "busybox:test", command: *sleep, pull_policy: never, network_mode: bridge, oom_kill_disable: false }
  sharing:
    image: busybox:test
    command: *sleep
    pull_policy: never
    network_mode: service:many
    ipc: service:many
    pid: service:many
    volumes_from: [timed, "container:elsewhere"]
  terminal:
    image: busybox:test
    command: [sh, -c, "test -t 1 && echo on a terminal; exec sleep 100000"]
    pull_policy: never
    tty: true
`;
const services = ['many', 'timed', 'bare', 'hosted', 'bridged', 'sharing', 'terminal'] as const;

/** The parts of ContainerInspect that these keys are about. */
const hostKeys = [
  ...['BlkioWeight', 'BlkioWeightDevice', 'BlkioDeviceReadBps', 'BlkioDeviceReadIOps', 'BlkioDeviceWriteBps'],
  ...['BlkioDeviceWriteIOps', 'CgroupParent', 'CgroupnsMode', 'CpuPeriod', 'CpuQuota', 'CpuShares'],
  ...['CpusetCpus', 'NanoCpus', 'DeviceCgroupRules', 'Dns', 'DnsOptions', 'DnsSearch', 'GroupAdd', 'IpcMode'],
  ...['MaskedPaths', 'Memory', 'MemoryReservation', 'MemorySwap', 'MemorySwappiness', 'NetworkMode'],
  ...['OomKillDisable', 'OomScoreAdj', 'PidMode', 'PidsLimit', 'ReadonlyPaths', 'Runtime', 'SecurityOpt'],
  ...['StorageOpt', 'Sysctls', 'UTSMode', 'UsernsMode', 'VolumesFrom', 'Annotations'],
] as const;
// With --interactive the client always sets AttachStdin and StdinOnce, which matter to `docker attach` alone.
const configKeys = [
  'AttachStderr',
  'AttachStdout',
  'Domainname',
  'ExposedPorts',
  'OpenStdin',
  'Tty',
] as const;

type Facts = Readonly<Record<string, unknown>>;
interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly Config: Facts;
  readonly HostConfig: Facts;
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly MacAddress: string }>> };
}

async function inspect(host: Host, containers: readonly string[]): Promise<readonly Inspected[]> {
  const { stdout } = await host.exec(['docker', 'inspect', '--type', 'container', ...containers]);
  return JSON.parse(stdout) as Inspected[];
}

/** What there is of each service's container, where others are called by service, whatever refers to them how. */
async function factsOf(host: Host, nameOf: (service: string) => string): Promise<Record<string, Facts>> {
  const made = await inspect(host, services.map(nameOf));
  const calledByService = (text: string): string =>
    services.reduce(
      (said, service, index) =>
        said.replaceAll(made[index]?.Id ?? '', service).replaceAll(nameOf(service), service),
      text,
    );
  const entries = made.map((container, index) => {
    const pick = (facts: Facts, keys: readonly string[]): [string, unknown][] =>
      keys.map((key) => [key, isNothing(facts[key]) ? null : facts[key]]);
    const facts = Object.fromEntries([
      ...pick(container.HostConfig, hostKeys),
      ...pick(container.Config, configKeys),
    ]) as Facts;
    return [services[index], JSON.parse(calledByService(JSON.stringify(facts)))] as [string, Facts];
  });
  return Object.fromEntries(entries);
}

/** Docker tells an empty list from none where two clients ask for nothing in two ways. */
function isNothing(value: unknown): boolean {
  return (
    value === undefined || (Array.isArray(value) && value.length === 0) || JSON.stringify(value) === '{}'
  );
}

describeEachRoot('keys that are options of docker create', (root) => {
  let host: Host;
  let facts: Record<string, Facts>;
  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd' });
    await makeImages(host, 'busybox');
    await host.writeFile('/srv/exact/profile.json', profile);
    await host.writeFile('/srv/exact/compose.yaml', specification);
    await host.sh('docker create --name elsewhere --volume /kept busybox:test true');
    await installUnitFiles(host, filesOf(compileText(specification, targets[root])));
    await host.sh('systemctl start exact.target');
    await untilRunning(
      host,
      Object.fromEntries(services.map((name) => [`exact-${name}.service`, `exact-${name}`])),
    );
    facts = await factsOf(host, (service) => `exact-${service}`);
  });
  afterAll(() => host.down());

  it('are what the file says', async () => {
    expect(facts.many).toMatchObject({
      ...{ NanoCpus: 700_000_000, CpusetCpus: '0', CpuShares: 512 },
      ...{ Memory: 64 << 20, MemoryReservation: 32 << 20, MemorySwap: 96 << 20 },
      ...{ OomScoreAdj: 100, PidsLimit: 99 },
      DeviceCgroupRules: ['c 1:3 mr', 'a 7:* rmw'],
      ...{ DnsOptions: ['use-vc', 'ndots:3'], DnsSearch: ['example.com', 'example.org'] },
      ...{ Domainname: 'example.net', GroupAdd: ['app', '1234'] },
      ...{ IpcMode: 'shareable', CgroupnsMode: 'private', UsernsMode: 'host', Runtime: 'runc' },
      SecurityOpt: ['no-new-privileges:true', 'seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'],
      ...{ MaskedPaths: null, ReadonlyPaths: null },
      Sysctls: { 'net.core.somaxconn': '1024', 'net.ipv4.ip_forward': '1' },
      ExposedPorts: { '81/tcp': {}, '9000/udp': {} },
      ...{ OpenStdin: true, Tty: false },
    });
    expect(facts.timed).toMatchObject({ CpuPeriod: 50_000, CpuQuota: 25_000 });
    expect(facts.bare).toMatchObject({
      ...{ NetworkMode: 'none', PidMode: 'host', UTSMode: 'host', IpcMode: 'host' },
    });
    expect(facts.hosted).toMatchObject({ NetworkMode: 'host' });
    expect(facts.bridged).toMatchObject({ NetworkMode: 'bridge' });
    expect(facts.sharing).toMatchObject({
      ...{ NetworkMode: 'container:many', IpcMode: 'container:many', PidMode: 'container:many' },
      VolumesFrom: ['timed', 'elsewhere'],
    });
    const [many] = await inspect(host, ['exact-many']);
    expect(Object.values(many?.NetworkSettings.Networks ?? {})[0]?.MacAddress).toBe('02:42:ac:11:65:09');
  });

  it('give a container a terminal without one, and its output to the journal', async () => {
    expect(facts.terminal).toMatchObject({ Tty: true });
    await host.until(
      'the output in the journal',
      () => host.journal('exact-terminal.service'),
      (journal) => journal.includes('on a terminal'),
    );
  });

  it('keep a container in the network of another when that one is restarted', async () => {
    await host.sh('docker kill exact-many');
    await host.until(
      'both run again, one in the network of the other',
      async () => {
        const [many, sharing] = await inspect(host, ['exact-many', 'exact-sharing']);
        const network = String(sharing?.HostConfig.NetworkMode);
        const addresses = await host.sh('docker exec exact-sharing ip -o -4 address show dev eth0');
        return { isOther: many !== undefined && network === `container:${many.Id}`, addresses };
      },
      ({ isOther, addresses }) => isOther && addresses.includes('inet'),
      { deadline: 60_000, every: 200 },
    );
  });

  // Only Debian 13 has docker compose.
  const onTrixie = root === 'trixie' ? it : undefined;
  onTrixie?.('are what docker compose makes of the same file', async () => {
    await host.sh(
      'systemctl stop exact.target "exact-*.service"; docker network rm exact_default; cd /srv/exact; docker compose up --detach 2>&1',
    );
    const composed = await factsOf(host, (service) => `exact-${service}-1`);
    // The project's slice is ours alone.
    for (const service of services)
      expect(facts[service], service).toEqual({ ...composed[service], CgroupParent: '/exact.slice' });
    await host.sh('cd /srv/exact && docker compose down --timeout 1 2>&1');
  });
});

describeEachRoot('options of the networks beside the first', (root) => {
  let host: Host;
  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd' });
    await makeImages(host, 'busybox');
  });
  afterAll(() => host.down());

  it('reach Docker', async () => {
    // From 25 on docker create can be told of several networks, and only it of an address.
    const second = root === 'trixie' ? ', mac_address: "02:42:ac:11:65:0b"' : '';
    const text = `
name: exact
services:
  web:
    image: busybox:test
    command: [sleep, "100000"]
    pull_policy: never
    networks:
      one: { mac_address: "02:42:ac:11:65:0a", priority: 1, driver_opts: { first: 1 } }
      two: { driver_opts: { second: "a,b" }, aliases: [other]${second} }
networks: { one: , two: }
`;
    await installUnitFiles(host, filesOf(compileText(text, targets[root])));
    await host.sh('systemctl start exact.target');
    await untilRunning(host, { 'exact-web.service': 'exact-web' });
    const [web] = await inspect(host, ['exact-web']);
    const networks = web?.NetworkSettings.Networks ?? {};
    expect(networks.exact_one).toMatchObject({
      ...{ MacAddress: '02:42:ac:11:65:0a', DriverOpts: { first: '1' } },
    });
    expect(networks.exact_two).toMatchObject({
      DriverOpts: { second: 'a,b' },
      Aliases: expect.arrayContaining(['other', 'web']) as unknown,
      ...(root === 'trixie' && { MacAddress: '02:42:ac:11:65:0b' }),
    });
  });
});
