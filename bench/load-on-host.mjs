/**
 * On a throwaway host: each verb on many services, and docker compose on the same file.
 * `node load-on-host.mjs plain|systemd COUNT COMPILED`; figures as JSON on standard output, progress on standard error.
 */
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';
import { dockunitWords, progress, project, run, supervise, units } from './drive.mjs';

const [init, count, compiled] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const supervisor = init === 'plain' ? await supervise() : undefined;
const daemons = {
  dockerd: Number(run('/', 'pidof', 'dockerd')),
  ...(supervisor === undefined ? { systemd: 1 } : { supervisor: supervisor.pid }),
};
const verbs = [];
const others = [];

const large = project('large', compiled, true);
await take(`docker compose config, ${compiled} services`, large, ['docker', 'compose', 'config', '--quiet']);
await take(`dockunit generate, ${compiled} services`, large, dockunitWords('generate'));

const theirs = project('theirs', count, false);
const containers = (project) =>
  run('/', 'docker', 'ps', '--all', '--quiet', '--filter', `name=^${project}-s`);
await take('docker compose up -d', theirs, ['docker', 'compose', 'up', '--detach'], ['theirs', count]);
await take('docker compose down', theirs, ['docker', 'compose', 'down', '--timeout', '0'], ['theirs', 0]);

const ours = project('ours', count, false);
for (const [verb, runs] of [
  ['apply', count],
  ['status', count],
  ['diff', count],
  ['restart', count],
  ['stop', 0],
  ['start', count],
]) {
  const asking = supervisor === undefined ? undefined : askMeanwhile();
  await take(`dockunit ${verb}`, ours, dockunitWords(verb), ['ours', runs]);
  if (asking !== undefined) others.push({ what: `dockunit ${verb}`, ...(await asking.end()) });
}
if (supervisor !== undefined) await askTooMuch();
await take('dockunit remove', ours, dockunitWords('remove'), ['ours', 0]);
const left = [
  ...readdirSync(units).filter((name) => /^ours[.-]/.test(name)),
  ...run('/', 'docker', 'network', 'ls', '--quiet', '--filter', 'name=^ours').split('\n').filter(Boolean),
];
if (left.length > 0) throw new Error(`left after remove: ${left.join(' ')}`);
supervisor?.kill();
process.stdout.write(JSON.stringify({ verbs, others }));

/** Times the command, with the peak of its memory and the daemons'; throws where it fails or other than that many containers run. */
async function take(what, cwd, argv, [name, wanted] = []) {
  // proc(5), clear_refs: the peak counts from now on.
  for (const pid of Object.values(daemons)) writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const began = performance.now();
  const child = spawn(argv[0], argv.slice(1), { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text) => (complaint = `${complaint}${text}`.slice(-2000)));
  let command = 0;
  const watch = setInterval(() => (command = peakOf(child.pid) ?? command), 20);
  const code = await new Promise((resolve) => child.on('close', resolve));
  const seconds = (performance.now() - began) / 1000;
  clearInterval(watch);
  if (code !== 0) throw new Error(`${what}: exit ${code}: ${complaint}`);
  const peaks = Object.entries(daemons).map(([daemon, pid]) => [daemon, peakOf(pid)]);
  verbs.push({ what, seconds, programs: { command, ...Object.fromEntries(peaks) } });
  progress(`${what}: ${seconds.toFixed(1)} s`);
  if (name === undefined) return;
  const there = containers(name).split('\n').filter(Boolean);
  const states =
    there.length === 0 ? '' : run('/', 'docker', 'inspect', '--format', '{{.State.Status}}', ...there);
  const running = states.split('\n').filter((state) => state === 'running').length;
  if (running !== wanted || there.length !== wanted)
    throw new Error(`${what}: ${running} of ${there.length} containers run, not ${wanted}`);
}

/** kB; undefined once the process has ended. */
function peakOf(pid) {
  try {
    const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return peak === undefined ? undefined : Number(peak);
  } catch {
    return undefined;
  }
}

/** A client of the supervisor's socket; `ask` resolves with the answer, or undefined where it hangs up. */
async function client() {
  const socket = createConnection('/run/dockunit/control.sock');
  const waiting = new Map();
  let text = '';
  socket.on('error', () => undefined);
  socket.on('close', () => waiting.forEach((answer) => answer(undefined)));
  const greeted = new Promise((resolve) => waiting.set('greeting', resolve));
  socket.on('data', (bytes) => {
    const lines = (text + bytes).split('\n');
    text = lines.pop();
    for (const message of lines.map((line) => JSON.parse(line))) {
      if ('event' in message) continue;
      waiting.get('dockunit' in message ? 'greeting' : message.id)?.(message);
    }
  });
  await greeted;
  let id = 0;
  const ask = (method, parameters) =>
    new Promise((resolve) => {
      waiting.set(++id, resolve);
      socket.write(`${JSON.stringify({ id, method, ...parameters })}\n`);
    });
  return { ask, end: () => socket.destroy() };
}

/** Asks for the state of some units again and again; `end` says how long the answer took at most, in ms. */
function askMeanwhile() {
  let ended = false;
  const asked = (async () => {
    const { ask, end } = await client();
    const names = Array.from({ length: 10 }, (_, n) => `ours-s${n}.service`);
    const times = [];
    while (!ended) {
      const began = performance.now();
      await ask('states', { units: names });
      times.push(performance.now() - began);
      await delay(5);
    }
    end();
    return { worst: Math.max(...times), answered: times.length };
  })();
  return {
    end: () => {
      ended = true;
      return asked;
    },
  };
}

/** How long others wait while some ask for the states of 40,000 units. */
async function askTooMuch() {
  const names = Array.from({ length: 40_000 }, (_, n) => `x${n}.service`);
  const parts = Array.from({ length: 40 }, (_, part) => names.slice(part * 1000, (part + 1) * 1000));
  const cases = [
    ['40,000 units in one request', 1, [names]],
    ['40,000 units in 40 requests', 1, parts],
    ['40,000 units in 40 requests, by 20 clients', 20, parts],
  ];
  for (const [what, clients, requests] of cases) {
    const asking = askMeanwhile();
    await delay(100);
    const some = await Promise.all(Array.from({ length: clients }, client));
    await Promise.all(some.flatMap(({ ask }) => requests.map((units) => ask('states', { units }))));
    for (const { end } of some) end();
    others.push({ what, ...(await asking.end()) });
    progress(`${what}: ${others.at(-1).worst.toFixed(0)} ms`);
  }
}
