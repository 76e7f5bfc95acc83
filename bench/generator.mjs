/**
 * `npm run bench:generator [-- --json]`: what the generator adds to a boot and to every daemon-reload, against
 * podman's quadlet, on a throwaway Debian 13 host. Prints and never judges. See README.md.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { URL, fileURLToPath } from 'node:url';
import { against, figures, milliseconds, table, times } from './report.mjs';

const project = fileURLToPath(new URL('..', import.meta.url));
const hostScript = join(project, 'test/host/host');
const rounds = 31;
const json = process.argv.includes('--json');
const say = (text = '') => void (json || process.stdout.write(`${text}\n`));

if (process.argv.slice(2).some((word) => word !== '--json')) {
  process.stderr.write('usage: npm run bench:generator [-- --json]\n');
  process.exit(2);
}
const able = spawnSync(hostScript, ['able'], { encoding: 'utf8' });
if (able.status !== 0) {
  say(`not measured: ${(able.stdout || able.stderr).trim()}`);
  process.exit(0);
}
execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: project, stdio: 'inherit' });

const name = `bench-generator-${process.pid}`;
const inside = (argv, input = '') =>
  execFileSync(hostScript, ['exec', name, ...argv], {
    input,
    maxBuffer: 1e9,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
execFileSync(hostScript, ['up', name, '--root', 'trixie', '--owner', String(process.pid)], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
try {
  const copy = execFileSync('tar', ['-c', 'bin', 'dist', 'bench'], { cwd: project, maxBuffer: 1e9 });
  inside(['sh', '-c', 'mkdir -p /opt/dockunit && tar -x --no-same-owner -C /opt/dockunit'], copy);
  // Debian's own Node differs from the one that built it: its first run keeps the compiled code.
  inside(['node', '/opt/dockunit/bin/dockunit.js', 'install-generator']);
  const load = loadavg()[0].toFixed(1);
  const measured = JSON.parse(
    inside(['node', '/opt/dockunit/bench/generator-on-host.mjs', String(rounds)]).toString(),
  );
  say(`Debian 13 host, ${rounds} rounds, interleaved; load ${load} as it began`);
  print(Object.entries(measured.samples));
  say('\nsystemctl daemon-reload, all generators of the host');
  print([
    ['without ours', measured.reload.without],
    ['with it, nothing changed', measured.reload.with],
  ]);
  if (json) process.stdout.write(`${JSON.stringify({ load, rounds, ...measured }, null, 2)}\n`);
} finally {
  execFileSync(hostScript, ['down', name], { stdio: 'ignore' });
}

/** × is against the first line. */
function print(cases) {
  const rows = cases
    .filter(([, samples]) => samples.length > 0)
    .map(([what, samples]) => ({ what, ...figures(samples) }));
  const cells = rows.map((row) => {
    const ratio = against(rows[0], row);
    return [row.what, milliseconds(row.min), times(ratio.min), milliseconds(row.median), times(ratio.median)];
  });
  say(table([['', 'min', '', 'median', ''], ...cells]));
}
