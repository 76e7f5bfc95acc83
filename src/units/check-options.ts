/**
 * Options that contradict each other, which the engine would refuse at every start, and options that
 * the target's Docker does not know yet.
 */
import type { Diagnostic } from '../diagnostic.ts';
import type { ServiceKey } from '../spec/keys.ts';
import type { NetworkAttachment, Project, Service } from '../spec/project.ts';
import { type Finding, findingsAt } from './check-service.ts';
import { orderNetworks } from './network-arguments.ts';
import type { Target } from './unit-set.ts';

/** Everything of that kind in one service, each at its place. */
export function checkOptions(project: Project, service: Service, target: Target): Diagnostic[] {
  const tooNew = newerOptions(service)
    .filter(({ since }) => target.docker < since)
    .map(({ path, what, since }): Finding => ({
      path,
      code: 'docker-too-old',
      message: `${what} needs Docker ${since}; the units are written for Docker ${target.docker}`,
      remedy: `Remove it, or upgrade Docker and give --docker-version ${since}`,
    }));
  return findingsAt(project, `services.${service.name}`, [
    ...tooNew,
    ...networkModeConflicts(service),
    ...limitConflicts(service),
    ...macAddressConflicts(service),
  ]);
}

/** The same for what is asked of the project's own networks. */
export function checkNetworks(project: Project, target: Target): Diagnostic[] {
  return [...project.networks.values()].flatMap((network) =>
    network.enableIpv4 === false && !network.external && target.docker < 28
      ? findingsAt(project, `networks.${network.key}`, [
          {
            path: '.enable_ipv4',
            code: 'docker-too-old',
            message: `a network without IPv4 needs Docker 28; the units are written for Docker ${target.docker}`,
            remedy: 'Remove it, or upgrade Docker and give --docker-version 28',
          },
        ])
      : [],
  );
}

/** Whether what becomes of the project depends on the version of Docker that it is compiled for. */
export function asksForDockerVersion(project: Project): boolean {
  const services = [...project.services.values()];
  return (
    services.some((service) => newerOptions(service).length > 0 || asksForStartInterval(service)) ||
    [...project.networks.values()].some(({ enableIpv4 }) => enableIpv4 === false)
  );
}

function asksForStartInterval({ healthcheck }: Service): boolean {
  return healthcheck?.disable === false && healthcheck.startInterval !== undefined;
}

interface NewerOption {
  /** Below the service. */
  readonly path: string;
  readonly what: string;
  /** Docker's major version that first has it. */
  readonly since: number;
}

/** What a service asks for that not every Docker since 20 knows (docs.docker.com, release notes). */
function newerOptions(service: Service): readonly NewerOption[] {
  const [, ...secondary] = orderNetworks(service);
  return [
    ...((service.annotations?.size ?? 0) > 0
      ? [{ path: '.annotations', what: '`annotations`', since: 24 }]
      : []),
    ...secondary.flatMap(([key, { macAddress }]) =>
      macAddress === undefined
        ? []
        : [
            {
              path: `.networks.${key}.mac_address`,
              what: '`mac_address` in a network that is not the first',
              since: 25,
            },
          ],
    ),
    ...[...service.networks].flatMap(([key, attachment]) =>
      attachmentKeys
        .filter(([property]) => attachment[property] !== undefined)
        .map(([, word]) => ({ path: `.networks.${key}.${word}`, what: `\`${word}\``, since: 28 })),
    ),
    ...service.volumes.flatMap((mount, index): NewerOption[] => {
      const path = `.volumes[${index}]`;
      if (mount.type === 'image') return [{ path, what: 'a mount of type `image`', since: 28 }];
      if (mount.type === 'volume' && mount.subpath !== undefined)
        return [{ path, what: '`subpath` of a volume', since: 26 }];
      if (mount.type === 'bind' && mount.recursive !== undefined && mount.recursive !== 'disabled')
        return [{ path, what: `\`recursive: ${mount.recursive}\``, since: 25 }];
      return [];
    }),
  ];
}

const attachmentKeys = [
  ['gwPriority', 'gw_priority'],
  ['interfaceName', 'interface_name'],
] as const satisfies readonly (readonly [keyof NetworkAttachment, string])[];

