/**
 * Options that contradict each other, which Docker would refuse at every start.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { ServiceKey } from '../compose/keys.ts';
import type { Project, Service } from '../compose/project.ts';
import { type ServiceFinding, findingsAt } from './check-service.ts';
import { orderNetworks } from './network-arguments.ts';

/** All such contradictions in one service, each at its place. */
export function checkOptions(project: Project, service: Service): Diagnostic[] {
  return findingsAt(project, `services.${service.name}`, [
    ...networkModeConflicts(service),
    ...limitConflicts(service),
    ...macAddressConflicts(service),
  ]);
}

/** Options of the project's own networks that docker network create refuses. */
export function checkNetworks(project: Project): Diagnostic[] {
  return [...project.networks.values()].flatMap(({ key, name, external, ipam }) => {
    const pools = ipam.pools.flatMap((pool, index): ServiceFinding[] => {
      const says = pool.gateway !== undefined || pool.ipRange !== undefined || pool.auxAddresses.size > 0;
      if (external || pool.subnet !== undefined || !says) return [];
      return [
        {
          path: `.ipam.config[${String(index)}]`,
          code: 'pool-without-subnet',
          message: 'the addresses of a network belong to a `subnet`, and this pool has none',
          remedy: 'Add `subnet:`, or remove the pool',
        },
      ];
    });
    return findingsAt(project, `networks.${key}`, [...checkName('network', name), ...pools]);
  });
}

/** A name that the docker client reads as an option: docker network connect --alias=x web. */
function checkName(what: string, name: string): ServiceFinding[] {
  if (!name.startsWith('-')) return [];
  return [
    {
      path: '.name',
      code: 'name-unfit',
      message: `docker reads ${JSON.stringify(name)} as an option, since this name of a ${what} begins with a dash`,
      remedy: `Give the ${what} another \`name\``,
    },
  ];
}

/** Options that the local driver needs to mount, or that it reads as a number (moby, volume/local). */
const filledOptions = ['device', 'size', 'type'] as const;

/** Options of the project's own volumes that Docker refuses when a container mounts them. */
export function checkVolumes(project: Project): Diagnostic[] {
  return [...project.volumes.values()].flatMap(({ key, name, external, driver = 'local', driverOpts }) => {
    const empty = filledOptions.filter((option) => driverOpts.get(option) === '');
    const options = empty.map((option): ServiceFinding => ({
      path: `.driver_opts.${option}`,
      code: 'volume-option-empty',
      message: `a volume whose \`${option}\` is empty cannot be mounted`,
      remedy: 'Write a value, or set the variable that it comes from',
    }));
    const ofDriver = external || driver !== 'local' ? [] : options;
    return findingsAt(project, `volumes.${key}`, [...checkName('volume', name), ...ofDriver]);
  });
}

/** moby, runconfig: options that exclude the network of another container, of the host, or none. */
function networkModeConflicts(service: Service): ServiceFinding[] {
  const mode = service.networkMode;
  if (mode === undefined) return [];
  const conflicts = (keys: readonly ServiceKey[], why: string): ServiceFinding[] =>
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
  const ports: ServiceFinding[] = service.ports.map((_port, index) => ({
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

function limitConflicts(service: Service): ServiceFinding[] {
  const { nanoCpus, cpuPeriod, cpuQuota, memLimit = 0, memswapLimit = 0 } = service;
  const findings: ServiceFinding[] = [];
  if (nanoCpus && (cpuPeriod || cpuQuota)) {
    findings.push({
      path: '.cpus',
      code: 'limit-conflict',
      message: '`cpus` and `cpu_period` or `cpu_quota` say the same thing twice, which Docker refuses',
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
      message: 'Docker takes `memswap_limit` only together with `mem_limit`',
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

/**
 * The service's own address is that of its first network; a link can exist at the first or later networks, not with it.
 */
function macAddressConflicts(service: Service): ServiceFinding[] {
  const [first, ...secondary] = orderNetworks(service);
  const own = first?.[1].macAddress;
  const differs: ServiceFinding[] =
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
  const hasLinks = service.links.length > 0 || (service.externalLinks?.length ?? 0) > 0;
  const linkFindings = secondary.flatMap(([key, { macAddress }]): ServiceFinding[] =>
    macAddress === undefined || !hasLinks
      ? []
      : [
          {
            path: `.networks.${key}.mac_address`,
            code: 'mac-address-conflict',
            message: `docker accepts no links into the network ${key} together with a \`mac_address\``,
            remedy:
              'Give the network the highest `priority`, or replace the links by `aliases:` of the other service',
          },
        ],
  );
  return [...differs, ...linkFindings];
}
