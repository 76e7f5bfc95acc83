/** The same work on both implementations of Files: node:fs, and a shell, which is here one of this machine. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Files, localFiles } from '../../../src/host/machine/files.ts';
import { isCode } from '../../../src/host/machine/error-codes.ts';
import { HostError } from '../../../src/model/ports.ts';
import { RemoteFiles } from '../../../src/host/remote/remote-files.ts';
import { RemoteShell } from '../../../src/host/remote/remote-shell.ts';

let directory: string;
let shell: RemoteShell | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dockunit-files-'));
});
afterEach(() => {
  shell?.close();
  shell = undefined;
  rmSync(directory, { recursive: true });
});

function openShell(): RemoteShell {
  shell = RemoteShell.open('web1', ['sh', []], mkdtempSync(join(directory, 'fifos-')));
  return shell;
}

const implementations = {
  'of this machine': () => localFiles,
  'over a shell': () => new RemoteFiles(openShell()),
} satisfies Record<string, () => Files>;

const awkward = 'a\n\n"$x" `y` \'z\' \\ é 漢\0end without newline';

describe.each(Object.entries(implementations))('files %s', (_name, open) => {
  const at = (...names: readonly string[]): string => join(directory, ...names);
  const codeOf = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      const codes = ['ENOENT', 'EEXIST', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG'];
      return codes.find((code) => isCode(error, code)) ?? String(error);
    }
    return 'none';
  };

  test('are written whatever is in them, with their mode whatever the umask', () => {
    const files = open();
    const name = "it's $HOME; `x`\n";
    files.create(at(name), awkward, 0o644);
    expect(readFileSync(at(name), 'utf8')).toBe(awkward);
    expect(statSync(at(name)).mode & 0o7777).toBe(0o644);
    expect(files.read(at(name))).toBe(awkward);
    files.create(at('secret'), '', 0o600);
    expect(statSync(at('secret')).mode & 0o7777).toBe(0o600);
    files.setMode(at('secret'), 0o640);
    expect(files.status(at('secret'))).toMatchObject({ kind: 'file', mode: 0o640 });
    expect(codeOf(() => files.create(at('secret'), 'again', 0o600))).toBe('EEXIST');
  });

  test('too large to be fetched with their directory, and for a pipe', () => {
    const files = open();
    const large = 'x'.repeat(300_000);
    files.create(at('large'), large, 0o644);
    files.prefetch([directory]);
    expect(files.read(at('large'))).toBe(large);
  });

  test('are looked at: what kind they are, and when they changed', () => {
    const files = open();
    mkdirSync(at('directory'));
    symlinkSync('nowhere', at('dangling'));
    symlinkSync('directory', at('link'));
    for (const prefetch of [false, true]) {
      if (prefetch) files.prefetch([directory, at('directory'), at('nothing')]);
      expect(files.status(at('directory'))?.kind).toBe('directory');
      expect(files.status(at('dangling'))?.kind).toBe('link');
      expect(files.status(at('nothing', 'below'))).toBeUndefined();
      expect(files.isDirectory(at('link'))).toBe(true);
      expect(files.realPath(at('link'))).toBe(at('directory'));
      expect(codeOf(() => files.realPath(at('dangling')))).toBe('ENOENT');
      expect(files.isDirectory(at('dangling'))).toBe(false);
      const { mtimeMs } = statSync(at('directory'));
      expect(Math.abs((files.status(at('directory'))?.modifiedAt ?? 0) - mtimeMs)).toBeLessThan(1);
    }
  });

  test('are listed and read, fetched before or not', () => {
    const files = open();
    writeFileSync(at('a.service'), '[Unit]\n');
    writeFileSync(at('empty.service'), '');
    writeFileSync(at('b c.service'), awkward);
    symlinkSync('a.service', at('alias.service'));
    symlinkSync('/dev/null', at('masked.service'));
    symlinkSync('nowhere', at('dangling.service'));
    for (const prefetch of [false, true]) {
      if (prefetch) files.prefetch([directory, at('missing')]);
      const names = files.list(directory).filter((name) => name.endsWith('.service'));
      expect([...names].sort()).toEqual(
        ['a', 'alias', 'b c', 'dangling', 'empty', 'masked'].map((name) => `${name}.service`),
      );
      const texts = ['a', 'alias', 'b c', 'empty', 'masked'].map((name) => files.read(at(`${name}.service`)));
      expect(texts).toEqual(['[Unit]\n', '[Unit]\n', awkward, '', '']);
      expect(codeOf(() => files.read(at('dangling.service')))).toBe('ENOENT');
      expect(codeOf(() => files.read(at('missing', 'x')))).toBe('ENOENT');
      expect(codeOf(() => files.list(at('missing')))).toBe('ENOENT');
      expect(codeOf(() => files.read(directory))).toBe('EISDIR');
      expect(codeOf(() => files.list(at('a.service', 'x')))).toBe('ENOTDIR');
    }
  });

  test('that were fetched are read again after a change', () => {
    const files = open();
    writeFileSync(at('a'), 'old');
    files.prefetch([directory]);
    expect(files.read(at('a'))).toBe('old');
    files.create(at('b'), 'new', 0o644);
    files.rename(at('b'), at('a'));
    expect(files.read(at('a'))).toBe('new');
    expect(files.list(directory)).not.toContain('b');
    files.prefetch([directory]);
    files.remove(at('a'));
    expect(codeOf(() => files.read(at('a')))).toBe('ENOENT');
  });

  test('get names and lose them as link(2), rename(2), symlink(2) and unlink(2) have it', () => {
    const files = open();
    files.makeDirectory(at('x', 'y'), 0o700);
    files.makeDirectory(at('x', 'y'), 0o755);
    for (const made of [at('x'), at('x', 'y')]) expect(statSync(made).mode & 0o777).toBe(0o700);
    expect(files.status(at('x', 'y'))).toMatchObject({ kind: 'directory', owner: process.geteuid?.() });
    files.create(at('x', 'one'), '1', 0o644);
    files.link(at('x', 'one'), at('x', 'two'));
    expect(codeOf(() => files.link(at('x', 'one'), at('x', 'two')))).toBe('EEXIST');
    // Not into the directory of that name.
    expect(codeOf(() => files.link(at('x', 'one'), at('x', 'y')))).toBe('EEXIST');
    files.symlink('../elsewhere', at('x', 'link'));
    expect(readlinkSync(at('x', 'link'))).toBe('../elsewhere');
    expect(codeOf(() => files.symlink('z', at('x', 'link')))).toBe('EEXIST');
    expect(codeOf(() => files.remove(at('x', 'missing')))).toBe('ENOENT');
    expect(codeOf(() => files.rename(at('x', 'missing'), at('x', 'one')))).toBe('ENOENT');
    files.sync(at('x'));
    files.discard(at('x'));
    files.discard(at('x'));
    expect(files.status(at('x'))).toBeUndefined();
  });

  test('grow, and tell their size; not through a link', () => {
    const files = open();
    expect(files.append(at('log'), 'é\n', 0o640)).toBe(3);
    expect(files.append(at('log'), 'b\n', 0o640)).toBe(5);
    expect(readFileSync(at('log'), 'utf8')).toBe('é\nb\n');
    expect(statSync(at('log')).mode & 0o777).toBe(0o640);
    symlinkSync('log', at('link'));
    expect(codeOf(() => files.append(at('link'), 'c\n', 0o640))).toBe('ELOOP');
  });

  test('are written where a path leads, through links of one’s own', () => {
    const files = open();
    files.makeDirectory(at('x', 'y'), 0o755);
    files.symlink('x', at('link'));
    files.within(at('link', 'y'), (inside) => {
      files.create(join(inside, 'a'), 'text', 0o644);
      files.sync(inside);
    });
    expect(readFileSync(at('x', 'y', 'a'), 'utf8')).toBe('text');
    expect(codeOf(() => files.within(at('missing'), () => 'never'))).toBe('ENOENT');
  });
});

test('a shell, which works by path, writes nothing where others can put another directory in its place', () => {
  const files = new RemoteFiles(openShell());
  mkdirSync(join(directory, 'open'));
  chmodSync(join(directory, 'open'), 0o777);
  mkdirSync(join(directory, 'open', 'units'));
  expect(() => files.within(join(directory, 'open', 'units'), () => 'never')).toThrow(
    /others may change .*\/open/,
  );
});

describe('a shell that ends', () => {
  test('is an error that says so, then and ever after', () => {
    const files = new RemoteFiles(openShell());
    expect(() => shell?.run('kill -9 "$$"')).toThrow('The connection to web1 was lost');
    expect(() => files.create(join(directory, 'a'), '', 0o600)).toThrow(HostError);
    expect(files).toBeInstanceOf(RemoteFiles);
  });

  test('before it began too', () => {
    shell = RemoteShell.open('web1', ['false', []], mkdtempSync(join(directory, 'fifos-')));
    expect(() => shell?.run(':')).toThrow('The connection to web1 was lost');
  });

  test('tells output, error and status apart, whatever they hold', () => {
    const answer = openShell().run(`printf '%s' "$1"; printf '%s' "$2" >&2; exit 7`, ['out\n\n', 'err']);
    expect([answer.stdout.toString(), answer.stderr, answer.status]).toEqual(['out\n\n', 'err', 7]);
    expect(shell?.run('echo next; cat; read -r line; echo "$line"').stdout.toString()).toBe('next\n\n');
  });
});
