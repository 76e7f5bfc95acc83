/** A trial, or what replaces a state at once, that is killed, or whose disk is full, at each changing call of node:fs: old or new, whole, recorded, and nothing left. */
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { finishUnit } from '../../src/units/recovery-unit.ts';
import { withHostLock } from '../../src/session/host-lock.ts';
import { type Trial, runTrial } from '../../src/rollout/trial.ts';
import type { RolloutHost } from '../../src/rollout/rollout-host.ts';
import { hostDirectories } from '../../src/session/session.ts';
import { installedFiles } from '../../src/rollout/revisions.ts';
import { type NewState, appliedFile, appliedStates, forgetStates } from '../../src/host/revisions/store.ts';
import { replaceState } from '../../src/host/revisions/replace.ts';
import { HostError } from '../../src/model/ports.ts';
import { writeFiles } from '../../src/host/units/unit-files.ts';
import type { Installation } from '../../src/rollout/compare-units.ts';
import { parseUnit } from '../../src/units/unit-file.ts';
import { writtenContext } from '../run/written-context.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const changing = [
  ...[
    'openSync',
    'writeFileSync',
    'renameSync',
    'linkSync',
    'symlinkSync',
    'rmSync',
    'mkdirSync',
    'fsyncSync',
  ],
  ...['fchmodSync', 'chmodSync', 'writeSync'],
] as const;
const fs = createRequire(import.meta.url)('node:fs') as Record<string, (...args: unknown[]) => unknown>;
const real = Object.fromEntries(changing.map((name) => [name, fs[name]]));

function restore(): void {
  Object.assign(fs, real);
  syncBuiltinESMExports();
}
afterEach(restore);

const changes = (name: string, [, flags]: readonly unknown[]): boolean =>
  name !== 'openSync' || (typeof flags === 'string' ? flags !== 'r' : (Number(flags) & 3) !== 0);

/** Fails the calls that `fails` says, by their number; the number of calls is counted until `restore`. */
function failing(fails: (call: number) => Error | undefined): { count: number } {
  const calls = { count: 0 };
  for (const name of changing) {
    fs[name] = (...args) => {
      if (changes(name, args)) {
        const error = fails(++calls.count);
        if (error !== undefined) throw error;
      }
      return real[name]?.(...args);
    };
  }
  syncBuiltinESMExports();
  return calls;
}

const full = (): Error => Object.assign(new Error('ENOSPC: injected'), { code: 'ENOSPC', syscall: 'write' });
const unit = (image: string): string =>
  `[Service]\nType=simple\n\n[X-Dockunit]\nProject=shop\nService=web\nKind=container\nImage=${image}\n`;

function installation(image: string): Installation {
  const parsed = parseUnit('shop-web.service', unit(image));
  if (parsed === undefined) throw new Error('no unit');
  return {
    units: [{ unit: parsed, text: unit(image) }],
    files: [
      {
        name: 'shop-web.env',
        mode: 0o600,
        content: `TOKEN=${image}\n`,
        unit: 'shop-web.service',
        written: 0,
      },
    ],
  };
}

class Scene {
  readonly home = temporaryDirectory();
  readonly directory = join(this.home, '.config/systemd/user');
  readonly state = join(this.home, '.local/state/dockunit');
  readonly written = writtenContext({
    environment: { HOME: this.home, XDG_RUNTIME_DIR: join(this.home, 'run') },
    uid: process.geteuid?.() ?? 0,
    purpose: 'change',
  });
  readonly host = {
    manager: {
      scope: 'user',
      kind: 'systemd',
      states: () => Promise.resolve([]),
      reload: () => Promise.resolve(),
    },
    docker: { inspectContainers: () => Promise.resolve(new Map()) },
    installedUnits: [],
    directories: hostDirectories('user', this.written.context),
  } as unknown as RolloutHost;

  constructor() {
    mkdirSync(this.directory, { recursive: true });
    mkdirSync(join(this.home, 'run'), { mode: 0o700 });
  }

  /** Puts the image in place of another, on trial; alone, as verbs that change the host do. */
  async change(from: string, to: string): Promise<void> {
    const [before, after] = [installation(from), installation(to)];
    const put = (state: Installation): void => void writeFiles(this.directory, installedFiles(state));
    const trial: Trial = {
      project: 'shop',
      directory: this.directory,
      verb: 'apply',
      before,
      after,
      changes: [],
      disabledUnits: [],
    };
    await withHostLock(this.written.context, 'user', async () => {
      await runTrial(
        trial,
        this.host,
        { ...this.written.context, who: 'ann' },
        {
          forward: () => {
            put(after);
            return Promise.resolve({ applied: true, failures: [] });
          },
          back: () => {
            put(before);
            return Promise.resolve([]);
          },
        },
      );
    });
  }

  /** A first apply, or a remove: there is nothing to go back to. */
  async replace(from: string | undefined, to: string | undefined): Promise<void> {
    const [before, after] = [from, to].map((image) =>
      image === undefined ? [] : installedFiles(installation(image)),
    );
    const state: NewState = {
      project: 'shop',
      directory: this.directory,
      verb: to === undefined ? 'remove' : 'apply',
      time: 0,
      who: 'ann',
      changes: [],
      files: after ?? [],
      remove: to === undefined ? (before ?? []).map(({ name }) => name) : [],
      start: [],
    };
    await withHostLock(this.written.context, 'user', () => {
      replaceState(this.state, 'user', state, true);
      if (to === undefined) forgetStates(this.state, 'shop');
      return Promise.resolve();
    });
  }

