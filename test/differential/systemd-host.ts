/**
 * Scenarios on a real systemd: one throwaway host, hundreds of scenarios on it side by side, each
 * with a prefix of its own, driven over the host's message bus from outside.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { writeFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { pack } from 'tar-stream';
import { openRoute } from '../../src/host/systemd/routes.ts';
import type { Bus } from '../../src/host/systemd/bus.ts';
import { bootHost, type Host } from '../e2e/throwaway-host.ts';
import { systemdVersions } from '../e2e/units-on-host.ts';
import { sameStates } from './compare.ts';
import type { ExpectedStep, Expectation } from './expectation.ts';
import { type StepView, type UnitMarks, type UnitView, marks } from './observation.ts';
import { type Action, type Scenario, type UnitModel, betweenActions, unitText } from './scenario.ts';
import { stubPath, stubProgram } from './stub.ts';

export type SystemdVersion = 252 | 257;

const destination = 'org.freedesktop.systemd1';
const managerPath = '/org/freedesktop/systemd1';

/** Of the real one: a load of other scenarios delays what the virtual clock does at once. */
const shortestSettling = 250;
/** ms after which a scenario that is not as expected is taken as it is. */
const longestDelay = 3_000;

export class SystemdHost implements AsyncDisposable {
  readonly version: SystemdVersion;
  readonly #host: Host;
  readonly #bus: Bus;
  #installed = 0;

  private constructor(host: Host, bus: Bus, version: SystemdVersion) {
    this.#host = host;
    this.#bus = bus;
    this.version = version;
  }

  static async boot(version: SystemdVersion): Promise<SystemdHost> {
    const root = version === systemdVersions.bookworm ? 'bookworm' : 'trixie';
    const host = await bootHost({ root, init: 'systemd', withoutNode: true });
    try {
      await host.writeFile(stubPath, stubProgram);
      await prefer(host);
      const address = `unix:path=/proc/${await host.processId()}/root/run/dbus/system_bus_socket`;
      const link = await host.until(
        'its message bus answers',
        () => openRoute({ kind: 'bus', address }),
        () => true,
      );
      return new SystemdHost(host, link.bus, version);
    } catch (error) {
      await host.down();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#bus.close();
    await this.#host.down();
  }

  /**
   * Writes the units of many scenarios and loads them; returns the prefix of each.
   * A target that is active and comes after them all keeps them loaded: systemd forgets Result,
   * NRestarts and start limits of a unit that nothing refers to once it is inactive.
   */
  async install(scenarios: readonly Scenario[]): Promise<readonly string[]> {
    const archive = pack();
    const batch = ++this.#installed;
    const prefixes = scenarios.map((_, index) => `b${batch}s${index}-`);
    const names: string[] = [];
    scenarios.forEach(({ units }, index) => {
      for (const unit of units) {
        const prefix = prefixes[index] ?? '';
        names.push(prefix + unit.name);
        archive.entry({ name: prefix + unit.name }, unitText(unit, prefix, this.version));
      }
    });
    const after = names.map((name) => `After=${name}\n`).join('');
    archive.entry({ name: `keep${batch}.target` }, `[Unit]\nDefaultDependencies=no\n${after}`);
    archive.finalize();
    const chunks: Uint8Array[] = [];
    for await (const chunk of archive) chunks.push(chunk as Uint8Array);
    await this.#host.sh('tar -x -C /etc/systemd/system', { input: Buffer.concat(chunks) });
    await this.#manager('Reload');
    await this.#manager('StartUnit', 'ss', [`keep${batch}.target`, 'replace']);
    return prefixes;
  }

  /**
   * What became of the scenario after each step. What is expected says only how long to wait: at least
   * as long as the step should take, and longer while the units are not yet as they should be.
   */
  async run(scenario: Scenario, prefix: string, expected: Expectation): Promise<readonly StepView[]> {
    const views: StepView[] = [];
    for (const [index, step] of scenario.steps.entries()) {
      const expectedStep = expected.steps[index];
      if (expectedStep === undefined) throw new Error(`nothing is expected of step ${index}`);
      const began = monotonic();
      for (const action of step) {
        await this.#act(action, prefix);
        await delay(betweenActions);
      }
      await delay(Math.max(0, expectedStep.settling + shortestSettling - (monotonic() - began)));
      views.push(await this.#atRest(scenario, prefix, began, expectedStep));
    }
    return views;
  }

  async #atRest(scenario: Scenario, prefix: string, began: number, step: ExpectedStep): Promise<StepView> {
    const deadline = monotonic() + longestDelay;
    for (;;) {
      await this.#untilStill(prefix, deadline);
      const view = await this.#look(scenario, prefix, began);
      if (sameStates(step, view) || monotonic() > deadline) return view;
      await delay(300);
    }
  }

  /** Ends what a scenario left running, as far as it lets itself be ended. */
  async end(scenario: Scenario, prefix: string): Promise<void> {
    for (const { name } of scenario.units) {
      await this.#manager('StopUnit', 'ss', [prefix + name, 'replace']).catch(() => undefined);
      await this.#manager('KillUnit', 'ssi', [prefix + name, 'all', constants.signals.SIGKILL]).catch(
        () => undefined,
      );
    }
  }

