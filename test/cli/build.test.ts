/** `npm run build`, wherever the project lies. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isBuiltin } from 'node:module';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';

/** All but what has a program of its own, such as the linter: copied, since the build sees through links. */
function programPackages(): readonly string[] {
  return [...readFileSync('dist/licences.txt', 'utf8').matchAll(/^--- (\S+) /gm)].flatMap(([, name = '']) => {
    const path = `node_modules/${name}`;
    return existsSync(path) ? [path] : [];
  });
}

it('builds in a folder called src, as /usr/src is, where packages load more of Node than the program', () => {
  const project = join(temporaryDirectory(), 'src', 'dockunit');
  const parts = ['package.json', 'scripts', 'src', 'bin', 'examples', 'templates'];
  for (const path of [...parts, ...programPackages()]) cpSync(path, join(project, path), { recursive: true });
  mkdirSync(join(project, 'node_modules'), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules/esbuild'), join(project, 'node_modules/esbuild'));
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: project, stdio: 'pipe' });
  const version = execFileSync(process.execPath, ['bin/dockunit.js', '--version'], {
    cwd: project,
    encoding: 'utf8',
  });
  const { version: expected } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(version.trim()).toBe(expected);
});

it('depends on no package, and ships the licence of each that it contains', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies?: unknown };
  expect(dependencies).toBeUndefined();
  const parts = readFileSync('dist/licences.txt', 'utf8').split(/^--- /m).slice(1);
  const named = parts.map((part) => part.split(' ')[0]);
  for (const name of ['chalk', 'commander', 'dbus-next', 'execa', 'ini', 'toposort', 'yaml']) {
    expect(named).toContain(name);
  }
  for (const part of parts) expect(part).toMatch(/permission|redistribut|Apache License/i);
  for (const file of ['cli', 'generate', 'dbus-next', 'execa']) {
    const text = readFileSync(`dist/${file}.cjs`, 'utf8');
    const wanted = [...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name = '']) => name);
    const others = new Set(wanted.filter((name) => !name.startsWith('.') && !isBuiltin(name)));
    // dbus-next looks for both, and does without.
    expect([...others].sort()).toEqual(file === 'dbus-next' ? ['usocket', 'x11'] : []);
  }
});
