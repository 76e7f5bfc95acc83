import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { buildSync } from 'esbuild';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/model/diagnostic.ts';
import type { ComposeLocation } from '../../../src/host/units/compose-files.ts';
import {
  largestFile,
  readComposeSource,
  readSpecificationFile,
} from '../../../src/host/units/compose-files.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

let root: string;
beforeEach(() => {
  root = temporaryDirectory();
  mkdirSync(join(root, 'shop/src'), { recursive: true });
  mkdirSync(join(root, 'other'));
});

const write = (path: string, text = path): void => writeFileSync(join(root, path), text);

/** What is read from shop/, with paths below the root. */
function read(location: Partial<ComposeLocation> = {}): Record<string, unknown> {
  const source = readComposeSource({ workingDirectory: join(root, 'shop'), environment: {}, ...location });
  const below = (path: string): string => path.replace(`${root}/`, '');
  return {
    files: source.files.map(({ path }) => below(path)),
    directory: below(source.directory),
    dotenv: source.dotenv.map(({ path }) => below(path)),
  };
}

describe('readComposeSource', () => {
  it('takes the first of the usual names, with its override and .env', () => {
    write('shop/docker-compose.yml');
    write('shop/compose.yaml');
    write('shop/compose.override.yml');
    write('shop/.env');
    expect(read()).toEqual({
      files: ['shop/compose.yaml', 'shop/compose.override.yml'],
      directory: 'shop',
      dotenv: ['shop/.env'],
    });
  });

  it('looks in the directories above; the working directory’s .env wins over the project’s', () => {
    write('shop/compose.yml');
    write('shop/.env');
    write('shop/src/.env');
    expect(read({ workingDirectory: join(root, 'shop/src') })).toEqual({
      files: ['shop/compose.yml'],
      directory: 'shop',
      dotenv: ['shop/.env', 'shop/src/.env'],
    });
  });

  it('uses the files of -f alone, without overrides, and the first one’s directory', () => {
    write('other/a.yaml');
    write('shop/b.yaml');
    write('other/compose.override.yml');
    expect(read({ files: ['../other/a.yaml', 'b.yaml'] })).toEqual({
      files: ['other/a.yaml', 'shop/b.yaml'],
      directory: 'other',
      dotenv: [],
    });
    expect(read({ files: ['b.yaml'], projectDirectory: '../other' })).toMatchObject({ directory: 'other' });
  });

  it('respects COMPOSE_FILE, from the environment or .env, and its separator', () => {
    write('shop/a.yaml');
    write('shop/b.yaml');
    const files = ['shop/a.yaml', 'shop/b.yaml'];
    expect(read({ environment: { COMPOSE_FILE: 'a.yaml:b.yaml' } })).toMatchObject({ files });
    expect(
      read({ environment: { COMPOSE_FILE: 'a.yaml,b.yaml', COMPOSE_PATH_SEPARATOR: ',' } }),
    ).toMatchObject({ files });
    write('shop/.env', 'COMPOSE_FILE=b.yaml\n');
    expect(read()).toMatchObject({ files: ['shop/b.yaml'] });
    expect(read({ environment: { COMPOSE_FILE: 'a.yaml' } })).toMatchObject({ files: ['shop/a.yaml'] });
  });

  it('uses --env-file and COMPOSE_ENV_FILES in place of .env', () => {
    write('shop/compose.yaml');
    write('shop/.env');
    write('shop/one.env');
    write('other/two.env');
    expect(read({ envFiles: ['one.env', '../other/two.env'] })).toMatchObject({
      dotenv: ['shop/one.env', 'other/two.env'],
    });
    expect(read({ environment: { COMPOSE_ENV_FILES: 'one.env' } })).toMatchObject({
      dotenv: ['shop/one.env'],
    });
    expect(read({ environment: { COMPOSE_DISABLE_ENV_FILE: 'true' } })).toMatchObject({ dotenv: [] });
  });

  it.each([
    [
      'nothing there',
      { workingDirectory: '/proc/self' },
      /there is no compose\.yaml, .* in \/proc\/self or above/,
    ],
    ['a missing file', { files: ['gone.yaml'] }, /gone\.yaml does not exist/],
    ['a directory', { files: ['src'] }, /src is a directory/],
    ['a device without end', { files: ['/dev/zero'] }, /larger than 4 MiB/],
    ['a missing --env-file', { files: ['/dev/null'], envFiles: ['gone.env'] }, /gone\.env does not exist/],
  ] satisfies [string, Partial<ComposeLocation>, RegExp][])('refuses %s', (_name, location, message) => {
    expect(() => read(location)).toThrow(UsageError);
    expect(() => read(location)).toThrow(message);
  });

  it('reads a pipe, as <(…) in a shell', () => {
    const pipe = join(root, 'pipe');
    execFileSync('mkfifo', [pipe]);
    execFileSync('sh', ['-c', `(printf 'services: {}' >${pipe}) >/dev/null 2>&1 &`]);
    const { files } = readComposeSource({ workingDirectory: root, environment: {}, files: [pipe] });
    expect(files).toEqual([{ path: pipe, text: 'services: {}' }]);
  });
});

describe('standard input', () => {
  it.each([
    ['a pipe of a shell', (script: string) => ['sh', '-c', `sleep 0.2; printf 'services: {}' | ${script}`]],
    ['a socket of a Node parent', (script: string) => ['sh', '-c', script]],
  ])('is read from %s', (_name, command) => {
    const program = join(root, 'read.mjs');
    buildSync({
      stdin: {
        contents: `import { readComposeSource } from './compose-files.ts';
          const source = readComposeSource({ workingDirectory: process.cwd(), environment: {}, files: ['-'] });
          process.stdout.write(source.files[0].text);`,
        resolveDir: fileURLToPath(new URL('../../../src/host/units', import.meta.url)),
      },
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
    });
    const [file = '', ...args] = command(`${process.execPath} ${program}`);
    expect(execFileSync(file, args, { cwd: root, input: 'services: {}', encoding: 'utf8' })).toBe(
      'services: {}',
    );
  });
});

describe('readSpecificationFile', () => {
  it('returns the text, or the reason why not', () => {
    write('shop/a.env', 'A=1');
    write('shop/big.env', 'x'.repeat(largestFile + 1));
    expect(readSpecificationFile(join(root, 'shop/a.env'))).toEqual({ ok: true, text: 'A=1' });
    expect(readSpecificationFile(join(root, 'shop/big.env'))).toEqual({ ok: false, reason: 'too-large' });
    expect(readSpecificationFile(join(root, 'shop/no.env'))).toEqual({ ok: false, reason: 'missing' });
    expect(readSpecificationFile(join(root, 'shop'))).toEqual({ ok: false, reason: 'directory' });
    expect(readSpecificationFile(join(root, 'shop/a.env/b'))).toEqual({ ok: false, reason: 'unreadable' });
  });
});
