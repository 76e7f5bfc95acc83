/**
 * On a throwaway host: what running units takes, beside docker compose and docker's own restart policy.
 * `node on-host.mjs plain|systemd ROUNDS`; figures as JSON on standard output, progress on standard error.
 * What docker compose and dockunit do takes turns, so that what else the machine does falls on both.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { own, progress, project, run, supervise, units } from './drive.mjs';

const [init, rounds] = [process.argv[2], Number(process.argv[3])];

const supervisor = init === 'plain' ? await supervise() : undefined;
const result = { start: {}, crash: await crashes() };
for (const [what, length, chained] of [
  ['chain of 10', 10, true],
  ['fan of 20', 20, false],
])
  result.start[what] = starts(length, chained);
if (supervisor !== undefined) {
  result.memory = Object.fromEntries([5, 100].map((length) => [length, memoryWith(length)]));
  result.idle = await idleWith(20);
  supervisor.kill();
}
process.stdout.write(JSON.stringify(result));

function installed(cwd) {
  own(cwd, 'generate', '-o', units);
  if (init === 'systemd') run('/', 'systemctl', 'daemon-reload');
  else own('/', 'reload');
  return cwd;
}

/** Milliseconds from spawn until the command returns, and until the last container was started. */
function timed(name, act) {
  const began = Date.now();
  const clock = performance.now();
  act();
  const returned = performance.now() - clock;
  const ids = run('/', 'docker', 'ps', '--quiet', '--filter', `name=^${name}-s`).trim().split('\n');
  const times = run('/', 'docker', 'inspect', '--format', '{{.State.StartedAt}}', ...ids)
    .trim()
    .split('\n');
  return { returned, running: Math.max(...times.map((time) => Date.parse(time))) - began, count: ids.length };
}

/** The first round is not counted. */
function starts(length, chained) {
  const theirs = project('theirs', length, chained);
  const ours = installed(project('ours', length, chained));
  const samples = { compose: [], composeWait: [], dockunit: [] };
  for (let round = 0; round <= rounds; round++) {
    const take = (what, name, act, undo) => {
      const sample = timed(name, act);
      undo();
      if (sample.count !== length) throw new Error(`${what}: ${sample.count} of ${length} containers run`);
      if (round > 0) samples[what].push(sample);
    };
    const down = () => run(theirs, 'docker', 'compose', 'down', '--timeout', '0');
    take('compose', 'theirs', () => run(theirs, 'docker', 'compose', 'up', '--detach'), down);
    take('composeWait', 'theirs', () => run(theirs, 'docker', 'compose', 'up', '--detach', '--wait'), down);
    take(
      'dockunit',
      'ours',
      () => own(ours, 'start'),
      () => own(ours, 'stop'),
    );
    progress(`start, ${length} services: round ${round} of ${rounds}`);
  }
  remove();
  return samples;
}

/** Milliseconds from SIGKILL of a container's process until the container was started again. */
async function crashes() {
  const ours = installed(
    project('ours', 1, false, { 'x-systemd': { Service: { RestartSec: '100ms', RestartSteps: '0' } } }),
  );
  own(ours, 'start');
  const sleeper = ['busybox:test', 'sleep', 'infinity'];
  run('/', 'docker', 'run', '--detach', '--name', 'policy', '--restart', 'always', ...sleeper);
  const samples = { docker: [], dockunit: [] };
  for (let round = 0; round < rounds; round++) {
    samples.docker.push(await crash('policy'));
    samples.dockunit.push(await crash('ours-s0'));
    // Docker's delay doubles with each crash until the container has been up for 10 s.
    await delay(10_500);
    progress(`crash: round ${round + 1} of ${rounds}`);
  }
  run('/', 'docker', 'rm', '--force', 'policy');
  own(ours, 'stop');
  remove();
  return samples;
}

async function crash(container) {
  const look = () => {
    try {
      const format = '{{.State.Pid}} {{.State.Status}} {{.State.StartedAt}}';
      const [pid, status, startedAt] = run('/', 'docker', 'inspect', '--format', format, container)
        .trim()
        .split(' ');
      return { pid: Number(pid), status, startedAt };
    } catch {
      return undefined;
    }
  };
  const before = look();
  const killed = Date.now();
  process.kill(before.pid, 'SIGKILL');
  for (;;) {
    const now = look();
    if (now?.status === 'running' && now.startedAt !== before.startedAt)
      return Date.parse(now.startedAt) - killed;
    await delay(20);
  }
}

/**
 * MB (2^20 bytes) of the supervisor and all its descendants, once that many containers run. This very
 * program halves the share of Node’s own pages in `pss`; `rss` has them whole, as where no other Node runs.
 */
function memoryWith(length) {
  const ours = installed(project('ours', length, false));
  own(ours, 'start');
  const rollups = processesOf(supervisor.pid).map((pid) => readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  const sum = (field) =>
    rollups.reduce((all, text) => all + Number(new RegExp(`^${field}: +(\\d+) kB$`, 'm').exec(text)[1]), 0);
  progress(`memory: ${length} containers`);
  own(ours, 'stop');
  remove();
  return { pss: sum('Pss') / 1024, rss: sum('Rss') / 1024 };
}

/** Clock ticks (10 ms) of processor time in a minute in which nothing happens. */
async function idleWith(length) {
  const ours = installed(project('ours', length, false));
  own(ours, 'start');
  await delay(15_000);
  const ticks = () => {
    const fields = readFileSync(`/proc/${supervisor.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return Number(fields[11]) + Number(fields[12]);
  };
  const before = ticks();
  await delay(60_000);
  const taken = ticks() - before;
  own(ours, 'stop');
  remove();
  return taken;
}

function processesOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean);
  return [pid, ...children.flatMap((child) => processesOf(Number(child)))];
}

function remove() {
  for (const name of readdirSync(units)) if (/^ours[.-]/.test(name)) run(units, 'rm', '-rf', name);
  if (init === 'systemd') run('/', 'systemctl', 'daemon-reload');
  else own('/', 'reload');
}
