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
  readonly #enabledUnits: Set<string>;
  readonly #units: Map<string, RememberedUnit>;
  readonly #groups: Map<number, ProcessGroup & { readonly unit: string }>;
  #boot: string;
  #bootDue: boolean;
  #spawning: string | undefined;
  /** The last recorded state, if one was recorded since the memory began. */
  #recordedState: EngineState | undefined;
  #recordCount: number;
  #limit: number;
  /** The file lacks something: all of it is rewritten as soon as the disk accepts it. */
  #behind = false;
  /** The content of the spare journal: `all` there is to remember, or `less` than that. */
  #spareHas: 'nothing' | 'all' | 'less' = 'nothing';
  #spareWritten = 0;
  #retry: NodeJS.Timeout | undefined;
  /** The memory at the start, and whether the journal was damaged. */
  readonly memory: Memory;
  readonly damage: string | undefined;

  /** @param spare read instead of the journal if it has any content: then the journal is older */
  constructor(records: RecordsPort, spare: RecordsPort, report: (message: string) => void) {
    this.#records = records;
    this.#spare = spare;
    this.#report = report;
    const [journal, spareJournal] = [records.read(), spare.read()];
    const { records: read, damage } = spareJournal.records.length > 0 ? spareJournal : journal;
    this.memory = remember(read);
    this.damage = damage;
    this.#boot = this.memory.boot;
    this.#bootDue = this.memory.bootDue;
    this.#enabledUnits = new Set(this.memory.enabledUnits);
    this.#units = new Map(this.memory.units);
    this.#groups = new Map(this.memory.groups);
    this.#recordCount = read.length;
    this.#limit = this.#recordCount + slack;
    if (spareJournal.records.length > 0) this.#spareHas = 'all';
    this.#spareWritten = spareJournal.records.length;
    if (damage !== undefined || this.#spareHas === 'all') this.#rewrite();
  }

  get enabledUnits(): ReadonlySet<string> {
    return this.#enabledUnits;
  }

  /** The states of units and processes restart from nothing; the enabled set stays. */
  begin(boot: string): void {
    this.#boot = boot;
    this.#bootDue = true;
    this.#units.clear();
    this.#groups.clear();
    this.#spawning = undefined;
    this.#recordedState = undefined;
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
  setEnabled(unit: string, isEnabled: boolean): void {
    if (this.#behind) this.#rewrite();
    if (this.#behind || !this.#records.append([{ kind: isEnabled ? 'enabled' : 'disabled', unit }])) {
      this.#fallBehind([]);
      throw new HostError(
        `Cannot ${isEnabled ? 'enable' : 'disable'} ${unit}: the disk does not take the journal`,
        `Make room where the supervisor keeps it (${journalDirectories}), then try again`,
      );
    }
    if (isEnabled) this.#enabledUnits.add(unit);
    else this.#enabledUnits.delete(unit);
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
  onSettled(state: EngineState, containerOf: (unit: string) => RunIdentity | undefined): void {
    const { units, jobs } = state;
    const before = this.#recordedState;
    this.#recordedState = state;
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
    this.#recordCount += count;
    if (this.#recordCount >= this.#limit) this.#rewrite();
  }

  /** @param newRecords records of the changes since the last write to either journal */
  #rewrite(newRecords: readonly MemoryRecord[] = []): void {
    const records = this.#all();
    if (!this.#records.replace(records)) {
      this.#fallBehind(newRecords);
      return;
    }
    // The spare would hide later writes to the journal from the next supervisor.
    if (this.#spareHas !== 'nothing' && !this.#spare.replace([])) {
      this.#fallBehind(newRecords);
      return;
    }
    this.#spareHas = 'nothing';
    if (this.#behind) this.#report('the journal is written again');
    this.#behind = false;
    this.#recordCount = records.length;
    this.#limit = this.#recordCount + slack;
  }

  #all(): readonly MemoryRecord[] {
    return recordsOf({
      boot: this.#boot,
      bootDue: this.#bootDue,
      enabledUnits: this.#enabledUnits,
      units: this.#units,
      groups: this.#groups,
      ...(this.#spawning !== undefined && { spawning: this.#spawning }),
    });
  }

  /** Units continue to run. @param newRecords as of `#rewrite` */
  #fallBehind(newRecords: readonly MemoryRecord[]): void {
    const wasKept = this.#isKept;
    if (!this.#behind) this.#report('the disk does not take the journal: trying again until it does');
    this.#behind = true;
    this.#writeSpare(newRecords);
    if (wasKept && !this.#isKept) this.#report('nor does the runtime directory take it');
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#rewrite();
    }, retryAfter).unref();
  }

  #writeSpare(newRecords: readonly MemoryRecord[]): void {
    if (this.#spareHas === 'all' && this.#spareWritten < this.#limit && this.#spare.append(newRecords)) {
      this.#spareWritten += newRecords.length;
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
