/**
 * Containers that docker made of plain lines, and those that the units make of what `import` gives
 * of the lines, and of the containers: `docker inspect` shows the same of all three.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importRuns } from '../../src/import/import-runs.ts';
import { readShellLines } from '../../src/import/shell-line.ts';
import { writeComposeFile } from '../../src/import/write-compose-file.ts';
import { accepted } from '../compose-parity/accepted.ts';
import { type Difference, findDifferences } from '../compose-parity/differences.ts';
import type { EngineState } from '../compose-parity/engine.ts';
import { factsOf } from '../compose-parity/facts.ts';
import { makingCommands } from '../compose-parity/unit-commands.ts';
import { compileText, unitDirectory } from '../exactness/compile-services.ts';
import { bundle } from './bundle.ts';
import { describeEachRoot } from './host-tier.ts';
import { makeImages } from './images.ts';
import { bootHost, type Host, type HostRoot } from './throwaway-host.ts';

const targets = {
  bookworm: { systemd: 252, docker: 20 },
  trixie: { systemd: 257, docker: 26 },
} satisfies Record<HostRoot, unknown>;

const stateProgram = '/usr/local/lib/engine-state.mjs';
const runningProgram = '/usr/local/lib/import-running.mjs';

const files = `mkdir -p /srv/import/data
printf '# variables\\nOVER=file\\nLITERAL="quoted $HOME"\\n' >/srv/import/app.env
printf '# labels\\nfile.label=1 2\\nfile.quoted="q $x"\\n' >/srv/import/labels
docker export $(docker create busybox:test) | docker import --change 'ENTRYPOINT ["/bin/busybox"]' \\
  --change 'CMD ["sh", "-c", "true"]' --change 'EXPOSE 4321' --change 'ENV FROM_IMAGE=yes' \\
  --change 'WORKDIR /data' --change 'USER app' --change 'LABEL of=image' --change 'VOLUME /kept' - stand-in:test >/dev/null
docker rm $(docker ps -aq) >/dev/null`;
const networks = `docker network create --subnet 10.77.0.0/24 back >/dev/null
docker network create --subnet 10.78.0.0/24 --internal side >/dev/null`;
const other = 'docker create --name other -v /from-other busybox:test >/dev/null';

interface Meant {
  readonly path: RegExp;
  readonly reason: string;
  /** What either side must be. */
  readonly holds?: (original: unknown, made: unknown) => boolean;
}

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '';
/** Docker's name of an anonymous volume, or that of a unit's, alone or in a path. */
const isAnonymous = (value: unknown): boolean =>
  /[0-9a-f]{64}|imported_c\d+_[0-9a-f]{16}/.test(String(value));

