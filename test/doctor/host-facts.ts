/** A host in good health, and what a case of test/fixtures/doctor says is otherwise with it. */
import type { FailureCause } from '../../src/status/causes/cause.ts';
import { installedUnits } from '../../src/session/installed-units.ts';
import type {
  Disk,
  DockerAvailability,
  Fact,
  Failing,
  GeneratorFacts,
  HostFacts,
  ImageState,
  DockunitContainer,
  ListeningPort,
  Past,
  SupervisorFacts,
  UnitFileFacts,
  Unknown,
} from '../../src/doctor/facts.ts';
import { isUnknown } from '../../src/doctor/facts.ts';
import { networkOf, volumeOf } from '../../src/session/gone-resources.ts';
import type { InstalledUnit } from '../../src/session/installed-units.ts';
import type { HeldByContainer, Resources, UnitState } from '../../src/model/ports.ts';
import type { Unit } from '../../src/units/unit-set.ts';
import { compileProject } from '../../src/units/compile.ts';
import { parseUnit, serialiseUnit } from '../../src/units/unit-file.ts';
import { loadText } from '../compose/load-text.ts';
import { state } from '../commands/shop.ts';

type Answering = Extract<DockerAvailability, { state: 'answers' }>;

/** What a case gives; all else is well. States are those of units of dockunit and all that a case names. */
export interface Given {
  readonly scope?: HostFacts['scope'];
  readonly elsewhere?: HostFacts['elsewhere'];
  readonly compose?: object;
  /** systemd the units are compiled for. */
  readonly compiledFor?: number;
  /** Instead of a unit's file, in order of precedence; `$compiled` is the file as compiled, what follows is added, `find→put` changes it. */
  readonly files?: Readonly<Record<string, readonly { readonly path: string; readonly text: string }[]>>;
  readonly dropIns?: Readonly<Record<string, readonly { readonly path: string; readonly text: string }[]>>;
  readonly states?: Readonly<Record<string, Partial<UnitState>>> | Unknown;
  readonly dockerUnits?: Readonly<Record<string, Partial<UnitState>>> | Unknown;
  readonly now?: number;
  /** What is not said of a cause is of no weight to a check. */
  readonly pasts?: Readonly<Record<string, GivenPast>> | Unknown;
  readonly manager?: 'systemd' | 'supervisor';
  readonly systemdRuns?: boolean;
  readonly version?: Fact<number>;
  readonly lingers?: boolean;
  readonly failing?: Failing;
  readonly client?: Fact<string> | 'none';
  /** Of a Docker that answers, or what it does otherwise. */
  readonly availability?: Partial<Answering> | Exclude<DockerAvailability, Answering>;
  readonly containers?: Fact<readonly DockunitContainer[]>;
  readonly held?: readonly (Omit<Partial<HeldByContainer>, 'labels'> & {
    readonly labels?: Readonly<Record<string, string>>;
  })[];
  readonly images?: Readonly<Record<string, ImageState>> | Unknown;
  /** What docker has no more of the networks and volumes that units make; else it has them all. */
  readonly gone?: readonly string[] | Unknown;
  readonly listeners?: Fact<readonly ListeningPort[]>;
  readonly disks?: readonly Disk[];
  readonly clock?: HostFacts['clock'];
  readonly supervisor?: Partial<SupervisorFacts>;
  readonly generator?: Partial<GeneratorFacts>;
}

interface GivenPast {
  readonly restarts?: number;
  readonly cause?: Pick<FailureCause, 'kind' | 'what'>;
}

/** Without ports, and its image on the disk. */
const plainShop = { name: 'shop', services: { web: { image: 'nginx:1' } } };

