/** The recent history of each unit, kept in memory and on disk, so that `why` outlives a supervisor. */
import type { RecordsPort } from '../../model/supervisor-ports.ts';
import type { Effect } from '../engine/protocol.ts';
import type { HistoryEntry, HistoryFact } from '../control/supervisor-api.ts';

/** Entries kept of each unit; and how many may pile up on disk beyond those before the file is rewritten. */
const mostKept = 200;
const slack = 2000;

export class History {
  readonly #records: RecordsPort;
  readonly #entries = new Map<string, HistoryEntry[]>();
  #pending: HistoryEntry[] = [];
  #onDisk: number;
  #limit: number;

  constructor(records: RecordsPort) {
    this.#records = records;
    const { records: entries, damage } = records.read();
    for (const entry of entries) if (isEntry(entry)) this.#keep(entry);
    if (damage !== undefined) records.replace(this.of());
    this.#onDisk = entries.length;
    this.#limit = this.of().length + slack;
  }

  add(entry: HistoryEntry): void {
    this.#keep(entry);
    // Writes entries of the same moment together.
    if (this.#pending.push(entry) === 1)
      setImmediate(() => {
        this.flush();
      });
  }

  /** Writes the pending entries. */
  flush(): void {
    const entries = this.#pending;
    if (entries.length === 0) return;
    this.#pending = [];
    this.#onDisk += entries.length;
    this.#records.append(entries);
    if (this.#onDisk < this.#limit) return;
    const all = this.of();
    // If the disk refuses, tries again after as many entries.
    this.#onDisk = this.#records.replace(all) ? all.length : this.#onDisk;
    this.#limit = this.#onDisk + slack;
  }

  /** The entries of the unit, or of all units, oldest first. */
  of(unit?: string): readonly HistoryEntry[] {
    if (unit !== undefined) return this.#entries.get(unit) ?? [];
    return [...this.#entries.values()].flat().sort((one, other) => one.time - other.time);
  }

  #keep(entry: HistoryEntry): void {
    const entries = this.#entries.get(entry.unit) ?? [];
    entries.push(entry);
    if (entries.length > mostKept) entries.shift();
    this.#entries.set(entry.unit, entries);
  }
}

/** The effects that are facts about a unit; undefined for orders. */
export function factOf(effect: Effect): { readonly unit: string; readonly fact: HistoryFact } | undefined {
  const { kind } = effect;
  if (kind === 'job-new') {
    const { unit, job, type, cause } = effect;
    return { unit, fact: { kind, job, type, cause } };
  }
  if (kind === 'job-ended') {
    const { unit, job, type, result } = effect;
    return { unit, fact: { kind, job, type, result } };
  }
  if (kind === 'unit-state') {
    const { unit, activeState, subState, result } = effect;
    return { unit, fact: { kind, activeState, subState, result } };
  }
  return kind === 'occurred'
    ? { unit: effect.unit, fact: { kind, occurrence: effect.occurrence } }
    : undefined;
}

function isEntry(value: unknown): value is HistoryEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { time, unit, fact } = value as Partial<Record<keyof HistoryEntry, unknown>>;
  return typeof time === 'number' && typeof unit === 'string' && typeof fact === 'object' && fact !== null;
}
