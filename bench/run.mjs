/**
 * `npm run bench [-- --json]`: what a user waits for, against a peer measured in the same run. Prints
 * and never judges: figures of a shared machine are no test. See README.md beside this file.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { URL, fileURLToPath } from 'node:url';
import { measure } from './measure.mjs';
import { against, figures, milliseconds, table, times } from './report.mjs';

const project = fileURLToPath(new URL('..', import.meta.url));
const hostScript = join(project, 'test/e2e/host');
const chainLengths = [100, 300, 1000, 3000];
/** Chains that compose is measured on as well; its time grows faster than their length. */
const comparedLengths = [100, 1000];
const rounds = { short: 31, long: 7 };

const json = process.argv.includes('--json');
const say = (text = '') => void (json || process.stdout.write(`${text}\n`));

if (process.argv.slice(2).some((word) => word !== '--json')) {
  process.stderr.write('usage: npm run bench [-- --json]\n');
  process.exit(2);
}
execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: project, stdio: 'inherit' });

const machine = describeMachine();
say(`machine  ${machine.cpu} × ${machine.cores}, ${machine.memory}, load ${machine.load} as the run began`);
say(`here     Node ${process.version}`);
const here = benchHere();
const host = benchHost();
if (json) process.stdout.write(`${JSON.stringify({ machine, here, host }, null, 2)}\n`);

