/**
 * Directives newer than the oldest systemd that dockunit writes for, and the version that introduced each (systemd's
 * NEWS). An older systemd warns about them and ignores them.
 */
const since: ReadonlyMap<string, number> = new Map([
  ['Upholds', 249],
  ['UpheldBy', 249],
  ['OnSuccess', 249],
  ['PropagatesStopTo', 249],
  ['StopPropagatedFrom', 249],
  ['OpenFile', 253],
  ['LogFilterPatterns', 253],
  ['RestartSteps', 254],
  ['RestartMaxDelaySec', 254],
  ['RestartMode', 254],
  ['ImportCredential', 254],
  ['SurviveFinalKillSignal', 255],
  ['PrivatePIDs', 257],
]);

/** Whether that systemd knows the directive; true for directives older than the table. */
export function isKnownTo(key: string, systemd: number): boolean {
  return systemd >= versionOf(key);
}

/** The version that introduced the directive; 0 for directives older than the table. */
export function versionOf(key: string): number {
  return since.get(key) ?? 0;
}
