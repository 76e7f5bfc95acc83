/** Checks of docker: the client that the units run, the daemon that it calls, and their configuration. Pure. */
import { goneResources, goneWords } from '../session/gone-resources.ts';
import type { Unit } from '../units/unit-set.ts';
import { commandHint } from '../run/command-hint.ts';
import type { Check, CheckName, CheckFinding } from './check.ts';
import type { DockerAvailability, ManagerFacts, Unknown } from './facts.ts';
import { isUnknown } from './facts.ts';
import { enabledServices, requiredBy } from './services.ts';

/** The oldest docker that units are written for: it introduced the client options that they use. */
const floor = [20, 10] as const;

const checkClient: Check = ({ docker: { client } }) => {
  if (isUnknown(client)) return client;
  if (client === undefined) {
    return [
      {
        severity: 'error',
        message: 'There is no docker on $PATH, and units run its client',
        remedy: 'Install it: apt install docker.io',
      },
    ];
  }
  return tooOld(client, 'client');
};

const checkDocker: Check = ({ docker: { availability }, manager, user }) => {
  switch (availability.state) {
    case 'answers':
      return tooOld(availability.version, 'daemon');
    case 'remote':
      return { unknown: whyUnasked.remote };
    case 'asleep':
      return [
        {
          severity: 'note',
          message: 'Docker does not run; whoever asks it first starts it, so it was not asked',
          remedy: 'Start it to have it examined: systemctl start docker',
        },
      ];
    case 'forbidden':
      return [
        {
          severity: 'error',
          message: 'No permission to speak to Docker',
          remedy: `Run dockunit as root (sudo), or join the docker group: sudo usermod -aG docker ${user}, then log in again`,
        },
      ];
    case 'silent':
      return [
        {
          severity: 'error',
          message: availability.said,
          remedy: (availability.late === true ? howToWakeDocker : howToStartDocker)[manager.kind],
        },
      ];
  }
};

const howToStartDocker = {
  systemd: 'Start it: systemctl start docker; where it does not start: journalctl -u docker -n 30',
  supervisor: 'Start it: service docker start; where it does not start, look into its log',
} as const satisfies Record<ManagerFacts['kind'], string>;

const howToWakeDocker = {
  systemd: 'See what it does: journalctl -u docker -n 30; where it hangs: systemctl restart docker',
  supervisor: 'Look into its log; where it hangs: service docker restart',
} as const satisfies Record<ManagerFacts['kind'], string>;

function tooOld(version: string, side: 'client' | 'daemon'): readonly CheckFinding[] {
  const [major = 0, minor = 0] = version.split('.').map((part) => parseInt(part, 10) || 0);
  if (major > floor[0] || (major === floor[0] && minor >= floor[1])) return [];
  return [
    {
      severity: 'error',
      message: `The docker ${side} is version ${version || 'unknown'}, and units are written for ${floor.join('.')} and later`,
      remedy: 'Upgrade docker: https://docs.docker.com/engine/install',
    },
  ];
}

/** Units of the system's manager run with an environment of their own: variables set in a shell are not in it. */
const checkDockerHost: Check = ({ elsewhere, manager, scope }) => {
  if (manager.kind !== 'systemd' || scope !== 'system') return [];
  const { DOCKER_CONFIG: config, ...others } = elsewhere;
  const login: CheckFinding = {
    severity: 'note',
    about: 'DOCKER_CONFIG',
    message: `DOCKER_CONFIG=${config ?? ''} is set here but not for the units, which do not see logins there`,
    remedy:
      'Log in without it, or write [Service] and Environment=DOCKER_CONFIG=… to /etc/dockunit/templates/image.service, then dockunit apply',
  };
  const findings = Object.entries(others).map(([name, value]): CheckFinding => ({
    severity: 'note',
    about: name,
    message: `${name}=${value} is set here but not for the units, which use this host’s Docker`,
    remedy: `Unset it when you drive the units: unset ${name}`,
  }));
  return config === undefined ? findings : [...findings, login];
};

const checkAtBoot: Check = (facts) => {
  const { manager, scope, units } = facts;
  if (manager.kind !== 'systemd' || units.installedUnits.length === 0) return [];
  if (isUnknown(manager.dockerUnits)) return manager.dockerUnits;
  const services = enabledServices(facts);
  if (isUnknown(services)) return services;
  const service = manager.dockerUnits.get('docker.service');
  const socket = manager.dockerUnits.get('docker.socket');
  if (services.length === 0 || service === undefined || service.loadState !== 'loaded') return [];
  const boots = (state: typeof service | undefined): boolean =>
    state?.unitFileState.startsWith('enabled') ?? false;
  if (boots(service) || (scope === 'user' && boots(socket))) return [];
  const remedy = 'Enable it: sudo systemctl enable docker.service';
  return scope === 'system'
    ? [
        {
          severity: 'note',
          about: 'docker.service',
          message: 'It is not enabled, and starts at boot only since enabled units require it',
          remedy,
        },
      ]
    : [
        {
          severity: 'warning',
          about: 'docker.service',
          message: 'It does not start at boot, and units of a user cannot start it',
          remedy,
        },
      ];
};