/** Cold start, and how the time grows with the number of services. */
function benchHere() {
  const dockunit = [process.execPath, join(project, 'bin/dockunit.js'), 'generate'];
  const sqlite = join(project, 'examples/sqlite');
  const cold = compare(measure, rounds.short, [
    { name: 'node -e 0', argv: [process.execPath, '-e', '0'], cwd: sqlite },
    { name: 'dockunit generate, examples/sqlite', argv: dockunit, cwd: sqlite },
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'dockunit-bench-'));
  try {
    const forty = Object.entries({ 'a chain of 40': chainOf(40), '40 full services': fullServices(40) });
    const large = compare(measure, rounds.short, [
      { name: 'node -e 0', argv: [process.execPath, '-e', '0'], cwd: folder },
      ...forty.map(([what, text], at) => {
        const cwd = join(folder, `forty-${at}`);
        mkdirSync(cwd);
        writeFileSync(join(cwd, 'compose.yaml'), text);
        return { name: `dockunit generate, ${what}`, argv: dockunit, cwd };
      }),
    ]);
    const chains = chainLengths.map((length) => {
      const cwd = join(folder, String(length));
      mkdirSync(cwd);
      writeFileSync(join(cwd, 'compose.yaml'), chainOf(length));
      return { name: `dockunit generate, chain of ${length}`, argv: dockunit, cwd };
    });
    const [base] = cold.rows.slice(-1);
    const grown = compare(measure, rounds.long, chains);
    return { cold, large, growth: printGrowth(base, grown) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Against `docker compose config`, which is on Debian 13 only. */
function benchHost() {
  const able = spawnSync(hostScript, ['able'], { encoding: 'utf8' });
  if (able.status !== 0) {
    const why = (able.stdout || able.stderr || 'it does not start').trim();
    say(`\nnot measured: docker compose config, on a throwaway host of Debian 13: ${why}`);
    return { skipped: why };
  }
  const name = `bench-${process.pid}`;
  const inside = (argv, input) =>
    execFileSync(hostScript, ['exec', name, ...argv], {
      input: input ?? '',
      encoding: 'utf8',
      maxBuffer: 1e9,
    });
  execFileSync(hostScript, ['up', name, '--root', 'trixie', '--owner', String(process.pid)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    const copy = execFileSync('tar', ['-c', 'bin', 'dist', 'examples', 'bench'], {
      cwd: project,
      maxBuffer: 1e9,
    });
    inside(['sh', '-c', 'mkdir -p /opt/dockunit && tar -x --no-same-owner -C /opt/dockunit'], copy);
    for (const length of comparedLengths) {
      inside(
        ['sh', '-c', `mkdir -p /root/chain${length} && cat > /root/chain${length}/compose.yaml`],
        chainOf(length),
      );
    }
    const versions = inside([
      'sh',
      '-c',
      'echo "Node $(node --version), Docker Compose $(docker compose version --short)"',
    ]);
    say(`\nDebian 13 host  ${versions.trim()}`);
    const remote = (cases, count) =>
      JSON.parse(
        inside(['node', '/opt/dockunit/bench/measure.mjs'], JSON.stringify({ cases, rounds: count })),
      );
    const pair = (what, cwd, count) =>
      compare(remote, count, [
        { name: `docker compose config, ${what}`, argv: ['docker', 'compose', 'config'], cwd },
        {
          name: `dockunit generate, ${what}`,
          argv: ['node', '/opt/dockunit/bin/dockunit.js', 'generate'],
          cwd,
        },
        ...(count === rounds.short ? [{ name: 'node -e 0', argv: ['node', '-e', '0'], cwd }] : []),
      ]);
    return {
      versions: versions.trim(),
      example: pair('examples/sqlite', '/opt/dockunit/examples/sqlite', rounds.short),
      chains: comparedLengths.map((length) =>
        pair(`chain of ${length}`, `/root/chain${length}`, rounds.long),
      ),
    };
  } finally {
    execFileSync(hostScript, ['down', name], { stdio: 'ignore' });
  }
}

/** Measures and prints the cases beside the first of them. */
function compare(measureCases, count, cases) {
  const samples = measureCases(
    cases.map(({ argv, cwd }) => ({ argv, cwd })),
    count,
  );
  const rows = cases.map(({ name }, at) => ({ name, ...figures(samples[at]) }));
  const [peer] = rows;
  for (const row of rows) row.ratio = against(peer, row);
  say(`\n${count} rounds, interleaved; × is against the first line`);
  say(
    table([
      ['', 'min', '', 'median', ''],
      ...rows.map(({ name, min, median, ratio }) => [
        name,
        milliseconds(min),
        times(ratio.min),
        milliseconds(median),
        times(ratio.median),
      ]),
    ]),
  );
  return { rounds: count, rows };
}

/** Nanoseconds that each further service costs, beyond a cold start: constant if the time grows linearly. */
function printGrowth(base, { rows }) {
  const growth = rows.map(({ min }, at) => ({
    services: chainLengths[at],
    nanosecondsPerService: Math.round(((min - base.min) * 1e6) / chainLengths[at]),
  }));
  say('\nbeyond the cold start, of the minima');
  say(
    table([
      ['services', 'ns per service'],
      ...growth.map(({ services, nanosecondsPerService }) => [
        String(services),
        nanosecondsPerService.toLocaleString('en'),
      ]),
    ]),
  );
  return growth;
}

/** Service n depends on n − 1. */
function chainOf(length) {
  const services = Array.from({ length }, (_, n) =>
    [
      `  s${n}:`,
      '    image: busybox:1.36',
      '    command: ["sleep", "infinity"]',
      ...(n === 0 ? [] : ['    depends_on:', `      - s${n - 1}`]),
    ].join('\n'),
  );
  return `services:\n${services.join('\n')}\n`;
}

/** With what services of real files mostly have: a file of some 16 KB for 40. */
function fullServices(length) {
  const numbers = Array.from({ length }, (_, n) => n);
  const services = numbers.map((n) =>
    [
      `  s${n}:`,
      `    image: registry.example.org/shop/s${n}:1.36`,
      '    command: ["serve", "--port", "8080"]',
      '    environment:',
      `      DATABASE_URL: postgres://db/s${n}`,
      '      LOG_LEVEL: ${LOG_LEVEL:-info}',
      `    ports: ["${9000 + n}:8080"]`,
      `    volumes: ["data${n}:/data"]`,
      '    healthcheck:',
      '      test: [CMD, wget, -q, -O, /dev/null, http://127.0.0.1:8080/]',
      '      interval: 10s',
      ...(n === 0 ? [] : ['    depends_on:', `      s${n - 1}: { condition: service_healthy }`]),
    ].join('\n'),
  );
  return `services:\n${services.join('\n')}\nvolumes:\n${numbers.map((n) => `  data${n}:\n`).join('')}`;
}

function describeMachine() {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model.trim() ?? 'unknown processor',
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    load: loadavg()[0].toFixed(1),
    node: process.version,
  };
}
