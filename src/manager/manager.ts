/**
 * One interface to whatever runs units: systemd (systemd.ts) or dockunit's own supervisor. Verbs use a Manager and
 * never either directly.
 */
import type { UnitManager } from '../model/unit-manager.ts';
import type { HistoryEntry } from '../supervisor/control/supervisor-api.ts';

export interface Manager extends UnitManager {
  readonly kind: 'systemd' | 'supervisor';
  readonly scope: 'system' | 'user';
  /** The variables of the unit's commands, without those of EnvironmentFile=; systemd.exec(5). */
  environment(unit: string): Promise<Readonly<Record<string, string>>>;
  /** The known history of the units, oldest first; systemd does not record who requested a job. */
  history(units: readonly string[]): Promise<readonly HistoryEntry[]>;
  close(): void;
}
