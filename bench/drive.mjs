/** On a throwaway host: projects of sleeping services, and the programs that are measured on them. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { URL, fileURLToPath } from 'node:url';

const dockunit = fileURLToPath(new URL('../bin/dockunit.js', import.meta.url));
export const units = '/etc/systemd/system';

export const run = (cwd, ...argv) =>
  execFileSync(argv[0], argv.slice(1), { cwd, encoding: 'utf8', stdio: 'pipe', maxBuffer: 1e9 });
/** The command line of dockunit. */
export const dockunitWords = (...words) => [process.execPath, dockunit, ...words];
export const own = (cwd, ...words) => run(cwd, ...dockunitWords(...words));
export const progress = (text) => process.stderr.write(`${text}\n`);

/** In the background until its socket answers. */
export async function supervise() {
  const log = openSync('/var/log/dockunit-bench.log', 'a');
  const child = spawn(process.execPath, [dockunit, 'supervise'], {
    stdio: ['ignore', log, log],
    detached: true,
  });
  for (;;) {
    try {
      own('/', 'reload');
      return child;
    } catch {
      await delay(100);
    }
  }
}

/** A project of sleeping services, for dockunit and for docker compose; service n depends on n − 1 in a chain. */
export function project(name, length, chained, more = {}) {
  const services = Array.from({ length }, (_, n) => [
    `s${n}`,
    {
      image: 'busybox:test',
      command: ['sleep', 'infinity'],
      stop_grace_period: '0s',
      restart: 'always',
      ...(chained && n > 0 && { depends_on: [`s${n - 1}`] }),
      ...more,
    },
  ]);
  const cwd = `/root/${name}`;
  mkdirSync(cwd, { recursive: true });
  // JSON is YAML.
  writeFileSync(`${cwd}/compose.yaml`, JSON.stringify({ name, services: Object.fromEntries(services) }));
  return cwd;
}
