/** What a short run costs beyond its own work. */
import { setFlagsFromString } from 'node:v8';

/**
 * Tells V8 to leave its optimising compiler out of this run: up to several thousand services it costs
 * more than it gains, for a hundred twice the whole run. Called after Node's modules are loaded, as the
 * compiled code that Node carries of them is refused under other flags; bin/dockunit.js takes it back
 * before it keeps ours. Does nothing in a V8 it was not measured on, which might not know the flag.
 */
export function disableOptimiser(): void {
  if (process.versions.v8.startsWith('11.3.')) setFlagsFromString('--no-opt');
}
