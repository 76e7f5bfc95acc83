/** The memory use of a program that runs for years. */
import { setFlagsFromString } from 'node:v8';

/**
 * Makes V8 keep the heap small rather than fast to fill, which saves a fifth of the whole: its nursery keeps its
 * initial size instead of growing to 16 MiB, and V8 compiles less ahead. Called after dockunit's code is loaded, as V8
 * refuses the cached compiled code under other flags. Does nothing in a V8 version that was not measured, which might
 * not know the flags.
 */
export function limitHeap(): void {
  if (!process.versions.v8.startsWith('11.3.')) return;
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--optimize-for-size');
}
