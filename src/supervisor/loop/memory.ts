/**
 * The content of the supervisor's journal: records that are appended, and the memory they add up to. It holds only what
 * Docker cannot report. Pure.
 */
import type { ActiveState } from '../../model/ports.ts';
import type { ProcessGroup } from '../../model/supervisor-ports.ts';
import {
  activeStateOf,
  type Job,
  type ServiceResult,
  serviceResults,
  type UnitRuntime,
} from '../engine/state.ts';
import type { RunIdentity } from './container-runs.ts';

export interface RememberedUnit {
  readonly activeState: ActiveState;
  readonly subState: string;
  readonly result: ServiceResult;
  readonly restarts: number;
  /** It was up, or starting, and no stop was requested. */
  readonly wanted: boolean;
  readonly container?: RunIdentity;
}

export type MemoryRecord =
  /** The states of units restart from nothing: another boot, or an orderly shutdown of all units. */
  | { readonly kind: 'begin'; readonly boot: string }
  /** The units of a boot are still to be started; `due` false: they have been. */
  | { readonly kind: 'boot'; readonly due: boolean }
  | { readonly kind: 'enabled'; readonly unit: string }
  | { readonly kind: 'disabled'; readonly unit: string }
  | ({ readonly kind: 'unit'; readonly unit: string } & RememberedUnit)
  | { readonly kind: 'forgotten'; readonly unit: string }
  /** A process is about to be created; the mark identifies it until its group is known. */
  | { readonly kind: 'spawning'; readonly mark: string }
  | ({ readonly kind: 'group'; readonly unit: string } & ProcessGroup)
  | { readonly kind: 'group-ended'; readonly pid: number };

export interface Memory {
  /** '' where no boot was recorded. */
  readonly boot: string;
  /** The start or shutdown of a boot was in progress: the units of a boot are to be started. */
  readonly bootDue: boolean;
  readonly enabledUnits: ReadonlySet<string>;
  readonly units: ReadonlyMap<string, RememberedUnit>;
  readonly groups: ReadonlyMap<number, ProcessGroup & { readonly unit: string }>;
  /** The mark of a process that may have been created when the supervisor ended, its group unknown. */
  readonly spawning?: string;
}

/** Adds up records in the order read; skips invalid ones, since another version may have written them. */
export function remember(records: readonly unknown[]): Memory {
  let boot = '';
  let bootDue = false;
  let spawning: string | undefined;
  const enabledUnits = new Set<string>();
  const units = new Map<string, RememberedUnit>();
  const groups = new Map<number, ProcessGroup & { readonly unit: string }>();
  for (const record of records) {
    if (!isRecord(record)) continue;
    switch (record.kind) {
      case 'begin':
        boot = record.boot;
        units.clear();
        groups.clear();
        spawning = undefined;
        break;
      case 'boot':
        bootDue = record.due;
        break;
      case 'enabled':
        enabledUnits.add(record.unit);
        break;
      case 'disabled':
        enabledUnits.delete(record.unit);
        break;
      case 'unit':
        units.set(record.unit, record);
        break;
      case 'forgotten':
        units.delete(record.unit);
        break;
      case 'spawning':
        spawning = record.mark;
        break;
      case 'group':
        // Processes are created one at a time.
        spawning = undefined;
        groups.set(record.pid, record);
        break;
      case 'group-ended':
        groups.delete(record.pid);
    }
  }
  return { boot, bootDue, enabledUnits, units, groups, ...(spawning !== undefined && { spawning }) };
}

/** The fewest records that add up to the memory. */
export function recordsOf(memory: Memory): readonly MemoryRecord[] {
  const { boot, bootDue, enabledUnits, units, groups, spawning } = memory;
  return [
    { kind: 'begin', boot },
    ...(bootDue ? [{ kind: 'boot', due: true } as const] : []),
    ...[...enabledUnits].map((unit) => ({ kind: 'enabled', unit }) as const),
    ...[...units].map(([unit, record]) => ({ ...record, kind: 'unit', unit }) as const),
    ...[...groups.values()].map((group) => ({ ...group, kind: 'group' }) as const),
    ...(spawning === undefined ? [] : [{ kind: 'spawning', mark: spawning } as const]),
  ];
}

/** The state of a unit worth remembering; undefined for a unit without any history. */
export function rememberUnit(
  { config, state, result, restarts, forbidRestart }: UnitRuntime,
  job: Job | undefined,
  container: RunIdentity | undefined,
): RememberedUnit | undefined {
  if (config.type === 'external') return undefined;
  const activeState = activeStateOf[state];
  if (activeState === 'inactive' && job === undefined && result === 'success' && restarts === 0)
    return undefined;
  const comesBack =
    activeState === 'deactivating' &&
    !forbidRestart &&
    config.type === 'service' &&
    config.service.restart !== 'no';
  return {
    activeState,
    subState: state,
    result,
    restarts,
    wanted:
      job === undefined
        ? activeState === 'active' || activeState === 'activating' || comesBack
        : job.type !== 'stop',
    ...(container && { container }),
  };
}

export function isSame(one: RememberedUnit | undefined, other: RememberedUnit | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.activeState === other.activeState &&
    one.subState === other.subState &&
    one.result === other.result &&
    one.restarts === other.restarts &&
    one.wanted === other.wanted &&
    one.container?.id === other.container?.id &&
    one.container?.startedAt === other.container?.startedAt
  );
}

const fields = {
  begin: { boot: 'string' },
  boot: { due: 'boolean' },
  enabled: { unit: 'string' },
  disabled: { unit: 'string' },
  unit: { unit: 'string', activeState: 'string', subState: 'string', restarts: 'number', wanted: 'boolean' },
  forgotten: { unit: 'string' },
  spawning: { mark: 'string' },
  group: { unit: 'string', pid: 'number', startTime: 'string' },
  'group-ended': { pid: 'number' },
} as const satisfies Record<MemoryRecord['kind'], Readonly<Record<string, string>>>;

function isRecord(value: unknown): value is MemoryRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Record<string, unknown>;
  const kind = record['kind'];
  if (typeof kind !== 'string' || !Object.hasOwn(fields, kind)) return false;
  const fieldTypes = Object.entries(fields[kind as MemoryRecord['kind']]);
  if (!fieldTypes.every(([key, type]) => typeof record[key] === type)) return false;
  return kind !== 'unit' || serviceResults.some((result) => result === record['result']);
}