  /** Another verb that changes something, once the process is gone: what had the lock is no process any more. */
  async nextVerb(): Promise<void> {
    rmSync(join(this.home, 'run/dockunit/apply'), { recursive: true, force: true });
    await withHostLock(this.written.context, 'user', () => Promise.resolve());
  }

  /** The image of what is installed, if it is whole; undefined where nothing of it is. */
  image(): string | undefined {
    if (readdirSync(this.directory).every((name) => !name.startsWith('shop'))) return undefined;
    const image = /Image=(.*)/.exec(this.#read('shop-web.service'))?.[1] ?? '';
    expect(this.#read('shop-web.env')).toBe(`TOKEN=${image}\n`);
    return image;
  }

  /** The images of the history. */
  history(): readonly string[] {
    return appliedStates(this.state, 'shop').map(
      (state) => /TOKEN=(.*)/.exec(appliedFile(this.state, state, 'shop-web.env'))?.[1] ?? '',
    );
  }

  /** Everything that is there but units, and the history. */
  leftovers(): readonly string[] {
    return readdirSync(this.home, { recursive: true, encoding: 'utf8' }).filter(
      (path) =>
        statSync(join(this.home, path)).isFile() &&
        !/\/shop-web\.(service|env)$|\/applied\/shop\/\d+\/|\/lock\.\d+$|audit\.log$/.test(path),
    );
  }

  #read(name: string): string {
    return readFileSync(join(this.directory, name), 'utf8');
  }
}

async function scene(): Promise<Scene> {
  const made = new Scene();
  writeFiles(made.directory, installedFiles(installation('one')));
  await made.change('one', 'two');
  expect([made.image(), made.history(), made.leftovers()]).toEqual(['two', ['two'], []]);
  return made;
}

/** How many calls a change makes. */
async function countCalls(): Promise<number> {
  const made = await scene();
  return (await counting(() => made.change('two', 'three'))).count;
}

async function counting(work: () => Promise<void>): Promise<{ readonly count: number }> {
  const calls = failing(() => undefined);
  await work();
  restore();
  return calls;
}

/** All of the calls take minutes on a slow disk: FAULTS_EVERY=1. */
const every = Number(process.env['FAULTS_EVERY'] ?? 7);

describe.each([
  ['a first apply', undefined, 'one'],
  ['a remove', 'one', undefined],
] as const)('%s', (_what, from, to) => {
  const scene = async (): Promise<Scene> => {
    const made = new Scene();
    if (from !== undefined) await made.replace(undefined, from);
    return made;
  };
  const killed = (at: number) => (call: number) => (call >= at ? new Error('killed') : undefined);
  const fullAt = (at: number) => (call: number) => (call === at ? full() : undefined);

  it.each([
    ['that is killed', killed],
    ['on a full disk', fullAt],
  ] as const)(
    '%s leaves old or new, whole, and the next verb that changes something clears up',
    async (_how, fault) => {
      const counted = await scene();
      const { count } = await counting(() => counted.replace(from, to));
      expect(count).toBeGreaterThan(20);
      for (let at = 1; at <= count; at += every) {
        const made = await scene();
        failing(fault(at));
        await made.replace(from, to).catch(() => undefined);
        restore();
        await made.nextVerb();
        expect([from, to], `at call ${String(at)}`).toContain(made.image());
        // The history has the states that were, and of a removed project none: they hold secrets.
        expect(made.history(), `at call ${String(at)}`).toEqual(
          [made.image()].filter((image) => image !== undefined),
        );
        expect(made.leftovers(), `at call ${String(at)}`).toEqual([]);
        await made.replace(from, to);
        expect([made.image(), made.leftovers()], `at call ${String(at)}`).toEqual([to, []]);
      }
    },
  );
});

describe('a trial', () => {
  it(
    'that is killed leaves old or new, whole and recorded, and the next verb that changes something clears up',
    async () => {
      const count = await countCalls();
      expect(count).toBeGreaterThan(40);
      for (let at = 1; at <= count; at += every) {
        const made = await scene();
        // Who is dead changes nothing any more.
        failing((call) => (call >= at ? new Error('killed') : undefined));
        await made.change('two', 'three').catch(() => undefined);
        restore();
        await made.nextVerb();
        expect(['two', 'three'], `killed at call ${String(at)}`).toContain(made.image());
        expect(made.history().at(-1), `killed at call ${String(at)}`).toBe(made.image());
        expect(made.leftovers(), `killed at call ${String(at)}`).toEqual([]);
      }
    },
    60_000 * (every === 1 ? 10 : 1),
  );

  it(
    'on a full disk ends with an error that says so, and leaves old or new, whole and recorded',
    async () => {
      const count = await countCalls();
      for (let at = 1; at <= count; at += every) {
        const made = await scene();
        failing((call) => (call === at ? full() : undefined));
        const error: unknown = await made.change('two', 'three').then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        restore();
        // A temporary file that stays is no failure.
        if (error === undefined) expect(made.image(), `full at call ${String(at)}`).toBe('three');
        else expect(error, `full at call ${String(at)}`).toBeInstanceOf(HostError);
        await made.nextVerb();
        expect(['two', 'three'], `full at call ${String(at)}`).toContain(made.image());
        expect(made.history().at(-1), `full at call ${String(at)}`).toBe(made.image());
        expect(made.leftovers(), `full at call ${String(at)}`).toEqual([]);
      }
    },
    60_000 * (every === 1 ? 10 : 1),
  );

  it('leaves no unit that would recover it', async () => {
    const made = await scene();
    expect(readdirSync(made.directory)).not.toContain(finishUnit);
  });
});
