/** Programs of the host. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** The path of the program in the first directory that contains it; undefined where none does. */
export function findProgram(program: string, directories: readonly string[]): string | undefined {
  return directories.map((directory) => join(directory, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
