/** Files that outlive a power cut. Errors are those of the file system, as Node throws them. */
import { closeSync, fchmodSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs';

/**
 * A file of its own, in place of one that has the name.
 * @param mode the file has it from its creation on, whatever the umask
 */
export function writeSynced(path: string, content: string | Uint8Array, mode: number): void {
  rmSync(path, { force: true });
  const descriptor = openSync(path, 'wx', mode);
  try {
    // The umask may have taken bits away, never added any: no moment at which more may read it.
    fchmodSync(descriptor, mode);
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes what was renamed, made or removed in the directory outlive a power cut too. */
export function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
