/** Files that outlive a power cut. Errors are those of the file system, as Node throws them. */
import { machine } from './machine.ts';

/**
 * A file of its own, in place of one that has the name.
 * @param mode the file has it from its creation on, whatever the umask
 */
export function writeSynced(path: string, content: string | Uint8Array, mode: number): void {
  const { files } = machine();
  files.discard(path);
  files.create(path, content, mode);
}

/** Makes what was renamed, made or removed in the directory outlive a power cut too. */
export function syncDirectory(path: string): void {
  machine().files.sync(path);
}
