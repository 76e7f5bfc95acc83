/**
 * The corpus, copied to a directory of its own: stand-ins for what its authors did not publish are put
 * into the copy. DOCKUNIT_CORPUS names its folder where it does not stand beside the project.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { composeFilesIn, corpus } from '../corpus/corpus-tier.ts';

export interface CorpusCopy extends Disposable {
  /** Absolute; on a throwaway host the copy lies at the same path. */
  readonly directory: string;
  /** The Compose files, relative to `directory`, sorted. */
  readonly files: readonly string[];
  /** Puts an empty file into the copy; false where the path is outside of it or taken. */
  addEmptyFile(path: string): boolean;
}

/** Throws where there is no corpus. */
export function copyCorpus(): CorpusCopy {
  if (!existsSync(corpus)) {
    throw new Error(
      `the corpus of Compose files is not at ${corpus}: put it there, or name its folder in DOCKUNIT_CORPUS`,
    );
  }
  const directory = mkdtempSync(join(tmpdir(), 'dockunit-corpus-'));
  cpSync(corpus, directory, { recursive: true });
  return {
    directory,
    files: composeFilesIn(directory),
    addEmptyFile: (path) => {
      if (!path.startsWith(`${directory}/`) || existsSync(path)) return false;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, '');
      return true;
    },
    [Symbol.dispose]: () => {
      rmSync(directory, { recursive: true });
    },
  };
}