  async #act(action: Action, prefix: string): Promise<void> {
    switch (action.do) {
      case 'wait':
        return delay(action.ms);
      case 'kill': {
        // Refused where no main process runs: then there is nothing to kill.
        const body = [prefix + action.unit, 'main', constants.signals[action.signal]];
        await this.#manager('KillUnit', 'ssi', body).catch(() => undefined);
        return;
      }
      case 'reset-failed':
        await this.#manager('ResetFailedUnit', 's', [prefix + action.unit]);
        return;
      case 'start':
      case 'stop':
      case 'restart': {
        const member = { start: 'StartUnit', stop: 'StopUnit', restart: 'RestartUnit' }[action.do];
        // A refusal shows in the states.
        await this.#manager(member, 'ss', [prefix + action.unit, 'replace']).catch(() => undefined);
      }
    }
  }

  /** Two looks in a row that see the same states and jobs. */
  async #untilStill(prefix: string, deadline: number): Promise<void> {
    let last = '';
    while (monotonic() < deadline) {
      const now = JSON.stringify(await this.#states(prefix));
      if (now === last) return;
      last = now;
      await delay(100);
    }
  }

  async #states(prefix: string): Promise<readonly ListedUnit[]> {
    const [rows] = (await this.#manager('ListUnitsByPatterns', 'asas', [[], [`${prefix}*`]])) as [
      readonly (readonly unknown[])[],
    ];
    return rows
      .map((row) => ({
        name: String(row[0]).slice(prefix.length),
        activeState: String(row[3]),
        subState: String(row[4]),
        job: Number(row[7]),
      }))
      .sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  async #look(scenario: Scenario, prefix: string, began: number): Promise<StepView> {
    const states = new Map((await this.#states(prefix)).map((unit) => [unit.name, unit]));
    const seen = await Promise.all(
      scenario.units.map(async (unit) => {
        const state = states.get(unit.name);
        if (state === undefined) throw new Error(`${prefix}${unit.name} is not loaded`);
        const view = { activeState: state.activeState, subState: state.subState };
        return {
          name: unit.name,
          view: { ...view, ...(await this.#counters(unit, prefix)) },
          marks: await this.#marks(prefix + unit.name),
        };
      }),
    );
    return {
      began,
      units: new Map(seen.map(({ name, view }) => [name, view])),
      marks: new Map(seen.map(({ name, marks: times }) => [name, times])),
    };
  }

  async #counters(unit: UnitModel, prefix: string): Promise<Pick<UnitView, 'result' | 'restarts'>> {
    if (unit.service === undefined) return { result: 'success', restarts: 0 };
    const path = unitPath(prefix + unit.name);
    const [result, restarts] = await Promise.all([
      this.#property(path, 'Service', 'Result'),
      this.#property(path, 'Service', 'NRestarts'),
    ]);
    return { result: String(result), restarts: Number(restarts) };
  }

  async #marks(unit: string): Promise<UnitMarks> {
    const times = await Promise.all(
      marks.map(async (mark) => {
        const time = await this.#property(unitPath(unit), 'Unit', `${mark}TimestampMonotonic`);
        return [mark, Number(time) / 1000] as const;
      }),
    );
    return Object.fromEntries(times.filter(([, time]) => time > 0));
  }

  async #property(path: string, of: 'Unit' | 'Service', name: string): Promise<unknown> {
    const [variant] = await this.#bus.call({
      destination,
      path,
      interface: 'org.freedesktop.DBus.Properties',
      member: 'Get',
      signature: 'ss',
      body: [`${destination}.${of}`, name],
    });
    return (variant as { readonly value: unknown }).value;
  }

  async #manager(member: string, signature = '', body: readonly unknown[] = []): Promise<readonly unknown[]> {
    return this.#bus.call({
      destination,
      path: managerPath,
      interface: `${destination}.Manager`,
      member,
      signature,
      body,
    });
  }
}

interface ListedUnit {
  readonly name: string;
  readonly activeState: string;
  readonly subState: string;
  readonly job: number;
}

/** ms of CLOCK_MONOTONIC, which systemd's timestamps are of too: host and machine share it. */
function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Whatever else this machine does shall not make a scenario late: the host gets more of the
 * processors than others, and so does what drives it. Without effect where that is not allowed.
 */
async function prefer(host: Host): Promise<void> {
  const group = `dockunit-${host.name}`;
  const weights = { [`cpu/${group}/cpu.shares`]: '20000', [`${group}/cpu.weight`]: '2000' };
  for (const [file, weight] of Object.entries(weights)) {
    await writeFile(`/sys/fs/cgroup/${file}`, weight).catch(() => undefined);
  }
  try {
    setPriority(-10);
  } catch {
    // As it is, then.
  }
}

/** sd_bus_path_encode(3). */
function unitPath(unit: string): string {
  const escaped = unit.replace(/[^A-Za-z0-9]/g, (char) => `_${char.charCodeAt(0).toString(16)}`);
  return `${managerPath}/unit/${escaped}`;
}
