/** The units as last read, and the part of their state that comes from outside: mounts. */
import { HostError } from '../../model/ports.ts';
import type { Event } from '../engine/protocol.ts';
import type { LoadedUnit } from '../load/loaded-unit.ts';
import type { Steps } from '../steps.ts';
import type { UnitReader } from './ports.ts';

/** How often to look at mounts while a unit needs one, in ms: Node gets no event for them. */
const mountLook = 2000;

/**
 * Foreign units that one request may make the supervisor read: some 30 ms of work, during which it answers no one else.
 */
const mostOthers = 100;

export class KnownUnits {
  readonly #reader: UnitReader;
  readonly #report: (message: string) => void;
  /** Requested units that are not dockunit's: read as well. */
  readonly #askedNames = new Set<string>();
  #units: ReadonlyMap<string, LoadedUnit> = new Map();
  #mountedPaths: ReadonlySet<string> = new Set();
  #mountTimer: NodeJS.Timeout | undefined;

  constructor(reader: UnitReader, report: (message: string) => void) {
    this.#reader = reader;
    this.#report = report;
  }

  get all(): ReadonlyMap<string, LoadedUnit> {
    return this.#units;
  }

  get(name: string): LoadedUnit | undefined {
    return this.#units.get(name);
  }

  /** Reads everything again. */
  *load(enabledUnits: ReadonlySet<string>): Steps<void> {
    this.#units = yield* this.#read(enabledUnits);
  }

  /**
   * Reads units that were not requested before; known units stay unchanged, since only a reload takes in changes. A
   * name without a file costs nothing, and is not remembered.
   * @returns whether there were any
   * @throws HostError for more foreign units than a request may add
   */
  *know(names: readonly string[], enabledUnits: ReadonlySet<string>): Steps<boolean> {
    const unknown = this.#unknown(names);
    if (unknown.length === 0) return false;
    const { own, others } = this.#reader.find(unknown);
    if (others.length > mostOthers) {
      throw new HostError(
        `${String(others.length)} units that are not dockunit’s are asked for at once`,
        `Ask for ${String(mostOthers)} at a time`,
      );
    }
    if (own.length + others.length === 0) return false;
    for (const name of [...own, ...others]) this.#askedNames.add(name);
    this.#units = new Map([...(yield* this.#read(enabledUnits)), ...this.#units]);
    return true;
  }

  /** Whether `know` has nothing to read. */
  isKnown(names: readonly string[]): boolean {
    const unknown = this.#unknown(names);
    if (unknown.length === 0) return true;
    const { own, others } = this.#reader.find(unknown);
    return own.length + others.length === 0;
  }

  /** Whether the sources of a unit have changed. Mounts have their files from elsewhere. */
  staleness(): (name: string) => boolean {
    const fingerprint = this.#reader.fingerprints();
    return (name) => {
      const unit = this.#units.get(name);
      if (unit === undefined || unit.config.type === 'external') return false;
      return unit.fingerprint !== fingerprint(name);
    };
  }

  /** The event that passes them to the engine. */
  loadedEvent(): Extract<Event, { kind: 'loaded' }> {
    return { kind: 'loaded', units: [...this.#units.values()].map(({ config }) => config) };
  }

  /** Reports mounts of units as they come and go from now on, starting with the present ones. */
  watchMounts(tell: (event: Event) => void): void {
    this.close();
    const mounts = [...this.#units.values()].filter(isMount).map(({ config }) => config.name);
    if (mounts.length === 0) return;
    const look = (): void => {
      const before = this.#mountedPaths;
      const now = (this.#mountedPaths = this.#reader.mounts());
      for (const unit of mounts)
        if (now.has(unit) !== before.has(unit)) tell({ kind: 'external', unit, active: now.has(unit) });
    };
    look();
    this.#mountTimer = setInterval(look, mountLook).unref();
  }

  close(): void {
    clearInterval(this.#mountTimer);
  }

  #unknown(names: readonly string[]): readonly string[] {
    return [...new Set(names)].filter((name) => !this.#units.has(name) && !this.#askedNames.has(name));
  }

  *#read(enabledUnits: ReadonlySet<string>): Steps<ReadonlyMap<string, LoadedUnit>> {
    const { units, diagnostics } = yield* this.#reader.load(this.#askedNames, new Set(enabledUnits));
    for (const { severity, message, position } of diagnostics) {
      const where = position === undefined ? '' : `${position.file}:${String(position.line)}: `;
      this.#report(`${severity}: ${where}${message}`);
    }
    return units;
  }
}

function isMount({ config }: LoadedUnit): boolean {
  return config.type === 'external' && config.name.endsWith('.mount');
}
