/** The supervisor with the implementations for this host: where it keeps its files, and what it works with. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { testConditions } from '../host/units/conditions.ts';
import { dockerApi, dockerAddress } from '../host/docker/http-api.ts';
import { globPaths } from '../host/machine/glob.ts';
import { takeLock } from '../host/machine/lock.ts';
import { receiveNotifications } from '../host/process/notify-receiver.ts';
import { HostError, type Scope } from '../model/ports.ts';
import { processes } from '../host/process/process-spawner.ts';
import { bootId } from '../host/machine/process-table.ts';
import { stateDirectories } from '../host/units/state-directories.ts';
import { supervisorJournal } from './journal/journal-file.ts';
import { lastLogged } from '../host/journal/unit-log-reader.ts';
import { unitLogs } from '../host/journal/unit-logs.ts';
import { createUnitSources } from '../host/units/unit-sources.ts';
import { escapePath } from '../units/unit-name.ts';
import { parseEnvironmentFile } from './load/environment.ts';
import { expandArguments } from './load/expand-arguments.ts';
import { findUnits, fingerprintOf, loadUnits, loadUnitsInSteps } from './load/load-units.ts';
import type { SupervisorPorts, UnitReader } from './loop/ports.ts';
import { Supervisor } from './supervisor.ts';
import type { Environment } from '../model/environment.ts';

/** What systemd gives every service, systemd.exec(5), $PATH; and where Docker is. */
const standardPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const handedDown = {
  system: ['LANG', 'DOCKER_HOST', 'DOCKER_CONFIG', 'DOCKER_CONTEXT', 'DOCKER_CERT_PATH', 'DOCKER_TLS_VERIFY'],
  user: ['HOME', 'USER', 'LOGNAME', 'SHELL', 'XDG_RUNTIME_DIR', 'PATH'],
} as const;

/**
 * Takes the lock and begins. HostError where a supervisor runs already, or only a client can reach Docker.
 * @param report receives a message for people, about the supervisor itself
 * @param signal as of Supervisor.begin
 */
export async function beginSupervisor(
  scope: Scope,
  environment: Environment,
  report: (message: string) => void,
  signal: AbortSignal,
): Promise<Supervisor> {
  const uid = process.getuid?.() ?? 0;
  const directories = stateDirectories(scope, environment, uid);
  const holder = takeLock(directories.runtime);
  if (holder !== undefined) {
    throw new HostError(
      `A supervisor runs already, as process ${String(holder.heldBy)}`,
      `Use that one, or stop it first: kill -TERM ${String(holder.heldBy)}`,
    );
  }
  const address = dockerAddress(environment);
  if (address === undefined) {
    throw new HostError(
      `DOCKER_HOST=${environment['DOCKER_HOST'] ?? ''} cannot be reached without a client`,
      'Unset it to use this host’s Docker, or name one by unix:// or tcp://',
    );
  }
  const ports: SupervisorPorts = {
    scope,
    docker: dockerApi(address),
    processes,
    logs: unitLogs(directories.logs),
    lastLogged: (unit, identifier) => lastLogged(directories.logs, unit, identifier),
    records: supervisorJournal(join(directories.state, 'journal')),
    spareRecords: supervisorJournal(join(directories.runtime, 'journal')),
    history: supervisorJournal(join(directories.state, 'history')),
    units: unitReader(scope, environment),
    notify: {
      open: (unit, ready) =>
        receiveNotifications(join(directories.runtime, 'notify'), unit, environment, ready),
    },
    clock: { now: () => performance.now(), wall: () => Date.now() },
    bootId: bootId(),
    environment: baseEnvironment(scope, environment),
    client: { home: userInfo().homedir, readFile: readTextFile },
    labels: scope === 'user' ? [`dockunit.user=${String(uid)}`] : [],
    report,
  };
  return Supervisor.begin(ports, signal);
}

/** The initial environment of every command of a unit. */
function baseEnvironment(scope: Scope, environment: Environment): ReadonlyMap<string, string> {
  return new Map([
    ['PATH', standardPath],
    ...[...handedDown.system, ...(scope === 'user' ? handedDown.user : [])].flatMap(
      (name): [string, string][] => (environment[name] === undefined ? [] : [[name, environment[name]]]),
    ),
  ]);
}

/** The variables of a unit's commands, for display; those of EnvironmentFile= are left out. */
export function unitEnvironment(
  scope: Scope,
  environment: Environment,
  unit: string,
): Readonly<Record<string, string>> {
  const { units } = loadUnits([unit], createUnitSources(scope, environment));
  return Object.fromEntries([
    ...baseEnvironment(scope, environment),
    ...(units.get(unit)?.execution?.environment ?? []),
  ]);
}

function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function unitReader(scope: Scope, environment: Environment): UnitReader {
  const sources = createUnitSources(scope, environment);
  return {
    load: (names, enabledUnits) => loadUnitsInSteps([...sources.ownNames(), ...names], sources, enabledUnits),
    find: (names) => findUnits(names, sources),
    fingerprints: () => {
      const read = sources.reader();
      return (unit) => fingerprintOf(read(unit));
    },
    expand: expandArguments,
    environmentFile: (path) => {
      const paths = globPaths(path);
      if (paths.length === 0) return undefined;
      try {
        return new Map(
          paths.flatMap((each) => [...parseEnvironmentFile(readFileSync(each, 'utf8')).variables]),
        );
      } catch {
        return undefined;
      }
    },
    conditions: ({ conditions }) => testConditions(conditions, environment),
    mounts: () => new Set(sources.mounts().mountedPaths.map((path) => `${escapePath(path)}.mount`)),
  };
}
