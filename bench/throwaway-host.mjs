/** What benches on throwaway hosts begin with and work with. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { URL, fileURLToPath } from 'node:url';

export const project = fileURLToPath(new URL('..', import.meta.url));
const hostScript = join(project, 'test/e2e/host');
export const json = process.argv.includes('--json');
export const say = (text = '') => void (json || process.stdout.write(`${text}\n`));

/** Builds the program; ends the process where the command line is wrong, or no host can run here. */
export function begin(script) {
  if (process.argv.slice(2).some((word) => word !== '--json')) {
    process.stderr.write(`usage: npm run ${script} [-- --json]\n`);
    process.exit(2);
  }
  const able = spawnSync(hostScript, ['able'], { encoding: 'utf8' });
  if (able.status !== 0) {
    say(`not measured: ${(able.stdout || able.stderr).trim()}`);
    process.exit(0);
  }
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: project, stdio: 'inherit' });
}

/** Does the work on a Debian 13 host with the program and the benches in /opt/dockunit, and takes it down. */
export function onHost(name, init, work) {
  const host = (verb, ...words) =>
    execFileSync(hostScript, [verb, name, ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
  const inside = (argv, input = '') =>
    execFileSync(hostScript, ['exec', name, ...argv], {
      input,
      maxBuffer: 1e9,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
  host('up', '--root', 'trixie', '--init', init, '--owner', String(process.pid));
  try {
    const copy = execFileSync('tar', ['-c', 'bin', 'dist', 'bench'], { cwd: project, maxBuffer: 1e9 });
    inside(['sh', '-c', 'mkdir -p /opt/dockunit && tar -x --no-same-owner -C /opt/dockunit'], copy);
    return work(inside, host);
  } finally {
    host('down');
  }
}
