/**
 * One interface over what runs units: systemd (systemd.ts) or dockunit's own supervisor. Verbs
 * speak to a Manager and never to either.
 */
import type { UnitManager } from '../model/unit-manager.ts';
import type { HistoryEntry } from '../supervisor/control/served.ts';

export interface Manager extends UnitManager {
  readonly kind: 'systemd' | 'supervisor';
  readonly scope: 'system' | 'user';
  /** The variables that commands of the unit have, those of EnvironmentFile= left out; systemd.exec(5). */
  environment(unit: string): Promise<Readonly<Record<string, string>>>;
  /** What happened to the units as far as it is known, oldest first; systemd does not tell who asked for a job. */
  history(units: readonly string[]): Promise<readonly HistoryEntry[]>;
  close(): void;
}
