/** Files that a Compose file names: nothing hangs, no device is opened, and --untrusted keeps within the project. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { readComposeSource, readSpecificationFile } from '../../../src/host/units/compose-files.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

const program = fileURLToPath(new URL('../../../bin/dockunit.js', import.meta.url));

let root: string;
let project: string;
beforeEach(() => {
  root = temporaryDirectory();
  project = join(root, 'shop');
  mkdirSync(project);
  writeFileSync(join(root, 'outside.env'), 'SECRET=of another\n');
  symlinkSync('../outside.env', join(project, 'link.env'));
  writeFileSync(join(project, 'inside.env'), 'A=b\n');
  symlinkSync('inside.env', join(project, 'good.env'));
  symlinkSync('..', join(project, 'up'));
  execFileSync('mkfifo', [join(project, 'pipe')]);
});

describe('a file that the specification names', () => {
  it.each([
    'pipe',
    '/dev/tty',
    '/dev/zero',
    '/dev/kmsg',
    '/proc/kmsg',
    '/proc/self/environ',
    '/sys/kernel/uevent_seqnum',
  ])('is not opened where it is %s', (name) => {
    expect(readSpecificationFile(join(name.startsWith('/') ? '/' : project, name))).toEqual({
      ok: false,
      reason: 'special',
    });
  });

  it('is empty where it is /dev/null', () => {
    expect(readSpecificationFile('/dev/null')).toEqual({ ok: true, text: '' });
  });

  it('may be anywhere, and be a link', () => {
    expect(readSpecificationFile(join(project, 'link.env'))).toEqual({
      ok: true,
      text: 'SECRET=of another\n',
    });
  });

  it.each([
    ['inside.env', true],
    ['good.env', true],
    ['up/shop/inside.env', true],
    ['link.env', false],
    ['../outside.env', false],
    ['up/outside.env', false],
    ['/etc/passwd', false],
    ['/proc/self/environ', false],
    ['..', false],
  ])('of an untrusted project is read only within it: %s', (name, read) => {
    const path = name.startsWith('/') ? name : join(project, name);
    const found = readSpecificationFile(path, project);
    expect(found.ok ? 'read' : found.reason).toBe(read ? 'read' : 'outside');
  });
});

/** The program itself, with a deadline: a pipe without a writer would keep it for ever. */
function check(compose: string, ...options: readonly string[]): { status: number | null; text: string } {
  writeFileSync(join(project, 'compose.yaml'), compose);
  const words = [program, 'config', ...options];
  const { status, stdout, stderr } = spawnSync('node', words, {
    cwd: project,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, text: stdout + stderr };
}

describe('dockunit config', () => {
  it.each([
    ['env_file', 'services: { a: { image: b, env_file: pipe } }'],
    ['label_file', 'services: { a: { image: b, label_file: pipe } }'],
    ['include', 'include: [pipe]\nservices: { a: { image: b } }'],
    ['extends', 'services: { a: { image: b, extends: { file: pipe, service: a } } }'],
  ])('refuses a pipe as %s', (_key, compose) => {
    expect(check(compose)).toMatchObject({
      status: 2,
      text: expect.stringContaining('is no regular file') as unknown,
    });
  });

  it.each([
    ['env_file', 'services: { a: { image: b, env_file: link.env } }'],
    ['include', 'include: [../outside.env]\nservices: { a: { image: b } }'],
    ['extends', 'services: { a: { image: b, extends: { file: up/outside.env, service: a } } }'],
  ])('--untrusted refuses a file outside the project as %s', (_key, compose) => {
    const { status, text } = check(compose, '--untrusted');
    expect({ status, text }).toMatchObject({
      status: 2,
      text: expect.stringContaining('lies outside the project directory') as unknown,
    });
    expect(text).not.toContain('of another');
  });

  it('--untrusted refuses a Compose file and a .env that are links to elsewhere', () => {
    writeFileSync(join(root, 'else.yaml'), 'services: {}');
    for (const name of ['compose.yaml', '.env']) {
      const directory = join(root, `of-${name}`);
      mkdirSync(directory);
      writeFileSync(
        join(directory, name === '.env' ? 'compose.yaml' : 'other'),
        'services: { a: { image: b } }',
      );
      symlinkSync('../else.yaml', join(directory, name));
      const location = { workingDirectory: directory, environment: {} };
      expect(() => readComposeSource(location)).not.toThrow();
      expect(() => readComposeSource({ ...location, untrusted: true })).toThrow('lies outside');
    }
  });

  it('accepts a pipe on the command line', () => {
    const { status, stdout } = spawnSync(
      'bash',
      ['-c', `node ${program} config -f <(echo 'services: { a: { image: b } }')`],
      { cwd: project, encoding: 'utf8', timeout: 20_000 },
    );
    expect(status).toBe(0);
    expect(stdout).toContain('image: b');
  });
});
