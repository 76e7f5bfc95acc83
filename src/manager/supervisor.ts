/** The Manager for dockunit's own supervisor, over its control socket. */
import type { JobEvent, JobResult, JobVerb, Scope, UnitLink, UnitState } from '../model/ports.ts';
import { ControlClient } from '../supervisor/control/client.ts';
import { unitsPerRequest } from '../supervisor/control/protocol.ts';
import { controlSocketPath } from '../supervisor/control/socket-path.ts';
import type { HistoryEntry } from '../supervisor/control/supervisor-api.ts';
import type { Manager } from './manager.ts';

export class SupervisorManager implements Manager {
  readonly kind = 'supervisor';
  readonly scope: Scope;
  readonly #client: ControlClient;

  private constructor(scope: Scope, client: ControlClient) {
    this.scope = scope;
    this.#client = client;
  }

  /** HostError where no supervisor runs in the scope, or this user may not use it. */
  static async connect(
    scope: Scope,
    path = controlSocketPath(scope, process.env, process.geteuid?.() ?? 0),
  ): Promise<SupervisorManager> {
    return new SupervisorManager(scope, await ControlClient.connect(path, scope));
  }

  version(): Promise<number> {
    return this.#client.call('version', {});
  }

  async reload(): Promise<void> {
    await this.#client.call('reload', {});
  }

  enable(units: readonly string[]): Promise<readonly UnitLink[]> {
    return this.#inRequests(units, (some) => this.#client.call('enable', { units: some }));
  }

  disable(units: readonly string[]): Promise<readonly UnitLink[]> {
    return this.#inRequests(units, (some) => this.#client.call('disable', { units: some }));
  }

  async resetFailed(units: readonly string[]): Promise<void> {
    await this.#inRequests(units, async (some) => {
      await this.#client.call('resetFailed', { units: some });
      return [];
    });
  }

  async run(
    verb: JobVerb,
    units: readonly string[],
    onEvent?: (event: JobEvent) => void,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, JobResult>> {
    const options = { ...(onEvent && { onEvent }), ...(signal && { signal }) };
    return new Map(
      await this.#inRequests(units, (some) => this.#client.call('run', { verb, units: some }, options)),
    );
  }

  states(units: readonly string[]): Promise<readonly UnitState[]> {
    return this.#inRequests(units, (some) => this.#client.call('states', { units: some }));
  }

  /**
   * Read from the unit's files, as the supervisor reads them; variables of this session stand in for the supervisor's
   * own.
   */
  async environment(unit: string): Promise<Readonly<Record<string, string>>> {
    const { unitEnvironment } = await import('../supervisor/on-this-host.ts');
    return unitEnvironment(this.scope, process.env, unit);
  }

  pendingJobs(): Promise<readonly { unit: string; verb: string; state: string }[]> {
    return this.#client.call('pendingJobs', {});
  }

  async history(units: readonly string[]): Promise<readonly HistoryEntry[]> {
    const names = new Set(units);
    const all = await this.#client.call('history', {});
    const boot = all.findLast(({ fact }) => fact.kind === 'boot')?.time ?? 0;
    return all.filter(({ unit, time }) => names.has(unit) && time >= boot);
  }

  close(): void {
    this.#client.close();
  }

  /** One request after the other for as many units as each may name; the supervisor takes them in this order. */
  async #inRequests<T>(
    units: readonly string[],
    ask: (some: readonly string[]) => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    const count = Math.max(1, Math.ceil(units.length / unitsPerRequest));
    const parts = Array.from({ length: count }, (_, part) =>
      units.slice(part * unitsPerRequest, (part + 1) * unitsPerRequest),
    );
    return (await Promise.all(parts.map(ask))).flat();
  }
}
