/**
 * `npm run bench:load [-- --json]`: many services at once, under systemd and under the supervisor, beside docker
 * compose on the same throwaway host. Fails where one does not run or is left behind; judges no time. See README.md.
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { table } from './report.mjs';
import { begin, json, onHost, project, say } from './throwaway-host.mjs';

const counts = { systemd: 300, plain: 200 };
const compiled = 2000;
const named = { systemd: 'systemd', plain: 'the supervisor' };
const megabytes = (kilobytes) => (kilobytes === undefined ? '' : `${(kilobytes / 1024).toFixed(0)} MB`);

begin('bench:load');
const results = {};
for (const [init, count] of Object.entries(counts)) results[init] = measure(init, count);
if (json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);

function measure(init, count) {
  return onHost(`bench-load-${init}-${process.pid}`, init, (inside) => {
    inside(['sh', '-s', 'busybox'], readFileSync(join(project, 'test/e2e/image-recipes.sh')));
    const load = loadavg()[0].toFixed(1);
    const program = ['node', '/opt/dockunit/bench/load-on-host.mjs', init, String(count), String(compiled)];
    const measured = JSON.parse(inside(program).toString());
    say(`\nDebian 13 host, ${count} services, ${named[init]}; load ${load} as it began`);
    const { programs } = measured.verbs[0];
    say(
      table([
        ['', 'time', ...Object.keys(programs)],
        ...measured.verbs.map(({ what, seconds, programs: peaks }) => [
          what,
          `${seconds.toFixed(1)} s`,
          ...Object.keys(programs).map((name) => megabytes(peaks[name])),
        ]),
      ]),
    );
    for (const { what, worst, answered } of measured.others ?? [])
      say(`${what}: others wait ${worst.toFixed(0)} ms at most (${answered} asked)`);
    return { load, ...measured };
  });
}