export function hostFacts(given: Given): HostFacts {
  const { scope = 'system', manager: kind = 'systemd', systemdRuns = kind === 'systemd' } = given;
  const files = unitFiles(given, scope);
  const inForce = [...files].flatMap(([name, [first]]) => (first === undefined ? [] : [{ name, ...first }]));
  const installed = installedUnits(inForce);
  const states = (of: Given['states'] = {}): Fact<ReadonlyMap<string, UnitState>> =>
    isUnknown(of) ? of : new Map(Object.entries(of).map(([name, facts]) => [name, state(name, facts)]));
  const usual = Object.fromEntries(
    installed.map(({ name, kind: unitKind }) => [
      name,
      { unitFileState: unitKind === 'container' ? 'enabled' : 'static' },
    ]),
  );
  const enabled = {
    'docker.service': { unitFileState: 'enabled' },
    'docker.socket': { unitFileState: 'enabled' },
  };
  return {
    scope,
    now: given.now ?? 1_000_000,
    uid: scope === 'user' ? 1000 : 0,
    user: scope === 'user' ? 'ann' : 'root',
    elsewhere: given.elsewhere ?? {},
    there: '',
    docker: {
      client: given.client === 'none' ? undefined : (given.client ?? '20.10.24'),
      availability: availabilityOf(given.availability),
      containers: given.containers ?? [],
      resources: isUnknown(given.gone) ? given.gone : resourcesBut(given.gone ?? [], installed),
      holdings: (given.held ?? []).map((one) => ({
        name: 'x',
        status: 'running',
        ports: [],
        volumes: [],
        ...one,
        labels: new Map(Object.entries({ ...one.labels })),
      })),
      images: isUnknown(given.images) ? given.images : new Map(Object.entries(given.images ?? {})),
    },
    manager: {
      kind,
      systemdRuns,
      version: given.version ?? 252,
      lingers: given.lingers ?? true,
      ...(given.failing && { failing: given.failing }),
      states: isUnknown(given.states) ? given.states : states({ ...usual, ...given.states }),
      dockerUnits:
        kind === 'supervisor'
          ? { unknown: 'systemd does not run here' }
          : states(isUnknown(given.dockerUnits) ? given.dockerUnits : { ...enabled, ...given.dockerUnits }),
    },
    units: {
      installedUnits: installed,
      files,
      dropIns: new Map(Object.entries(given.dropIns ?? {})),
      pasts: isUnknown(given.pasts) ? given.pasts : pastsOf(given.pasts),
    },
    listeners: given.listeners ?? [],
    disks: given.disks ?? [],
    clock: given.clock ?? { isSynchronised: true, ofAnotherHost: false },
    supervisor: {
      pid: kind === 'supervisor' ? 812 : undefined,
      hooks: kind === 'supervisor' ? ['/etc/init.d/dockunit'] : [],
      isInit: false,
      journals: [],
      setAside: [],
      ...given.supervisor,
    },
    generator: { sources: [], isInstalled: false, missingPrograms: [], report: [], ...given.generator },
  };
}

function pastsOf(given: Readonly<Record<string, GivenPast>> = {}): ReadonlyMap<string, Past> {
  return new Map(
    Object.entries(given).map(([unit, { restarts = 0, cause }]) => [
      unit,
      { restarts, cause: cause && { ...cause, unit, said: null, time: null, remedy: null } },
    ]),
  );
}

function resourcesBut(gone: readonly string[], installed: readonly InstalledUnit[]): Resources {
  const left = (nameOf: (unit: Unit) => string | undefined): ReadonlySet<string> =>
    new Set(installed.flatMap(({ unit }) => nameOf(unit) ?? []).filter((name) => !gone.includes(name)));
  return { networks: left((unit) => networkOf(unit)?.name), volumes: left(volumeOf) };
}

function availabilityOf(given: Given['availability'] = {}): DockerAvailability {
  const well: Answering = {
    state: 'answers',
    version: '20.10.24',
    cgroupDriver: 'systemd',
    cgroupVersion: '2',
    liveRestore: false,
  };
  // `state` may be left out of one that answers, which no narrowing of the union sees.
  return { ...well, ...given } as DockerAvailability;
}

function unitFiles(
  { compose = plainShop, compiledFor = 252, files = {} }: Given,
  scope: HostFacts['scope'],
): ReadonlyMap<string, readonly UnitFileFacts[]> {
  const directory = '/etc/systemd/system';
  const loaded = loadText({ 'compose.yaml': JSON.stringify(compose) }).value;
  if (loaded === undefined) throw new Error(`not a specification: ${JSON.stringify(compose)}`);
  const target = { scope, systemd: compiledFor, docker: 20, directory };
  const { value: set, diagnostics } = compileProject(loaded, target);
  if (set === undefined) throw new Error(JSON.stringify(diagnostics));
  const compiled = new Map(set.units.map((unit) => [unit.name, serialiseUnit(unit)]));
  const all = new Map<string, readonly UnitFileFacts[]>(
    [...compiled].map(([name, text]) => [name, [{ path: `${directory}/${name}`, text }]]),
  );
  for (const [name, versions] of Object.entries(files)) {
    all.set(
      name,
      versions.map(({ path, text }) => ({ path, text: changed(compiled.get(name) ?? '', text) })),
    );
  }
  // As on a host: only names that a unit of dockunit has somewhere.
  return new Map(
    [...all].filter(([name, versions]) => versions.some(({ text }) => parseUnit(name, text) !== undefined)),
  );
}

function changed(compiled: string, text: string): string {
  if (text.startsWith('$compiled')) return compiled + text.slice('$compiled'.length);
  const [find = '', put] = text.split('→');
  if (put === undefined) return text;
  if (!compiled.includes(find)) throw new Error(`no ${find} in:\n${compiled}`);
  return compiled.replace(find, () => put);
}