/** moby, runconfig: what cannot go with the network of another container, of the host, or none. */
function networkModeConflicts(service: Service): Finding[] {
  const mode = service.networkMode;
  if (mode === undefined) return [];
  const conflicts = (keys: readonly ServiceKey[], why: string): Finding[] =>
    keys
      .filter((key) => service.keys.includes(key))
      .map((key) => ({
        path: `.${key}`,
        code: 'network-mode-conflict',
        message: `\`${key}\` cannot go with \`network_mode\`: ${why}`,
        remedy: `Remove \`${key}\`, or \`network_mode\` in favour of \`networks:\``,
      }));
  if (mode.kind !== 'mode') {
    const keys = ['dns', 'expose', 'external_links', 'extra_hosts', 'hostname', 'links'] as const;
    const why = 'these belong to the container whose network is shared';
    return conflicts([...keys, 'mac_address', 'ports'], why);
  }
  if (mode.mode !== 'host' && mode.mode !== 'none') return [];
  const links = mode.mode === 'host' ? conflicts(['links', 'external_links'], 'the host has no links') : [];
  const ports: Finding[] = service.ports.map((_port, index) => ({
    path: `.ports[${index}]`,
    severity: 'warning',
    code: 'port-not-published',
    message: `no port is published with \`network_mode: ${mode.mode}\``,
    remedy:
      mode.mode === 'host'
        ? 'Remove it: what the container listens at is the host’s already'
        : 'Remove it, or `network_mode`',
  }));
  return [...links, ...ports];
}

function limitConflicts(service: Service): Finding[] {
  const { nanoCpus, cpuPeriod, cpuQuota, memLimit = 0, memswapLimit = 0 } = service;
  const findings: Finding[] = [];
  if (nanoCpus && (cpuPeriod || cpuQuota)) {
    findings.push({
      path: '.cpus',
      code: 'limit-conflict',
      message: '`cpus` and `cpu_period` or `cpu_quota` say the same thing twice, which the engine refuses',
      remedy: 'Keep `cpus`, or write the quota and the period alone',
    });
  }
  if (memswapLimit > 0 && memswapLimit < memLimit) {
    findings.push({
      path: '.memswap_limit',
      code: 'limit-conflict',
      message: '`memswap_limit` is memory and swap together, so it cannot be less than `mem_limit`',
      remedy: 'Write the sum of both, or -1 for any swap',
    });
  }
  if (memswapLimit > 0 && memLimit === 0 && service.keys.includes('deploy') === false) {
    findings.push({
      path: '.memswap_limit',
      code: 'limit-conflict',
      message: 'the engine takes `memswap_limit` only together with `mem_limit`',
      remedy: 'Add `mem_limit:`',
    });
  }
  if (service.uts === 'host' && service.hostname !== undefined) {
    findings.push({
      path: '.hostname',
      code: 'hostname-conflict',
      message: '`hostname` cannot be set with `uts: host`, where the name is the host’s',
      remedy: 'Remove one of the two',
    });
  }
  return findings;
}

/** The service's own address is that of its first network; a link can be made at the first or later, not with it. */
function macAddressConflicts(service: Service): Finding[] {
  const [first, ...secondary] = orderNetworks(service);
  const own = first?.[1].macAddress;
  const differs: Finding[] =
    service.macAddress !== undefined && own !== undefined && own !== service.macAddress
      ? [
          {
            path: '.mac_address',
            code: 'mac-address-conflict',
            message: `\`mac_address\` is another one than that in the network ${first?.[0]}, which is the same interface`,
            remedy: 'Remove one of the two',
          },
        ]
      : [];
  const linked = service.links.length > 0 || (service.externalLinks?.length ?? 0) > 0;
  const unlinked = secondary.flatMap(([key, { macAddress }]): Finding[] =>
    macAddress === undefined || !linked
      ? []
      : [
          {
            path: `.networks.${key}.mac_address`,
            code: 'mac-address-conflict',
            message: `docker cannot be told of links into the network ${key} together with a \`mac_address\``,
            remedy:
              'Give the network the highest `priority`, or replace the links by `aliases:` of the other service',
          },
        ],
  );
  return [...differs, ...unlinked];
}
