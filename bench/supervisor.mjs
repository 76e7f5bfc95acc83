/**
 * `npm run bench:supervisor [-- --json]`: what running units takes, under the supervisor and under
 * systemd, against docker compose on the same throwaway host. Prints and never judges. See README.md.
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { against, figures, milliseconds, table, times } from './report.mjs';
import { begin, json, onHost, project, say } from './throwaway-host.mjs';

const rounds = 3;

begin('bench:supervisor');
const results = {};
for (const init of ['plain', 'systemd']) results[init] = measure(init);
if (json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);

function measure(init) {
  return onHost(`bench-${init}-${process.pid}`, init, (inside) => {
    inside(['sh', '-s', 'busybox'], readFileSync(join(project, 'test/e2e/image-recipes.sh')));
    const load = loadavg()[0].toFixed(1);
    const measured = JSON.parse(
      inside(['node', '/opt/dockunit/bench/on-host.mjs', init, String(rounds)]).toString(),
    );
    say(`\nDebian 13 host, ${init === 'plain' ? 'the supervisor' : 'systemd'}; load ${load} as it began`);
    for (const [what, samples] of Object.entries(measured.start)) printStart(what, samples);
    say('\na process is killed → its container runs again');
    print([
      ['docker’s restart policy', measured.crash.docker],
      ['dockunit, RestartSec=100ms', measured.crash.dockunit],
    ]);
    for (const [count, { pss, rss }] of Object.entries(measured.memory ?? {}))
      say(
        `memory with ${count} containers: ${pss.toFixed(1)} MB PSS beside another Node, ${rss.toFixed(1)} MB RSS`,
      );
    if (measured.idle !== undefined) say(`idle with 20 containers: ${measured.idle} ticks of 10 ms in 60 s`);
    return { load, ...measured };
  });
}

function printStart(what, { compose, composeWait, dockunit }) {
  for (const until of ['running', 'returned']) {
    const of = (samples) => samples.map((sample) => sample[until]);
    say(`\n${what}, until ${until === 'running' ? 'the last container runs' : 'the command returns'}`);
    print([
      ['docker compose up -d', of(compose)],
      ['docker compose up -d --wait', of(composeWait)],
      ['dockunit start', of(dockunit)],
    ]);
  }
}

/** × is against the first line. */
function print(cases) {
  const rows = cases.map(([name, samples]) => ({ name, ...figures(samples) }));
  const cells = rows.map((row) => {
    const ratio = against(rows[0], row);
    return [row.name, milliseconds(row.min), times(ratio.min), milliseconds(row.median), times(ratio.median)];
  });
  say(table([['', 'min', '', 'median', ''], ...cells]));
}
