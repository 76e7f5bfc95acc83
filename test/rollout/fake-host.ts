/** A host behind the ports: a manager whose units run as the test says, and a Docker with its objects. */
import { join } from 'node:path';
import type { Manager } from '../../src/manager/manager.ts';
import {
  type DockerPort,
  HostError,
  type ImagePort,
  type JournalPort,
  type LocalImage,
  type ResourceKind,
  type ResourcePort,
  type UnitState,
  unknownState,
} from '../../src/model/ports.ts';
import type { RolloutHost } from '../../src/rollout/rollout-host.ts';
import { hostDirectories, reloadInstalled } from '../../src/session/session.ts';
import { type WrittenContext, writtenContext } from '../run/written-context.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { readText } from '../../src/host/machine/fs.ts';

export class FakeHost {
  readonly home = temporaryDirectory();
  readonly written: WrittenContext = writtenContext({
    environment: { HOME: this.home, XDG_RUNTIME_DIR: join(this.home, 'run') },
    uid: process.geteuid?.() ?? 0,
    workingDirectory: this.home,
    purpose: 'change',
  });
  readonly directories = hostDirectories('user', this.written.context);
  /** What the manager and Docker had to do, in order. */
  readonly calls: string[] = [];
  /** Whether a service can run, by the text of its unit. */
  runs: (text: string) => boolean = () => true;
  /** Names of Docker objects that are in use. */
  readonly used = new Set<string>();
  readonly #up = new Set<string>();
  readonly #failed = new Set<string>();
  readonly #enabled = new Set<string>();
  readonly objects = { container: new Set<string>(), network: new Set<string>(), volume: new Set<string>() };

  /** The host as it is now. */
  ports(): RolloutHost {
    const { manager, docker, images, resources, directories } = this;
    const journal: JournalPort = { read: async function* () {} };
    const uid = String(this.written.context.uid);
    return reloadInstalled({
      ...{ manager, docker, journal, images, resources, directories },
      installedUnits: [],
      user: uid,
    });
  }

  /** Names of the units that run. */
  get running(): readonly string[] {
    return [...this.#up].sort();
  }

  /** Names of the units that start at boot. */
  get enabled(): readonly string[] {
    return [...this.#enabled].sort();
  }

  #state(name: string): UnitState {
    const text = this.#text(name);
    if (text === undefined) return unknownState(name);
    const activeState = this.#up.has(name) ? 'active' : this.#failed.has(name) ? 'failed' : 'inactive';
    return {
      ...unknownState(name),
      loadState: 'loaded',
      activeState,
      subState: activeState === 'active' ? 'exited' : 'dead',
      unitFileState: this.#enabled.has(name) ? 'enabled' : 'disabled',
      result: activeState === 'failed' ? 'exit-code' : 'success',
    };
  }

  #text(name: string): string | undefined {
    try {
      return readText(join(this.directories.units, name));
    } catch {
      return undefined;
    }
  }

  readonly manager: Manager = {
    kind: 'systemd',
    scope: 'user',
    version: () => Promise.resolve(252),
    reload: () => Promise.resolve(void this.calls.push('reload')),
    states: (names: readonly string[]) => Promise.resolve(names.map((name) => this.#state(name))),
    resetFailed: () => Promise.resolve(),
    history: () => Promise.resolve([]),
    pendingJobs: () => Promise.resolve([]),
    environment: () => Promise.resolve({}),
    enable: (names: readonly string[]) => {
      this.calls.push(`enable ${names.join(' ')}`);
      for (const name of names) this.#enabled.add(name);
      return Promise.resolve([]);
    },
    disable: (names: readonly string[]) => {
      this.calls.push(`disable ${names.join(' ')}`);
      for (const name of names) this.#enabled.delete(name);
      return Promise.resolve([]);
    },
    run: (verb: 'start' | 'stop' | 'restart', names: readonly string[]) => {
      this.calls.push(`${verb} ${names.join(' ')}`);
      return Promise.resolve(
        new Map(names.map((name) => [name, this.#job(verb, name) ? ('done' as const) : ('failed' as const)])),
      );
    },
    close: () => undefined,
  };

  /** A target takes the units that want to be part of it along, as systemd does by Wants= and PartOf=. */
  #job(verb: 'start' | 'stop' | 'restart', name: string): boolean {
    const members = name.endsWith('.target') ? /^Wants=(.*)$/gm : undefined;
    const text = this.#text(name) ?? '';
    for (const [, wanted = ''] of members === undefined ? [] : text.matchAll(members)) {
      for (const member of wanted.split(' ')) this.#job(verb, member);
    }
    this.#up.delete(name);
    this.#failed.delete(name);
    if (verb === 'stop') return true;
    const runs = this.runs(text);
    (runs ? this.#up : this.#failed).add(name);
    return runs;
  }

  readonly docker: DockerPort = {
    version: () => Promise.resolve({ client: '26.1.0', server: '26.1.0' }),
    inspectContainers: () => Promise.resolve(new Map()),
    findResources: ({ networks, volumes }) =>
      Promise.resolve({ networks: new Set(networks), volumes: new Set(volumes) }),
  };

  readonly images: ImagePort = {
    inspect: (names) =>
      Promise.resolve(new Map(names.map((name): [string, LocalImage] => [name, imageCalled(name)]))),
    pull: (reference) => Promise.resolve(void this.calls.push(`pull ${reference}`)),
    registryDigest: () => Promise.resolve({ said: 'no registry' }),
    keptTags: () => Promise.resolve(new Map()),
    tag: (id) => Promise.resolve(void this.calls.push(`keep ${id}`)),
    untag: () => Promise.resolve(),
  };

  readonly resources: ResourcePort = {
    inspect: () =>
      Promise.resolve({ containers: new Map(), images: new Map(), networks: new Map(), volumes: new Set() }),
    containersOf: () =>
      Promise.resolve([...this.objects.container].map((name) => ({ id: name, name, unit: '' }))),
    labels: (kind, names) =>
      Promise.resolve(
        new Map(names.filter((name) => this.objects[kind].has(name)).map((name) => [name, this.labels])),
      ),
    remove: (kind: ResourceKind, names) => {
      const used = names.find((name) => this.used.has(name));
      if (used !== undefined) return Promise.reject(new HostError(`${used} is in use`, 'Look for its user'));
      for (const name of names) {
        this.objects[kind].delete(name);
        this.calls.push(`remove ${kind} ${name}`);
      }
      return Promise.resolve();
    },
  };

  /** Of the networks and volumes. */
  labels: ReadonlyMap<string, string> = new Map();
}

function imageCalled(name: string): LocalImage {
  const digest = Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64);
  return { id: `sha256:${digest}`, digests: [`${name.replace(/[:@].*$/, '')}@sha256:${digest}`] };
}
