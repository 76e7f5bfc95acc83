/** Programs of the host. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** The path of the program in the first of the directories that has it; undefined where none has. */
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
