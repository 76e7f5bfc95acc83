/** What is written in a directory of another user, who puts links in the way meanwhile. */
import {
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { lockName } from '../../../src/images/image-lock.ts';
import { readLockFile, writeLockFile } from '../../../src/host/revisions/image-lock-file.ts';
import { withinDirectory } from '../../../src/host/machine/open-directory.ts';
import { HostError } from '../../../src/model/ports.ts';
import { writeFiles } from '../../../src/host/units/unit-files.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

const isRoot = process.geteuid?.() === 0;
/** Whose directories they are; without root, that of the tests. */
const [attacker, other] = isRoot ? [12345, 12346] : [process.geteuid?.() ?? 0, process.geteuid?.() ?? 0];

let root: string;
let project: string;
let victim: string;
beforeEach(() => {
  root = temporaryDirectory();
  project = join(root, 'project');
  victim = join(root, 'victim');
  mkdirSync(project);
  if (isRoot) chownSync(project, attacker, attacker);
  writeFileSync(victim, 'of root\n', { mode: 0o600 });
});

const namesIn = (path: string): readonly string[] => (existsSync(path) ? readdirSync(path) : []);

const victimState = (): readonly unknown[] => {
  const { uid, mode } = statSync(victim);
  return [readFileSync(victim, 'utf8'), uid, (mode & 0o777).toString(8)];
};

/** node:fs as the program has it, with a word of the attacker after each call of that name. */
function afterEachCall(
  names: readonly ('openSync' | 'fsyncSync' | 'statSync' | 'lstatSync')[],
  act: () => void,
): void {
  const fs = createRequire(import.meta.url)('node:fs') as Record<string, (...args: unknown[]) => unknown>;
  const before = names.map((name) => [name, fs[name]] as const);
  for (const [name, real] of before) {
    fs[name] = (...args) => {
      const result = real?.(...args);
      act();
      return result;
    };
  }
  syncBuiltinESMExports();
  onTestFinished(() => {
    for (const [name, real] of before) if (real !== undefined) fs[name] = real;
    syncBuiltinESMExports();
  });
}

describe('the lock beside a Compose file', () => {
  it('changes no other file where its staged file is replaced by a link', () => {
    const before = victimState();
    let own = true;
    afterEachCall(['fsyncSync'], () => {
      if (!own) return;
      own = false;
      for (const name of readdirSync(project)) {
        renameSync(join(project, name), join(project, `${name}.aside`));
        symlinkSync(victim, join(project, name));
      }
    });
    writeLockFile(join(project, lockName), 'text');
    expect(victimState()).toEqual(before);
    expect(own).toBe(false);
  });

  it('has an unpredictable name while staged', () => {
    symlinkSync(victim, join(project, `${lockName}.tmp`));
    const before = victimState();
    expect(writeLockFile(join(project, lockName), 'text')).toBe(true);
    expect(victimState()).toEqual(before);
    expect(readdirSync(project).sort()).toEqual([lockName, `${lockName}.tmp`]);
    expect(lstatSync(join(project, `${lockName}.tmp`)).isSymbolicLink()).toBe(true);
  });

  it('belongs to the owner of its directory', () => {
    writeLockFile(join(project, lockName), 'text');
    expect(statSync(join(project, lockName))).toMatchObject({ uid: attacker, mode: 0o100644 });
    expect(writeLockFile(join(project, lockName), 'text')).toBe(false);
    expect(readLockFile(join(project, lockName))).toBe('text');
  });

  it('removes leftovers of a killed process, and nothing else', () => {
    const names = ['.dockunit-0123456789ab.tmp', '.dockunit-mine.tmp'];
    for (const name of names) writeFileSync(join(project, name), '');
    mkdirSync(join(project, '.dockunit-0123456789ac.tmp'));
    writeLockFile(join(project, lockName), 'text');
    expect(readdirSync(project).sort()).toEqual([
      '.dockunit-0123456789ac.tmp',
      '.dockunit-mine.tmp',
      lockName,
    ]);
  });

  it('is not read, nor written, where it is a link', () => {
    symlinkSync(victim, join(project, lockName));
    const before = victimState();
    expect(() => readLockFile(join(project, lockName))).toThrow(/dockunit\.lock: it is a symbolic link/);
    expect(() => writeLockFile(join(project, lockName), 'text')).toThrow(HostError);
    expect(victimState()).toEqual(before);
  });

  it('is not read where a link replaces it between the check and the read', () => {
    writeFileSync(join(project, lockName), 'text');
    afterEachCall(['lstatSync'], () => {
      if (existsSync(join(project, 'aside')) || !existsSync(join(project, lockName))) return;
      renameSync(join(project, lockName), join(project, 'aside'));
      symlinkSync(victim, join(project, lockName));
    });
    expect(() => readLockFile(join(project, lockName))).toThrow(HostError);
  });

  it('stays in its directory where a link replaces that meanwhile', () => {
    const elsewhere = join(root, 'elsewhere');
    mkdirSync(elsewhere);
    afterEachCall(['openSync'], () => {
      if (existsSync(join(root, 'aside')) || namesIn(project).every((name) => !name.endsWith('.tmp'))) return;
      renameSync(project, join(root, 'aside'));
      symlinkSync(elsewhere, project);
    });
    writeLockFile(join(project, lockName), 'text');
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(readdirSync(join(root, 'aside'))).toEqual([lockName]);
  });
});

describe('units in a directory of another user', () => {
  it('stay there where a link replaces it meanwhile', () => {
    const elsewhere = join(root, 'elsewhere');
    mkdirSync(elsewhere);
    const unit = {
      name: 'web.service',
      mode: 0o644,
      get content(): string {
        if (!existsSync(join(root, 'aside'))) {
          renameSync(project, join(root, 'aside'));
          symlinkSync(elsewhere, project);
        }
        return 'text';
      },
    };
    writeFiles(project, [unit]);
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(readFileSync(join(root, 'aside', 'web.service'), 'utf8')).toBe('text');
  });
});

describe('the way to a directory', () => {
  const lead = (from: string, to: string, owner: number): string => {
    const link = join(root, from);
    symlinkSync(to, link);
    if (isRoot) lchownSync(link, owner, owner);
    return link;
  };
  const seen = (path: string): string =>
    withinDirectory(path, ({ inside }) => readFileSync(join(inside, 'mark'), 'utf8'));
  beforeEach(() => {
    writeFileSync(join(project, 'mark'), 'seen');
  });

  it('may be a link of root, or of the owner of the directory', () => {
    expect(seen(lead('of-root', 'project', 0))).toBe('seen');
    expect(seen(lead('of-owner', project, attacker))).toBe('seen');
    expect(seen(join(lead('twice', 'of-owner/../project', attacker), '.'))).toBe('seen');
  });

  it.runIf(isRoot)('is no link of a third user', () => {
    expect(() => seen(lead('of-other', 'project', other))).toThrow(
      /user 12346 leads to a directory of user 12345/,
    );
    mkdirSync(join(root, 'theirs'));
    chownSync(join(root, 'theirs'), other, other);
    // Of root, in a directory whose owner can put another in its place.
    symlinkSync('../project', join(root, 'theirs', 'moved'));
    expect(() => seen(join(root, 'theirs', 'moved'))).toThrow(HostError);
  });

  it('is no cycle of links, and no file', () => {
    symlinkSync('circle', join(root, 'circle'));
    expect(() => seen(join(root, 'circle'))).toThrow(/too many links/);
    expect(() => seen(victim)).toThrow(/ENOTDIR/);
  });
});
