/** Applications that run alike on a host with systemd and on one without: what they are, and what stands in for their images. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { corpus } from '../corpus/corpus-tier.ts';
import { makeImages } from './images.ts';
import { program } from './shop-on-host.ts';
import type { Host } from './throwaway-host.ts';
import { buildExampleImage, projectDirectory, systemdVersions } from './units-on-host.ts';

export interface ParityApplication {
  /** The project. */
  readonly name: string;
  /** The text of its Compose file. */
  readonly spec: string;
  /** The service that others are around, by a name that is no one else's. */
  readonly middle: string;
  /** Files beside the Compose file, executable. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Under a name of its own, since the names of units would meet; and no one can tag an image with a digest. */
const inCorpus = async (name: string, path: string): Promise<string> => {
  const text = await readFile(join(corpus, path), 'utf8');
  return `name: ${name}\n${text.replaceAll(/@sha256:[0-9a-f]{64}/g, ':test')}`;
};
const example = (name: string): Promise<string> =>
  readFile(`${projectDirectory}/examples/${name}/compose.yaml`, 'utf8');

/** Both examples, five applications of the corpus, and one for what none of these has. */
export async function parityApplications(): Promise<readonly ParityApplication[]> {
  const healthy = '#!/bin/sh\n';
  return [
    { name: 'sqlite', spec: await example('sqlite'), middle: 'sqliteserver' },
    { name: 'todo', spec: await example('todo'), middle: 'todo-web' },
    {
      // Health checks, one slow and one fast, and a chain behind the fast one.
      name: 'chain',
      spec: await inCorpus('chain', 'Glyndor__podup/bench/scenarios/deep-chain/compose.yaml'),
      middle: 'chain-after_fast',
    },
    {
      // A service that is waited for to complete, which waits for one to be healthy.
      name: 'starter',
      spec: await inCorpus('starter', 'n8n-io__self-hosted-ai-starter-kit/docker-compose.yml'),
      middle: 'starter-postgres',
      files: { '.env': 'POSTGRES_USER=me\nPOSTGRES_PASSWORD=secret\nPOSTGRES_DB=n8n\n' },
    },
    {
      // Two networks; one service waits for two to be healthy.
      name: 'voting',
      spec: await inCorpus('voting', 'dockersamples__example-voting-app/docker-compose.images.yml'),
      middle: 'voting-redis',
      files: { 'healthchecks/redis.sh': healthy, 'healthchecks/postgres.sh': healthy },
    },
    {
      // Replicas.
      name: 'replicas',
      spec: await inCorpus('replicas', 'kubernetes__kompose/script/test/fixtures/multiple-files/first.yaml'),
      middle: 'foo',
    },
    {
      // Secrets of files, an image that would be built, another user.
      name: 'proxied',
      spec: await inCorpus('proxied', 'docker__awesome-compose/nginx-golang-postgres/compose.yaml'),
      middle: 'proxied-backend',
      files: { 'db/password.txt': 'secret\n', 'proxy/nginx.conf': '' },
    },
    {
      name: 'optional',
      middle: 'optional-cache',
      spec: JSON.stringify({
        name: 'optional',
        services: {
          broken: { image: 'app:test', command: ['exit=3'], restart: 'no' },
          cache: { image: 'app:test', command: ['forever'] },
          web: {
            image: 'app:test',
            command: ['forever'],
            depends_on: {
              broken: { condition: 'service_started', required: false },
              cache: { condition: 'service_started', required: false },
            },
          },
          side: {
            image: 'app:test',
            command: ['forever'],
            depends_on: { cache: { condition: 'service_started', restart: true } },
          },
        },
      }),
    },
  ];
}

/** Writes the applications to the host, compiles them there, and makes the images their units name. */
export async function installApplications(
  host: Host,
  applications: readonly ParityApplication[],
): Promise<void> {
  await makeImages(host, 'busybox', 'app');
  await host.sh(makeStandIn);
  await buildExampleImage(host, 'sqlite');
  await buildExampleImage(host, 'todo');
  for (const { name, spec, files = {} } of applications) {
    const directory = `/srv/${name}`;
    await host.writeFile(`${directory}/compose.yaml`, spec);
    for (const [path, content] of Object.entries(files))
      await host.writeFile(`${directory}/${path}`, content, 0o755);
    // Without systemd there is none to ask for its version.
    const version = String(systemdVersions[host.root]);
    await host.sh(
      `mkdir -p /etc/systemd/system && cd ${directory} && node ${program} generate -o /etc/systemd/system --systemd-version ${version}`,
    );
  }
  await host.sh(`grep -h ^Image= /etc/systemd/system/*.service | sed 's/^Image=//' | sort -u | while read -r image; do
    docker image inspect "$image" >/dev/null 2>&1 || docker tag stand-in:test "$image"
  done; sync`);
}

/** Runs forever whatever it is told, unless it has such a program; the programs that checks ask are there and content. */
const makeStandIn = `
docker run --interactive --name stand-in busybox:test sh -c '
  for program in n8n redis-cli pg_isready; do printf "#!/bin/sh\\n" >/bin/$program; done
  cat >/bin/stand-in; chmod 755 /bin/n8n /bin/redis-cli /bin/pg_isready /bin/stand-in
  echo postgres:x:70:70::/tmp:/bin/sh >>/etc/passwd' <<'STANDIN'
#!/bin/sh
if [ $# -gt 0 ] && command -v "$1" >/dev/null; then exec "$@"; fi
trap 'exit 0' TERM INT QUIT
while :; do sleep 1000 & wait $!; done
STANDIN
docker export stand-in | docker import --change 'ENTRYPOINT ["stand-in"]' - stand-in:test >/dev/null
docker rm stand-in >/dev/null`;