const checkLiveRestore: Check = ({ docker: { availability }, manager, units }) => {
  if (availability.state !== 'answers') return notAsked(availability.state);
  if (units.installedUnits.length === 0) return [];
  if (manager.kind === 'supervisor' && !availability.liveRestore) {
    return [
      {
        severity: 'note',
        message: 'live-restore is off: a restart of Docker ends every container',
        remedy:
          'Set "live-restore": true in /etc/docker/daemon.json, and have Docker read it: kill -HUP its process',
      },
    ];
  }
  if (manager.kind === 'systemd' && availability.liveRestore) {
    return [
      {
        severity: 'note',
        message:
          'live-restore does not keep containers of units running: they stop with docker.service, which they require',
        remedy: 'Nothing needs to be done; upgrade docker when the services may restart',
      },
    ];
  }
  return [];
};

/** Another finding reports a Docker that is silent, or refuses access. */
export function notAsked(state: keyof typeof whyUnasked): Unknown {
  const unknown = whyUnasked[state];
  return state === 'silent' || state === 'forbidden' ? { unknown, source: 'docker' } : { unknown };
}

/** Why a check that needs Docker's answer cannot run. */
export const whyUnasked = {
  asleep: 'Docker does not run, and asking would start it',
  forbidden: 'Docker may not be asked',
  silent: 'Docker does not answer',
  remote: 'DOCKER_HOST names a Docker that only a client can ask',
} as const satisfies Record<Exclude<DockerAvailability['state'], 'answers'>, string>;

/**
 * With the systemd driver a unit passes its slice to Docker by name, with cgroupfs on version 1 by
 * path; otherwise it passes none (createInSlice in units/scripts.ts), and the slice's limits have no
 * effect.
 */
const checkCgroups: Check = ({ docker: { availability }, manager, units }) => {
  const slices = units.installedUnits.filter(({ kind, unit }) => kind === 'slice' && limits(unit));
  if (slices.length === 0) return [];
  if (manager.kind === 'supervisor') {
    return slices.map(({ name }) => ({
      severity: 'warning',
      about: name,
      message: 'What the slice limits binds nothing, since only systemd makes slices',
      remedy: 'Limit the services by keys of the Compose file, such as `mem_limit` and `cpus`',
    }));
  }
  if (availability.state !== 'answers') return notAsked(availability.state);
  const { cgroupDriver, cgroupVersion } = availability;
  if (cgroupDriver === 'systemd' || (cgroupDriver === 'cgroupfs' && cgroupVersion === '1')) return [];
  return slices.map(({ name }) => ({
    severity: 'warning',
    about: name,
    message: `What the slice limits does not reach the containers: Docker’s cgroup driver is ${cgroupDriver}, on cgroups v${cgroupVersion}`,
    remedy:
      'Set "exec-opts": ["native.cgroupdriver=systemd"] in /etc/docker/daemon.json, then: systemctl restart docker',
  }));
};

/** Accounting alone, as dockunit's own template sets it, limits nothing. */
function limits({ sections }: Unit): boolean {
  return sections.some(
    ({ name, directives }) => name === 'Slice' && directives.some(({ key }) => !key.endsWith('Accounting')),
  );
}

const checkRestartPolicies: Check = ({ docker: { containers } }) => {
  if (isUnknown(containers)) return containers;
  return containers
    .filter(({ restartPolicy }) => restartPolicy !== '' && restartPolicy !== 'no')
    .map(({ name, unit, restartPolicy }) => ({
      severity: 'warning',
      about: name,
      message: `The container has docker’s restart policy ${restartPolicy}, so docker restarts it beside ${unit}`,
      remedy: `Take it away: docker update --restart=no ${name}`,
    }));
};

const checkOrphans: Check = ({ docker: { containers }, units: { installedUnits } }) => {
  if (isUnknown(containers)) return containers;
  const names = new Set(installedUnits.map(({ name }) => name));
  return containers
    .filter(({ unit }) => !names.has(unit))
    .map(({ name, unit }) => ({
      severity: 'warning',
      about: name,
      message: `The container is of ${unit}, which is not installed: nothing stops it or starts it again`,
      remedy: `Remove it: docker rm --force ${name}; or install its unit again, where the Compose file is: dockunit apply`,
    }));
};

const checkResources: Check = ({
  docker: { resources },
  manager: { states },
  scope,
  units: { installedUnits },
}) => {
  if (isUnknown(resources)) return resources;
  if (isUnknown(states)) return states;
  const models = installedUnits.map(({ unit }) => unit);
  return goneResources(models, states, resources).map((resource): CheckFinding => {
    const needing = requiredBy(resource.unit, installedUnits);
    const start = `dockunit start${commandHint(scope)} ${needing.join(' ')}`;
    return {
      severity: 'error',
      about: resource.unit,
      message: `The ${goneWords(resource)}${needing.length > 0 ? `; ${needing.join(' and ')} ${needing.length > 1 ? 'need' : 'needs'} it` : ''}`,
      remedy: resource.heldData
        ? `Have a new and empty one created (${start}), then put its data back from a backup`
        : `Have it created again: ${start}`,
    };
  });
};

export const dockerChecks = {
  'docker-client': checkClient,
  'docker-engine': checkDocker,
  'docker-host': checkDockerHost,
  'docker-at-boot': checkAtBoot,
  'live-restore': checkLiveRestore,
  cgroups: checkCgroups,
  orphans: checkOrphans,
  'networks-and-volumes': checkResources,
  'restart-policies': checkRestartPolicies,
} as const satisfies Partial<Record<CheckName, Check>>;
