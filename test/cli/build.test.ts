/** `npm run build`, wherever the project lies. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';

/** Those that the program has in it. Copied, since the build sees through links. */
function programPackages(): readonly string[] {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  return Object.entries(packages).flatMap(([path, { dev }]) =>
    dev !== true && /^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path) && existsSync(path) ? [path] : [],
  );
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
