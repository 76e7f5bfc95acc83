/** The cost of a short run beyond its own work. */
import { setFlagsFromString } from 'node:v8';

/**
 * Disables the optimising compiler of V8 for this run: up to several thousand services it costs more than it gains, for
 * a hundred twice the whole run. Called after Node's modules are loaded, as V8 refuses Node's compiled code for them
 * under other flags; bin/dockunit.js reverts it before it caches dockunit's compiled code. Does nothing in a V8 version
 * that was not measured, which might not know the flag.
 */
export function disableOptimiser(): void {
  if (process.versions.v8.startsWith('11.3.')) setFlagsFromString('--no-opt');
}
