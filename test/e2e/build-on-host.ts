/** A project of services that are built, each by other keys, on a host with Dockerfiles for them. */
import { makeImages } from './images.ts';
import { program } from './shop-on-host.ts';
import { type ExecResult, type Host, bootHost } from './throwaway-host.ts';
import { projectDirectory } from './units-on-host.ts';

export const directory = '/srv/built';

const dockerfiles = {
  'app/docker/Stages': [
    'FROM busybox:test AS base',
    'ARG WORD=none',
    'RUN echo "$WORD" >/word; cat /etc/hosts >/hosts.txt; ls /sys/class/net >/net',
    'FROM base AS wanted',
    'ENV A=1',
    'USER 1000',
    'WORKDIR /tmp',
    'CMD ["sleep", "1000"]',
    'FROM base AS unwanted',
    'RUN echo unwanted >/unwanted',
  ],
  'app/Limits': ['FROM busybox:test', 'RUN df -k /dev/shm | tail -1 >/shm; ulimit -n >/open-files'],
  'app/Secret': [
    'FROM busybox:test',
    'RUN --mount=type=secret,id=file --mount=type=secret,id=word cat /run/secrets/file /run/secrets/word >/sizes; wc -c </sizes >/size; rm /sizes',
  ],
  'app/Ssh': ['FROM busybox:test', 'RUN --mount=type=ssh test -S "$SSH_AUTH_SOCK" && echo yes >/agent'],
  'app/Contexts': ['FROM base', 'COPY --from=more file /file'],
  'app/Dockerfile': ['FROM app:test', 'COPY version /version', 'CMD ["forever"]'],
};

const spec = (architecture: string): object => ({
  name: 'built',
  services: {
    stages: {
      build: {
        context: './app',
        dockerfile: 'docker/Stages',
        target: 'wanted',
        args: { WORD: "two 'words' %n" },
        labels: { 'a.label': 'one two' },
        tags: ['other:tag'],
        extra_hosts: ['db:10.0.0.9'],
        network: 'none',
        cache_from: ['busybox:test'],
        platforms: [`linux/${architecture}`],
      },
    },
    inline: { build: { context: './app', dockerfile_inline: 'FROM busybox:test\nCOPY version /inline\n' } },
    limits: {
      build: { context: './app', dockerfile: 'Limits', shm_size: '32m', ulimits: { nofile: 100 } },
    },
    secret: {
      build: {
        context: './app',
        dockerfile: 'Secret',
        secrets: ['file', { source: 'variable', target: 'word' }],
      },
    },
    ssh: { build: { context: './app', dockerfile: 'Ssh', ssh: ['default=keys/key'] } },
    contexts: {
      build: {
        context: './app',
        dockerfile: 'Contexts',
        additional_contexts: { more: './more', base: 'docker-image://busybox:test' },
      },
    },
    web: { build: './app', stop_grace_period: '1s' },
    named: { image: 'not.there/named:1', build: './app', stop_grace_period: '1s' },
  },
  secrets: { file: { file: './token' }, variable: { environment: 'WORD' } },
});

/** A host with the project in `directory`, the images it builds on, and dockunit to see. */
export async function bootToBuild(root: Host['root']): Promise<Host> {
  const host = await bootHost({ root, init: 'systemd', bind: projectDirectory });
  await makeImages(host, 'busybox', 'app');
  for (const [path, lines] of Object.entries(dockerfiles)) {
    await host.writeFile(`${directory}/${path}`, `${lines.join('\n')}\n`);
  }
  await host.sh(
    `cd ${directory}; mkdir more keys; ` +
      'echo 1 >app/version; echo more >more/file; printf hush! >token; echo WORD=xyz >.env; ' +
      'openssl genrsa -traditional -out keys/key 2048',
  );
  const architecture = await host.sh('docker version --format {{.Server.Arch}}');
  // JSON is YAML.
  await host.writeFile(`${directory}/compose.yaml`, JSON.stringify(spec(architecture)));
  return host;
}

/** Runs the program in the project's directory. */
export function dockunit(
  host: Host,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ExecResult> {
  return host.exec(['sh', '-c', `cd ${directory} && exec node "$@"`, 'sh', program, ...args], { env });
}

/** `dockunit build`, where anything but exit 0 is the test's failure; gives what it says. */
export async function build(
  host: Host,
  service: string,
  env?: Readonly<Record<string, string>>,
): Promise<string> {
  const result = await dockunit(host, ['build', service], env);
  if (result.exitCode !== 0) throw new Error(`dockunit build ${service}: ${JSON.stringify(result, null, 2)}`);
  return result.stderr;
}

export const within = (host: Host, image: string, path: string): Promise<string> =>
  host.sh(`docker run --rm ${image} cat ${path}`);
export const idOf = (host: Host, image: string): Promise<string> =>
  host.sh(`docker image inspect --format {{.Id}} ${image}`);

/** Where the journal ends now, to be read from there on. */
export const journalEnd = (host: Host): Promise<string> =>
  host.sh('journalctl --quiet --lines 1 --show-cursor --output cat | sed -n "s/^-- cursor: //p"');

/** What a unit's commands have said since. */
export const outputSince = (host: Host, cursor: string, unit: string): Promise<string> =>
  host.sh(`journalctl --quiet --output cat --after-cursor '${cursor}' _SYSTEMD_UNIT=${unit}`);

/** What of an image a container is made by; the labels are those docker compose adds for itself. */
export async function configOf(host: Host, image: string): Promise<unknown> {
  const [found] = JSON.parse(await host.sh(`docker image inspect ${image}`)) as [
    {
      Config: { Labels?: Record<string, string> | null };
      Architecture: string;
      Os: string;
      RootFS: { Layers: unknown[] };
    },
  ];
  const labels = Object.entries(found.Config.Labels ?? {}).filter(
    ([name]) => !name.startsWith('com.docker.compose.'),
  );
  const history = await host.sh(`docker history --no-trunc --format '{{.CreatedBy}}' ${image}`);
  return {
    config: { ...found.Config, Labels: Object.fromEntries(labels) },
    platform: [found.Os, found.Architecture],
    layers: found.RootFS.Layers.length,
    history,
  };
}
