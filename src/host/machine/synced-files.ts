/** Files that survive a power cut. Errors are those of the file system, as Node throws them. */
import { machine } from './machine.ts';

/**
 * Creates a new file, in place of an existing one.
 * @param mode the file has it from its creation on, whatever the umask
 */
export function writeSynced(path: string, content: string | Uint8Array, mode: number): void {
  const { files } = machine();
  files.discard(path);
  files.create(path, content, mode);
}

/** Makes renames, new files and removals in the directory survive a power cut too. */
export function syncDirectory(path: string): void {
  machine().files.sync(path);
}