/** Differences that are meant, beside those that a comparison with docker compose accepts. */
const meant: readonly Meant[] = [
  {
    path: /HostConfig\/AutoRemove$/,
    reason: 'a unit removes its container itself',
    holds: (original, made) => original === true && made === false,
  },
  {
    path: /Config\/(AttachStdin|AttachStdout|AttachStderr|StdinOnce)$/,
    reason: 'of the client that made it: docker run -d attaches none',
    holds: (original, made) => original === false && made === true,
  },
  { path: /HostConfig\/ConsoleSize\//, reason: 'of the terminal of the client that made it' },
  {
    path: /HostConfig\/Binds and Mounts\/.*\/(driverConfig|labels)/,
    reason: 'are the volume’s own, and compared there',
    holds: (_original, made) => isEmpty(made),
  },
  {
    path: /HostConfig\/Isolation$/,
    reason: 'there is one way of it on Linux',
    holds: (original, made) => original === 'default' && made === '',
  },
  {
    path: /Networks\/bridge\/NetworkID$/,
    reason: 'of a container that has been started',
    holds: (_original, made) => made === '',
  },
  {
    path: /Mounts\/[^/]*\/.*(Name|Source)$/,
    reason: 'an anonymous volume is another one each time',
    holds: (original, made) => isAnonymous(original) && isAnonymous(made),
  },
  {
    path: /^volumes\.imported_c\d+_[0-9a-f]{16} |(Config\/Volumes|Binds and Mounts\/\/anonymous)$/,
    reason: 'the units give an anonymous volume a name, to find it again',
  },
  {
    path: /Mounts\/\/anonymous\/Mode$/,
    reason:
      'the volume has a name, and docker compose mounts those by --mount, which labels them for SELinux',
    holds: (original, made) => original === '' && made === 'z',
  },
  {
    path: /^(volumes|networks)\..* Labels$/,
    reason: 'how dockunit knows its own',
    holds: (original, made) =>
      isEmpty(original) && Object.keys(made as object).every((key) => key.startsWith('dockunit.')),
  },
];

function isMeant(difference: Difference): boolean {
  const path = `${difference.of} ${difference.path.join('/')}`;
  return (
    meant.some(
      ({ path: pattern, holds }) =>
        pattern.test(path) && (holds?.(difference.compose, difference.ours) ?? true),
    ) || accepted.some(({ matches }) => matches(difference))
  );
}

function linesFor(docker: number, text: string): string {
  const since = (line: string): number => Number(/^#since (\d+)\n/.exec(line)?.[1] ?? 0);
  return text
    .split(/^(?=docker |#since )/m)
    .reduce<string[]>((all, part) => {
      const last = all.at(-1);
      return last !== undefined && /^#since \d+\n$/.test(last)
        ? [...all.slice(0, -1), last + part]
        : [...all, part];
    }, [])
    .filter((line) => since(line) <= docker)
    .join('');
}

describeEachRoot('import', (root) => {
  const target = targets[root];
  let host: Host;
  let lines: string;
  let names: readonly string[];
  let original: EngineState;
  let running: string;

  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd' });
    await makeImages(host, 'busybox');
    await host.writeFile(
      stateProgram,
      await readFile(new URL('../compose-parity/engine-state.mjs', import.meta.url)),
    );
    await host.writeFile(runningProgram, await bundle('import-running-program.ts'));
    await host.sh(files);
    const text = await readFile(new URL('../fixtures/import/lines-on-hosts.sh', import.meta.url), 'utf8');
    lines = linesFor(target.docker, text);
    names = [...lines.matchAll(/--name[ =](\S+)/g)].map(([, name = '']) => name);
    await host.sh(`${networks}\n${other}`);
    await host.writeFile('/root/lines.sh', lines);
    await host.sh('sh -eu /root/lines.sh >/dev/null', { timeout: 300_000 });
    running = await host.sh(`node ${runningProgram} ${names.join(' ')} 2>/dev/null`);
    await host.sh('docker stop -t 0 c01 c02 >/dev/null');
    original = await takeState(host);
  }, 600_000);
  afterAll(() => host.down());

  it('has forty lines and more to show', () => {
    expect(names.length).toBeGreaterThanOrEqual(40);
    expect(original.containers).toHaveLength(names.length + 1);
  });

  it('of docker run lines gives the same containers', async () => {
    const { commands, problem } = readShellLines(lines);
    expect(problem).toBeUndefined();
    const read = new Map([['/srv/import/labels', await host.readFile('/srv/import/labels')]]);
    const { file, diagnostics } = importRuns({
      runs: commands.map((words) => ({ words })),
      workingDirectory: '/',
      readFile: (path) => read.get(path),
      projectName: 'imported',
    });
    if (file === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
    await host.sh(`${networks}\n${other}`);
    const made = await makeOf(host, writeComposeFile(file), target);
    // Each of the image's ports on a free one is what no key says, and what is told.
    expect(diagnostics.filter(({ severity }) => severity !== 'note').map(({ message }) => message)).toEqual([
      '--publish-all is left out: it publishes what the image exposes, for which Compose has no key',
    ]);
    const differences = differencesOf(original, made).filter(
      (difference) =>
        !(difference.of === 'services.c04#1' && difference.path.join('/') === 'HostConfig/PublishAllPorts'),
    );
    expect(differences.map(shown)).toEqual([]);
  });

  it('of running containers gives the same containers, their networks and their volumes', async () => {
    await host.sh(other);
    const made = await makeOf(host, running, target);
    // What --publish-all came to is published port by port.
    const differences = differencesOf(original, made).filter(
      ({ of, path }) =>
        !(of === 'services.c04#1' && /^HostConfig\/(PublishAllPorts|PortBindings)/.test(path.join('/'))),
    );
    expect(differences.map(shown), running).toEqual([]);
  });
});

/** Makes what the Compose file says by the commands of its units, and takes it away again. */
async function makeOf(host: Host, text: string, target: (typeof targets)[HostRoot]): Promise<EngineState> {
  const environmentFile = await host.readFile('/srv/import/app.env');
  const { set, diagnostics } = compileText(text, target, (path) =>
    path === '/srv/import/app.env' ? { ok: true, text: environmentFile } : { ok: false, reason: 'missing' },
  );
  const found = diagnostics.filter(({ severity }) => severity === 'error');
  if (set === undefined || found.length > 0)
    throw new Error(`${JSON.stringify(diagnostics, null, 2)}\n${text}`);
  await host.sh(`mkdir -p ${unitDirectory}`);
  for (const { name, content } of set.files) await host.writeFile(`${unitDirectory}/${name}`, content, 0o600);
  const script = makingCommands(set, unitDirectory).map(({ unit, argv, environment }) => {
    const variables = environment.map(([name, value]) => quote(`${name}=${value}`));
    return `env ${[...variables, ...argv.map(quote)].join(' ')} >/dev/null || { echo ${quote(`in ${unit}`)} >&2; exit 1; }\n`;
  });
  const { exitCode, stderr } = await host.exec(['sh', '-s'], { input: script.join(''), timeout: 300_000 });
  const state = await takeState(host);
  if (exitCode !== 0) throw new Error(stderr);
  return state;
}

/** Takes what Docker holds, and leaves it empty. */
async function takeState(host: Host): Promise<EngineState> {
  return JSON.parse(await host.sh(`node ${stateProgram}`)) as EngineState;
}

/** The comparison is by service: each line's is called as its container is. Links have no order. */
function withServices(state: EngineState): EngineState {
  const containers = state.containers.map((container) => {
    const Labels = { 'dockunit.service': container.Name.slice(1), ...container.Config.Labels };
    const { Links = null } = container.HostConfig as { readonly Links?: readonly string[] | null };
    const HostConfig = { ...container.HostConfig, Links: Links && [...Links].sort() };
    return { ...container, Config: { ...container.Config, Labels }, HostConfig };
  });
  return { ...state, containers };
}

function differencesOf(original: EngineState, made: EngineState): readonly Difference[] {
  const subnetted = new Set(['back', 'side']);
  const sides = [original, made].map((state) => factsOf(withServices(state), subnetted));
  const [first, second] = sides;
  if (first === undefined || second === undefined) return [];
  return findDifferences(first, second).filter((difference) => !isMeant(difference));
}

function shown({ of, path, compose, ours }: Difference): string {
  return `${of} ${path.join('/')}: ${JSON.stringify(compose)} became ${JSON.stringify(ours)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
