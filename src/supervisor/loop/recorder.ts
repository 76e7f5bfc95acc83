/** Keeps the journal in step with what it must remember, and small. */
import { HostError } from '../../host/ports.ts';
import type { ProcessGroup, RecordsPort } from '../../host/supervisor-ports.ts';
import type { EngineState } from '../engine/state.ts';
import type { RunIdentity } from './container-runs.ts';
import {
  isSame,
  type Memory,
  type MemoryRecord,
  recordsOf,
  type RememberedUnit,
  remember,
  rememberUnit,
} from './memory.ts';

/** Records beyond those needed, after which the file is written anew. */
const slack = 2000;
/** How soon a disk that refused is tried again, in ms. */
const retryAfter = 5000;

export class Recorder {
  readonly #records: RecordsPort;
  readonly #report: (message: string) => void;
  readonly #enabled: Set<string>;
  readonly #units: Map<string, RememberedUnit>;
  readonly #groups: Map<number, ProcessGroup & { readonly unit: string }>;
  #boot: string;
  #bootDue: boolean;
  #spawning: string | undefined;
  /** The state that was recorded last, if anything was since the memory began. */
  #recorded: EngineState | undefined;
  #written: number;
  #limit: number;
  /** The file lacks something: all of it is written anew as soon as the disk takes it. */
  #behind = false;
  #retry: NodeJS.Timeout | undefined;
  /** What was there at the start, and whether it was damaged. */
  readonly found: Memory;
  readonly damage: string | undefined;

  constructor(records: RecordsPort, report: (message: string) => void) {
    this.#records = records;
    this.#report = report;
    const { records: read, damage } = records.read();
    this.found = remember(read);
    this.damage = damage;
    this.#boot = this.found.boot;
    this.#bootDue = this.found.bootDue;
    this.#enabled = new Set(this.found.enabled);
    this.#units = new Map(this.found.units);
    this.#groups = new Map(this.found.groups);
    this.#written = read.length;
    this.#limit = this.#written + slack;
    if (damage !== undefined) this.#rewrite();
  }

  get enabled(): ReadonlySet<string> {
    return this.#enabled;
  }

  /** States of units and processes begin anew; the enabled set stays. */
  begin(boot: string): void {
    this.#boot = boot;
    this.#bootDue = true;
    this.#units.clear();
    this.#groups.clear();
    this.#spawning = undefined;
    this.#recorded = undefined;
    this.#rewrite();
  }

  /** Whether a supervisor that came now would have to start what a boot starts. */
  setBootDue(due: boolean): void {
    if (this.#bootDue === due) return;
    this.#bootDue = due;
    this.#append([{ kind: 'boot', due }]);
  }

  /** HostError, and nothing has changed, where the disk does not take it: nobody would ask for it again. */
  setEnabled(unit: string, enabled: boolean): void {
    if (this.#behind) this.#rewrite();
    this.#setEnabled(unit, enabled);
    if (!this.#append([{ kind: enabled ? 'enabled' : 'disabled', unit }])) {
      this.#setEnabled(unit, !enabled);
      throw new HostError(
        `Cannot ${enabled ? 'enable' : 'disable'} ${unit}: the disk does not take the journal`,
        'Make room where the supervisor keeps it (/var/lib/dockunit, or $XDG_STATE_HOME/dockunit), then try again',
      );
    }
  }

  groupBegins(mark: string): void {
    this.#spawning = mark;
    this.#append([{ kind: 'spawning', mark }]);
  }

  groupBegan(unit: string, { pid, startTime }: ProcessGroup): void {
    this.#spawning = undefined;
    this.#groups.set(pid, { pid, startTime, unit });
    this.#append([{ kind: 'group', unit, pid, startTime }]);
  }

  groupEnded({ pid }: ProcessGroup): void {
    if (this.#groups.delete(pid)) this.#append([{ kind: 'group-ended', pid }]);
  }

  /** Records the units that are not as they were. */
  settled(state: EngineState, containerOf: (unit: string) => RunIdentity | undefined): void {
    const { units, jobs } = state;
    const before = this.#recorded;
    this.#recorded = state;
    const records: MemoryRecord[] = [];
    for (const [unit, runtime] of units) {
      const job = runtime.job === undefined ? undefined : jobs.get(runtime.job);
      // A state is never changed in place. Which container it is becomes known later than that it starts.
      const isAsBefore = before?.units.get(unit) === runtime && (!job || before.jobs.get(job.id) === job);
      if (isAsBefore && (runtime.main === undefined || this.#units.get(unit)?.container)) continue;
      const now = rememberUnit(runtime, job, containerOf(unit));
      if (isSame(this.#units.get(unit), now)) continue;
      if (now === undefined) {
        this.#units.delete(unit);
        records.push({ kind: 'forgotten', unit });
      } else {
        this.#units.set(unit, now);
        records.push({ ...now, kind: 'unit', unit });
      }
    }
    this.#append(records);
  }

  /** Resolves when what was recorded would survive a power cut. */
  sync(): Promise<void> {
    return this.#records.sync();
  }

  close(): void {
    clearTimeout(this.#retry);
  }

  #setEnabled(unit: string, enabled: boolean): void {
    if (enabled) this.#enabled.add(unit);
    else this.#enabled.delete(unit);
  }

  /** @returns whether they are written; if not, they will be as soon as the disk takes them */
  #append(records: readonly MemoryRecord[]): boolean {
    if (records.length === 0) return true;
    if (this.#behind || !this.#records.append(records)) {
      this.#fallBehind();
      return false;
    }
    void this.#records.sync();
    this.#written += records.length;
    if (this.#written >= this.#limit) this.#rewrite();
    return true;
  }

  #rewrite(): void {
    const records = recordsOf({
      boot: this.#boot,
      bootDue: this.#bootDue,
      enabled: this.#enabled,
      units: this.#units,
      groups: this.#groups,
      ...(this.#spawning !== undefined && { spawning: this.#spawning }),
    });
    if (!this.#records.replace(records)) {
      this.#fallBehind();
      return;
    }
    if (this.#behind) this.#report('the journal is written again');
    this.#behind = false;
    this.#written = records.length;
    this.#limit = this.#written + slack;
  }

  /** Units run on; only what a crash of the supervisor in the meantime would forget is at stake. */
  #fallBehind(): void {
    if (!this.#behind) this.#report('the disk does not take the journal: trying again until it does');
    this.#behind = true;
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#rewrite();
    }, retryAfter).unref();
  }
}
