import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { HostError } from '../../../src/model/ports.ts';
import {
  ensureDirectory,
  findUnitFiles,
  listUnitFiles,
  readUnitFile,
} from '../../../src/host/units/unit-directories.ts';
import { unitSearchPath } from '../../../src/host/units/unit-directories.ts';
import { checkWritable, writeFiles } from '../../../src/host/units/unit-files.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory();
});

const unit = (name: string, content: string, mode = 0o644) => ({ name, mode, content });
const at = (name: string): string => join(directory, name);
/** Every file and what is in it: what a failure must leave as it was. */
const snapshot = (): Record<string, string> =>
  Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(at(name), 'utf8')]));
const modeOf = (name: string): number => statSync(at(name)).mode & 0o7777;

describe('checkWritable', () => {
  it('leaves the directory unchanged, and reports what could not be removed', () => {
    writeFiles(directory, [unit('a.service', '1'), unit('b.service', '1')]);
    const before = snapshot();
    checkWritable(directory, ['a.service', 'b.service', 'never.service']);
    expect(snapshot()).toEqual(before);
    symlinkSync('/dev/null', at('masked.service'));
    expect(() => {
      checkWritable(directory, ['a.service', 'masked.service']);
    }).toThrow(/masked\.service: it is a symbolic link/);
    expect(() => {
      checkWritable(at('missing'), []);
    }).toThrow(/missing: it does not exist/);
    expect(readdirSync(directory).sort()).toEqual(['a.service', 'b.service', 'masked.service']);
  });
});

describe('writeFiles', () => {
  it('reports the result for each file, and leaves no other file', () => {
    writeFiles(directory, [unit('a.service', '1'), unit('b.service', '1'), unit('c.service', '1')]);
    const before = statSync(at('a.service'));
    const changes = writeFiles(
      directory,
      [unit('a.service', '1'), unit('b.service', '2'), unit('d.service', '1')],
      ['c.service', 'never.service'],
    );
    expect(changes).toEqual([
      { name: 'a.service', change: 'unchanged' },
      { name: 'b.service', change: 'changed' },
      { name: 'd.service', change: 'created' },
      { name: 'c.service', change: 'removed' },
    ]);
    expect(snapshot()).toEqual({ 'a.service': '1', 'b.service': '2', 'd.service': '1' });
    expect(statSync(at('a.service'))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  });

  it('sets the requested mode under any umask, and repairs a wrong one', () => {
    const umask = process.umask(0o077);
    try {
      writeFiles(directory, [unit('a.service', '1'), unit('a.env', 'SECRET=1', 0o600)]);
      expect([modeOf('a.service'), modeOf('a.env')]).toEqual([0o644, 0o600]);
      chmodSync(at('a.env'), 0o644);
      expect(writeFiles(directory, [unit('a.env', 'SECRET=1', 0o600)])).toEqual([
        { name: 'a.env', change: 'changed' },
      ]);
      expect(modeOf('a.env')).toBe(0o600);
    } finally {
      process.umask(umask);
    }
  });

  it('writes a unit whose name is as long as a name can be', () => {
    const name = `${'x'.repeat(247)}.service`;
    expect(writeFiles(directory, [unit(name, '1')])).toEqual([{ name, change: 'created' }]);
    expect(snapshot()).toEqual({ [name]: '1' });
  });

  it('restores everything where a file cannot be replaced', () => {
    writeFiles(directory, [unit('a.service', 'old'), unit('gone.service', 'old')]);
    const before = snapshot();
    const files = [unit('a.service', 'new'), unit('b.service', 'new'), unit('missing/c.service', 'new')];
    expect(() => writeFiles(directory, files, ['gone.service'])).toThrow(HostError);
    expect(snapshot()).toEqual(before);
  });

  it.each([
    ['a directory', () => mkdirSync(at('b.service')), /b\.service: it is a directory/],
    ['a link', () => symlinkSync('/dev/null', at('b.service')), /b\.service: it is a symbolic link/],
  ])('changes nothing where %s is in the way', (_name, obstruct, message) => {
    writeFiles(directory, [unit('a.service', 'old')]);
    obstruct();
    expect(() => writeFiles(directory, [unit('a.service', 'new'), unit('b.service', 'new')])).toThrow(
      message,
    );
    expect(readFileSync(at('a.service'), 'utf8')).toBe('old');
    expect(readdirSync(directory)).toEqual(['a.service', 'b.service']);
  });

  it('names the missing directory, and how to create it', () => {
    const missing = at('missing');
    expect(() => writeFiles(missing, [unit('a.service', '1')])).toThrow(
      expect.objectContaining({
        message: `Cannot write ${missing}: it does not exist`,
        remedy: expect.stringContaining(`mkdir -p ${missing}`) as unknown,
      }),
    );
  });

  it('refuses an invalid file name, before it writes anything', () => {
    const files = [unit('a.service', '1'), unit(`${'x'.repeat(300)}.service`, '1')];
    expect(() => writeFiles(directory, files)).toThrow(/the name is too long/);
    expect(snapshot()).toEqual({});
  });
});

describe('unit directories', () => {
  it('list only units: no masks, no dangling links, no other files', () => {
    writeFiles(directory, [
      unit('b.target', 'B'),
      unit('a.service', 'A'),
      unit('a.env', 'E'),
      unit('README', 'R'),
    ]);
    symlinkSync('/dev/null', at('masked.service'));
    symlinkSync('/nonexistent', at('dangling.service'));
    mkdirSync(at('odd.service'));
    expect(listUnitFiles(directory)).toEqual([
      { name: 'a.service', path: at('a.service'), text: 'A' },
      { name: 'b.target', path: at('b.target'), text: 'B' },
    ]);
    expect(listUnitFiles(at('missing'))).toEqual([]);
  });

  it('find a unit in any of them, masks and dangling links too', () => {
    mkdirSync(at('etc'));
    mkdirSync(at('lib'));
    symlinkSync('/dev/null', at('etc/a.service'));
    writeFileSync(at('lib/a.service'), 'A');
    const directories = [at('etc'), at('missing'), at('lib')];
    expect(findUnitFiles('a.service', directories)).toEqual([at('etc/a.service'), at('lib/a.service')]);
    expect(readUnitFile(at('etc/a.service'))).toBe('');
    expect(findUnitFiles('b.service', directories)).toEqual([]);
    expect(readUnitFile(at('lib/b.service'))).toBeUndefined();
  });

  it('are created with their parents, with an error where a file is in the way', () => {
    ensureDirectory(at('deep/down'));
    ensureDirectory(at('deep/down'));
    expect(statSync(at('deep/down')).isDirectory()).toBe(true);
    writeFileSync(at('file'), '');
    expect(() => {
      ensureDirectory(at('file'));
    }).toThrow(/is a file, not a directory/);
  });

  it('are where the user’s environment says', () => {
    const path = unitSearchPath('user', {
      HOME: '/home/a',
      XDG_CONFIG_HOME: '/cfg',
      XDG_DATA_DIRS: '/d1:/d2',
    });
    expect(path).toContain('/cfg/systemd/user');
    expect(path).toContain('/d2/systemd/user');
    expect(path.indexOf('/cfg/systemd/user')).toBeLessThan(path.indexOf('/etc/systemd/user'));
    expect(path.filter((entry) => entry.includes('undefined'))).toEqual([]);
  });
});
