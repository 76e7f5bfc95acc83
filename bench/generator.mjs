/**
 * `npm run bench:generator [-- --json]`: what the generator adds to a boot and to every daemon-reload, against
 * podman's quadlet, on a throwaway Debian 13 host. Prints and never judges. See README.md.
 */
import { loadavg } from 'node:os';
import { against, figures, milliseconds, table, times } from './report.mjs';
import { begin, json, onHost, say } from './throwaway-host.mjs';

const rounds = 31;
const bootRounds = 5;

begin('bench:generator');
onHost(`bench-generator-${process.pid}`, 'systemd', (inside, host) => {
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
  const boots = measureBoots(inside, host);
  say('\nboots, from when systemd runs the generators until the last has ended');
  print(Object.entries(boots));
  if (json) process.stdout.write(`${JSON.stringify({ load, rounds, ...measured, boots }, null, 2)}\n`);
});

/** By systemd's own clock. What each boot finds is made ready before it, and the kept units were kept by the boot before. */
function measureBoots(inside, host) {
  const front = '/etc/systemd/system-generators/dockunit-generator';
  const ready = {
    'without ours': `chmod 644 ${front}`,
    'with it, as the boot before left all': `chmod 755 ${front}`,
    'with it, a file changed while the host was off': 'echo "# changed" >>/etc/dockunit/shop.yaml',
  };
  const samples = Object.fromEntries(Object.keys(ready).map((what) => [what, []]));
  inside(['sh', '-c', `chmod 755 ${front}; systemctl daemon-reload; systemctl start dockunit-generator`]);
  for (let round = 0; round < bootRounds; round++) {
    for (const [what, script] of Object.entries(ready)) {
      // After the unit that keeps has stopped, where it ran: what is changed then is not kept.
      inside(['sh', '-c', `systemctl stop dockunit-generator 2>/dev/null; ${script}`]);
      host('reboot');
      const properties = ['Start', 'Finish'].flatMap((at) => ['-p', `Generators${at}TimestampMonotonic`]);
      const [start, finish] = inside(['systemctl', 'show', '--value', ...properties])
        .toString()
        .trim()
        .split('\n')
        .map(Number);
      samples[what].push((finish - start) / 1000);
    }
  }
  return samples;
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
