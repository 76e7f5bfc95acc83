/** The Manager for systemd. */
import type { JobEvent, JobResult, JobVerb, Scope, UnitLink, UnitState } from '../model/ports.ts';
import { Systemd, managerInterface, managerPath } from '../host/systemd/client.ts';
import { isNoSuchUnit, systemdError } from '../host/systemd/errors.ts';
import { asJobs, runJobs } from '../host/systemd/jobs.ts';
import { readUnitStates } from '../host/systemd/states.ts';
import { readSystemdRecords } from '../host/systemd/journal-records.ts';
import { unitPath } from '../host/systemd/unit-state.ts';
import type { HistoryEntry } from '../supervisor/control/supervisor-api.ts';
import type { Manager } from './manager.ts';
import { historyOf } from './systemd-history.ts';

export class SystemdManager implements Manager {
  readonly kind = 'systemd';
  readonly #systemd: Systemd;

  private constructor(systemd: Systemd) {
    this.#systemd = systemd;
  }

  /** HostError where systemd does not run, cannot be reached, or denies permission. */
  static async connect(scope: Scope): Promise<SystemdManager> {
    return new SystemdManager(await Systemd.connect(scope));
  }

  get scope(): Scope {
    return this.#systemd.scope;
  }

  version(): Promise<number> {
    return Promise.resolve(this.#systemd.version);
  }

  async reload(): Promise<void> {
    await this.#do('reload the unit files', () => this.#systemd.manager('Reload'));
  }

  async enable(units: readonly string[]): Promise<readonly UnitLink[]> {
    // as files, b runtime, b force → b carries install info, a(sss) changes
    const [, changes] = await this.#do(
      'enable',
      () => this.#systemd.manager('EnableUnitFiles', 'asbb', [units, false, false]),
      units,
    );
    return this.#afterChanges(asLinks(changes));
  }

  async disable(units: readonly string[]): Promise<readonly UnitLink[]> {
    // as files, b runtime → a(sss) changes
    const [changes] = await this.#do(
      'disable',
      () => this.#systemd.manager('DisableUnitFiles', 'asb', [units, false]),
      units,
    );
    return this.#afterChanges(asLinks(changes));
  }

  async resetFailed(units: readonly string[]): Promise<void> {
    await Promise.all(
      units.map((unit) =>
        this.#systemd.manager('ResetFailedUnit', 's', [unit]).catch((error: unknown) => {
          if (!isNoSuchUnit(error)) throw systemdError(error, this.scope, 'reset the failed state of', unit);
        }),
      ),
    );
  }

  run(
    verb: JobVerb,
    units: readonly string[],
    onEvent?: (event: JobEvent) => void,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, JobResult>> {
    return runJobs(this.#systemd, verb, units, onEvent, signal);
  }

  states(units: readonly string[]): Promise<readonly UnitState[]> {
    return readUnitStates(this.#systemd, units);
  }

  async environment(unit: string): Promise<Readonly<Record<string, string>>> {
    const [general, own] = await this.#do(
      'read the environment of',
      () =>
        Promise.all([
          this.#systemd.property(managerPath, managerInterface, 'Environment'),
          this.#systemd.property(unitPath(unit), 'org.freedesktop.systemd1.Service', 'Environment'),
        ]),
      [unit],
    );
    return Object.fromEntries([...asAssignments(general), ...asAssignments(own)]);
  }

  async pendingJobs(): Promise<readonly { unit: string; verb: string; state: string }[]> {
    const [jobs] = await this.#do('list the jobs', () => this.#systemd.manager('ListJobs'));
    return asJobs(jobs).map(({ unit, verb, state }) => ({ unit, verb, state }));
  }

  async history(units: readonly string[]): Promise<readonly HistoryEntry[]> {
    return historyOf(await readSystemdRecords(units, this.scope));
  }

  close(): void {
    this.#systemd.close();
  }

  /** systemd reads links only when it reloads its unit files. */
  async #afterChanges(links: readonly UnitLink[]): Promise<readonly UnitLink[]> {
    if (links.length > 0) await this.reload();
    return links;
  }

  async #do(
    action: string,
    call: () => Promise<readonly unknown[]>,
    units?: readonly string[],
  ): Promise<readonly unknown[]> {
    try {
      return await call();
    } catch (error) {
      throw systemdError(error, this.scope, action, units?.join(' '));
    }
  }
}

/** Narrows an array of `NAME=value`. */
function asAssignments(value: unknown): readonly (readonly [string, string])[] {
  return (Array.isArray(value) ? value : []).map((each: unknown) => {
    const text = String(each);
    const at = text.indexOf('=');
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
}

/** Narrows the a(sss) of EnableUnitFiles: type, path, source. Other types are remarks, not changes. */
function asLinks(value: unknown): readonly UnitLink[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((change: unknown): UnitLink[] => {
    const [action, path, target] = Array.isArray(change) ? (change as readonly unknown[]) : [];
    return action === 'symlink' || action === 'unlink'
      ? [{ action, path: String(path), target: String(target) }]
      : [];
  });
}
