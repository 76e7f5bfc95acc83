/** What host tests of the supervisor ask: a plain host with dockunit on it, and its verbs. */
import { execa } from 'execa';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeImages } from './images.ts';
import { bootHost, type Host, type HostRoot } from './throwaway-host.ts';
import { projectDirectory, systemdVersions } from './units-on-host.ts';

const program = '/opt/dockunit/bin/dockunit.js';

export interface SupervisedHost extends AsyncDisposable {
  readonly host: Host;
  /** Compiles a specification and puts its units on the host, in place of those there. */
  install(spec: object): Promise<void>;
  /** Starts a supervisor, by words like `env A=b` in front where given, and waits until it answers; gives its pid. */
  supervise(...before: readonly string[]): Promise<number>;
  /** As supervise, but does not wait. */
  launch(...before: readonly string[]): Promise<void>;
  /** Ends the supervisor that runs, by the signal; `meanwhile` is awaited between the signal and its end. */
  kill(signal: 'KILL' | 'TERM', meanwhile?: () => Promise<unknown>): Promise<void>;
  /** A verb of dockunit: standard output; throws with all output where it fails. */
  verb(...words: readonly string[]): Promise<string>;
  /** `ActiveState/SubState` of each service's unit. */
  states(): Promise<Readonly<Record<string, string>>>;
  /** Which run of the container it is: its id and when it started; '' where there is none. */
  run(container: string): Promise<string>;
}

/** A host without systemd, with this checkout's dockunit (built: npm run build) and the image app:test. */
export async function bootSupervisedHost(root: HostRoot): Promise<SupervisedHost> {
  const host = await bootHost({ root, init: 'plain' });
  const { stdout } = await execa(
    'tar',
    ['-c', '-C', projectDirectory, 'bin', 'dist', 'templates', 'package.json'],
    {
      encoding: 'buffer',
    },
  );
  await host.sh('mkdir -p /opt/dockunit /etc/systemd/system');
  await host.exec(['tar', '-x', '-C', '/opt/dockunit'], { input: stdout });
  await makeImages(host, 'app');
  const verb = (...words: readonly string[]): Promise<string> =>
    host.sh(`node ${program} ${words.join(' ')} 2>&1`, { timeout: 120_000 });
  const launch = async (...before: readonly string[]): Promise<void> => {
    await host.sh(
      `setsid ${before.join(' ')} node ${program} supervise >>/var/log/supervisor 2>&1 </dev/null & echo $! >/run/supervisor.pid`,
    );
  };
  return {
    host,
    verb,
    launch,
    install: async (spec) => {
      const directory = await mkdtemp(join(tmpdir(), 'dockunit-spec-'));
      try {
        await writeFile(join(directory, 'compose.yaml'), JSON.stringify(spec));
        const { stdout: units } = await execa(
          'node',
          [
            join(projectDirectory, 'bin/dockunit.js'),
            ...['generate', '--tar', '-f', join(directory, 'compose.yaml')],
            ...['--systemd-version', String(systemdVersions[root])],
          ],
          { encoding: 'buffer', stdin: 'ignore' },
        );
        await host.exec(['tar', '-x', '-C', '/etc/systemd/system'], { input: units });
      } finally {
        await rm(directory, { recursive: true });
      }
    },
    supervise: async (...before) => {
      await launch(...before);
      await host.until(
        'the supervisor answers',
        () => host.exec(['node', program, 'status', '--json']),
        ({ exitCode, stderr }) => exitCode < 2 && !/no supervisor|not running|does not run/i.test(stderr),
      );
      return Number(await host.readFile('/run/supervisor.pid'));
    },
    kill: async (signal, meanwhile) => {
      const pid = (await host.readFile('/run/supervisor.pid')).trim();
      await host.sh(`kill -${signal} ${pid}`);
      await meanwhile?.();
      await host.until(
        'the supervisor is gone',
        () => host.exec(['test', '-e', `/proc/${pid}`]),
        ({ exitCode }) => exitCode !== 0,
        { deadline: 60_000 },
      );
    },
    states: async () => {
      // Exit 1 says that not all is well, which is for the test to say.
      const { stdout: text } = await host.exec(['node', program, 'status', '--json']);
      const { services } = JSON.parse(text) as {
        readonly services: readonly {
          readonly service: string;
          readonly activeState: string;
          readonly subState: string;
        }[];
      };
      return Object.fromEntries(
        services.map(({ service, activeState, subState }) => [service, `${activeState}/${subState}`]),
      );
    },
    run: async (container) => {
      // One that is made and not started yet is no run.
      const format = '{{if ne .State.Status "created"}}{{.Id}} {{.State.StartedAt}}{{end}}';
      return (await host.exec(['docker', 'inspect', '--format', format, container])).stdout.trim();
    },
    [Symbol.asyncDispose]: () => host.down(),
  };
}
