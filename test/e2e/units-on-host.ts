/**
 * What host tests ask of units and containers: put them there, and see how they fare, by systemd's
 * and Docker's own words.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Host } from './throwaway-host.ts';

export const projectDirectory = fileURLToPath(new URL('../..', import.meta.url));
const program = fileURLToPath(new URL('../../bin/dockunit.js', import.meta.url));

/** systemd's major version of each root. */
export const systemdVersions = { bookworm: 252, trixie: 257 } as const;

/** Compiles a Compose file on this machine and unpacks the units on the host, which needs no Node for it. */
export async function installFromOutside(host: Host, composeFile: string): Promise<void> {
  const { stdout } = await execa(
    'node',
    [
      program,
      'generate',
      '--tar',
      '-f',
      composeFile,
      '--systemd-version',
      String(systemdVersions[host.root]),
    ],
    { encoding: 'buffer', stdin: 'ignore' },
  );
  const { exitCode, stderr } = await host.exec(['tar', '-x', '-C', '/etc/systemd/system'], { input: stdout });
  if (exitCode !== 0) throw new Error(`host ${host.name}: cannot unpack the units: ${stderr}`);
  await host.sh('systemctl daemon-reload');
}

/** The same for a specification given as a value; JSON is YAML. */
export async function installSpec(host: Host, spec: object): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'dockunit-spec-'));
  try {
    const path = join(directory, 'compose.yaml');
    await writeFile(path, JSON.stringify(spec));
    await installFromOutside(host, path);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * When the container's process started, ended and was first found healthy, in milliseconds since the
 * epoch. The last by Docker's events: its log of health checks keeps five, which at one a second
 * a busy machine outlives.
 */
export async function containerTimes(
  host: Host,
  container: string,
): Promise<{ readonly started: number; readonly finished: number; readonly healthy: number }> {
  const format = '{{json .State}}';
  const state = JSON.parse(await host.sh(`docker inspect --format '${format}' ${container}`)) as {
    readonly StartedAt: string;
    readonly FinishedAt: string;
  };
  const events = await host.sh(
    `docker events --since ${state.StartedAt} --until "$(date +%s.%N)" --filter container=${container} ` +
      `--filter event=health_status --format '{{.TimeNano}} {{.Action}}'`,
  );
  const healthy = events.split('\n').find((line) => line.endsWith('health_status: healthy'));
  return {
    started: Date.parse(state.StartedAt),
    finished: Date.parse(state.FinishedAt),
    healthy: healthy === undefined ? NaN : Number(healthy.split(' ')[0]) / 1e6,
  };
}

/** Makes an example's image on the host by the example's own recipe. */
export async function buildExampleImage(host: Host, example: 'sqlite' | 'todo'): Promise<void> {
  const directory = `${projectDirectory}/examples/${example}`;
  const files = { sqlite: ['build-image.sh'], todo: ['build-image.sh', 'index.cgi'] } as const;
  for (const name of files[example]) {
    await host.writeFile(`/tmp/example/${name}`, await readFile(`${directory}/${name}`), 0o755);
  }
  await host.sh('/tmp/example/build-image.sh && sync');
}

/** Properties of a unit, as `systemctl show` names them. */
export async function show<Key extends string>(
  host: Host,
  unit: string,
  ...keys: readonly Key[]
): Promise<Readonly<Record<Key, string>>> {
  const text = await host.sh(`systemctl show ${unit} ${keys.map((key) => `--property=${key}`).join(' ')}`);
  const found = new Map(
    text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  return Object.fromEntries(keys.map((key) => [key, found.get(key) ?? ''])) as Record<Key, string>;
}

/** Waits until every unit is active and its container runs. */
export async function untilRunning(
  host: Host,
  services: Readonly<Record<string, string>>,
  deadline = 60_000,
): Promise<void> {
  await host.until(
    `${Object.keys(services).join(', ')} active with their containers running`,
    async () => {
      const seen: Record<string, string> = {};
      for (const [unit, container] of Object.entries(services)) {
        const { ActiveState } = await show(host, unit, 'ActiveState');
        const inspected = await host.exec(['docker', 'inspect', '--format', '{{.State.Status}}', container]);
        seen[unit] = `${ActiveState}/${inspected.stdout.trim()}`;
      }
      return seen;
    },
    (seen) => Object.values(seen).every((state) => state === 'active/running'),
    { deadline, every: 100 },
  );
}

/** Waits until the jobs systemd has queued are all done. */
export async function untilNoJobs(host: Host): Promise<void> {
  await host.until(
    'no jobs queued',
    () => host.sh('systemctl list-jobs --no-legend'),
    (jobs) => !jobs.includes('.'),
    {
      deadline: 90_000,
    },
  );
}

/** The answer to one line of SQL over the proxy's port. */
export async function askSql(host: Host, query: string): Promise<string> {
  return host.sh(`echo ${JSON.stringify(query)} | timeout 5 socat -t 3 - TCP:127.0.0.1:12346`);
}
