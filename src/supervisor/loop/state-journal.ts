/**
 * Keeps the journal up to date, and small. While its disk is full, a spare journal that a reboot clears holds
 * everything: after a reboot nothing recorded then would count.
 */
import { HostError } from '../../model/ports.ts';
import type { ProcessGroup, RecordsPort } from '../../model/supervisor-ports.ts';
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

/** Records beyond those needed, after which the file is rewritten. */
const slack = 2000;
/** The pause before a retry after the disk refused, in ms. */
const retryAfter = 5000;
/** The defaults for the system's supervisor, and for a user's. */
const journalDirectories = '/var/lib/dockunit, or $XDG_STATE_HOME/dockunit';

export class StateJournal {
  readonly #records: RecordsPort;
  readonly #spare: RecordsPort;
  readonly #report: (message: string) => void;
  readonly #enabled: Set<string>;
  readonly #units: Map<string, RememberedUnit>;
  readonly #groups: Map<number, ProcessGroup & { readonly unit: string }>;
  #boot: string;
  #bootDue: boolean;
  #spawning: string | undefined;
  /** The last recorded state, if one was recorded since the memory began. */
  #recorded: EngineState | undefined;
  #written: number;
  #limit: number;
  /** The file lacks something: all of it is rewritten as soon as the disk accepts it. */
  #behind = false;
  /** The content of the spare journal: `all` there is to remember, or `less` than that. */
  #spareHas: 'nothing' | 'all' | 'less' = 'nothing';
  #spareWritten = 0;
  #retry: NodeJS.Timeout | undefined;
  /** The memory at the start, and whether the journal was damaged. */
  readonly found: Memory;
  readonly damage: string | undefined;

  /** @param spare read instead of the journal if it has any content: then the journal is older */
  constructor(records: RecordsPort, spare: RecordsPort, report: (message: string) => void) {
    this.#records = records;
    this.#spare = spare;
    this.#report = report;
    const [kept, spared] = [records.read(), spare.read()];
    const { records: read, damage } = spared.records.length > 0 ? spared : kept;
    this.found = remember(read);
    this.damage = damage;
    this.#boot = this.found.boot;
    this.#bootDue = this.found.bootDue;
    this.#enabled = new Set(this.found.enabled);
    this.#units = new Map(this.found.units);
    this.#groups = new Map(this.found.groups);
    this.#written = read.length;
    this.#limit = this.#written + slack;
    if (spared.records.length > 0) this.#spareHas = 'all';
    this.#spareWritten = spared.records.length;
    if (damage !== undefined || this.#spareHas === 'all') this.#rewrite();
  }

  get enabled(): ReadonlySet<string> {
    return this.#enabled;
  }

  /** The states of units and processes restart from nothing; the enabled set stays. */
  begin(boot: string): void {
    this.#boot = boot;
    this.#bootDue = true;
    this.#units.clear();
    this.#groups.clear();
    this.#spawning = undefined;
    this.#recorded = undefined;
    this.#rewrite([
      { kind: 'begin', boot },
      { kind: 'boot', due: true },
    ]);
  }

  /** Whether a new supervisor would have to start the units of a boot. */
  setBootDue(due: boolean): void {
    if (this.#bootDue === due) return;
    this.#bootDue = due;
    this.#append([{ kind: 'boot', due }]);
  }

  /** HostError, and nothing has changed, where the disk does not accept it: no later write would retry it. */
  setEnabled(unit: string, enabled: boolean): void {
    if (this.#behind) this.#rewrite();
    if (this.#behind || !this.#records.append([{ kind: enabled ? 'enabled' : 'disabled', unit }])) {
      this.#fallBehind([]);
      throw new HostError(
        `Cannot ${enabled ? 'enable' : 'disable'} ${unit}: the disk does not take the journal`,
        `Make room where the supervisor keeps it (${journalDirectories}), then try again`,
      );
    }
    if (enabled) this.#enabled.add(unit);
    else this.#enabled.delete(unit);
    this.#appended(1);
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

  /** Records the units that changed. */
  settled(state: EngineState, containerOf: (unit: string) => RunIdentity | undefined): void {
    const { units, jobs } = state;
    const before = this.#recorded;
    this.#recorded = state;
    const records: MemoryRecord[] = [];
    for (const [unit, runtime] of units) {
      const job = runtime.job === undefined ? undefined : jobs.get(runtime.job);
      // States are immutable. Which container a unit has becomes known later than its start.
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

  /** HostError where no disk accepts the records, so that the next supervisor will not know of the stop. */
  expectStopKept(units: readonly string[]): void {
    if (this.#isKept) return;
    throw new HostError(
      `Stopped, but no disk takes the journal: a restarted supervisor starts ${units.join(', ')} again`,
      `Make room where the supervisor keeps it (${journalDirectories}): it is written as soon as there is some`,
    );
  }

  /** Resolves when all recorded changes would survive a power cut. */
  sync(): Promise<void> {
    return this.#records.sync();
  }

  close(): void {
    clearTimeout(this.#retry);
  }

  #append(records: readonly MemoryRecord[]): void {
    if (records.length === 0) return;
    if (this.#behind || !this.#records.append(records)) this.#fallBehind(records);
    else this.#appended(records.length);
  }

  #appended(count: number): void {
    void this.#records.sync();
    this.#written += count;
    if (this.#written >= this.#limit) this.#rewrite();
  }

  /** @param lacking records of the changes since the last write to either journal */
  #rewrite(lacking: readonly MemoryRecord[] = []): void {
    const records = this.#all();
    if (!this.#records.replace(records)) {
      this.#fallBehind(lacking);
      return;
    }
    // The spare would hide later writes to the journal from the next supervisor.
    if (this.#spareHas !== 'nothing' && !this.#spare.replace([])) {
      this.#fallBehind(lacking);
      return;
    }
    this.#spareHas = 'nothing';
    if (this.#behind) this.#report('the journal is written again');
    this.#behind = false;
    this.#written = records.length;
    this.#limit = this.#written + slack;
  }

  #all(): readonly MemoryRecord[] {
    return recordsOf({
      boot: this.#boot,
      bootDue: this.#bootDue,
      enabled: this.#enabled,
      units: this.#units,
      groups: this.#groups,
      ...(this.#spawning !== undefined && { spawning: this.#spawning }),
    });
  }

  /** Units continue to run. @param lacking as of `#rewrite` */
  #fallBehind(lacking: readonly MemoryRecord[]): void {
    const wasKept = this.#isKept;
    if (!this.#behind) this.#report('the disk does not take the journal: trying again until it does');
    this.#behind = true;
    this.#writeSpare(lacking);
    if (wasKept && !this.#isKept) this.#report('nor does the runtime directory take it');
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#rewrite();
    }, retryAfter).unref();
  }

  #writeSpare(lacking: readonly MemoryRecord[]): void {
    if (this.#spareHas === 'all' && this.#spareWritten < this.#limit && this.#spare.append(lacking)) {
      this.#spareWritten += lacking.length;
      return;
    }
    const all = this.#all();
    if (this.#spare.replace(all)) {
      this.#spareHas = 'all';
      this.#spareWritten = all.length;
    } else if (this.#spareHas === 'all') this.#spareHas = 'less';
  }

  get #isKept(): boolean {
    return !this.#behind || this.#spareHas === 'all';
  }
}
