/**
 * A throwaway host's engine, on which docker compose and the units' own commands make the containers
 * of one Compose file, one after the other, with nothing left from before.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { makeImages } from '../e2e/images.ts';
import { type Host, bootHost } from '../e2e/throwaway-host.ts';
import type { MakingCommand } from './unit-commands.ts';

/** What the Engine API shows of all there is. */
export interface EngineState {
  readonly containers: readonly InspectedContainer[];
  readonly networks: readonly InspectedNetwork[];
  readonly volumes: readonly InspectedVolume[];
}
export interface InspectedContainer {
  readonly Id: string;
  readonly Name: string;
  readonly Config: { readonly Labels: Readonly<Record<string, string>> | null };
  readonly HostConfig: object;
  readonly Mounts: readonly object[];
  readonly NetworkSettings: { readonly Networks: object };
}
interface InspectedNetwork {
  readonly Id: string;
  readonly Name: string;
}
interface InspectedVolume {
  readonly Name: string;
}

export interface Made {
  readonly exitCode: number;
  /** What the commands said. */
  readonly log: string;
  readonly state: EngineState;
}

/** What must be there before the containers of a file can be made. */
export interface Needs {
  /** Networks and volumes a file calls external, so someone else's to make. */
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  /** Paths that are mounted and that Docker does not create: an empty file each, where there is nothing. */
  readonly files: readonly string[];
  /** Containers that a file refers to and does not make. */
  readonly containers: readonly string[];
  /** Images that must be of another platform than this machine's. */
  readonly platforms: readonly { readonly image: string; readonly platform: string }[];
}

/** Which services take part: all of them, or only those of no profile. */
export type Profiles = '*' | '';

export interface ConfigAnswer {
  readonly profiles: Profiles;
  /** What `docker compose config --format json` printed; absent where it refuses. */
  readonly config?: string;
  /** Its standard error. */
  readonly error: string;
}

/** The name of every project, so that both sides name networks and volumes alike. */
export const projectName = 'corpus';
/** Where the units would lie on the host. */
export const unitDirectory = '/run/dockunit-units';

const stateProgram = '/usr/local/lib/engine-state.mjs';
/** The image that stands in for all: it says something of all that a container may take over from its image. */
const standIn = 'stand-in:test';
const makeStandIn = `docker export $(docker create busybox:test) | docker import \\
  --change 'ENTRYPOINT ["/bin/busybox"]' --change 'CMD ["sh", "-c", "true"]' --change 'EXPOSE 4321' \\
  --change 'ENV FROM_IMAGE=yes' --change 'WORKDIR /data' --change 'USER app' - ${standIn} >/dev/null
docker rm $(docker ps -aq) >/dev/null`;

/** Begins the parts of a script's output; no engine and no client prints it. */
const mark = '\x1e';

export class Engine implements AsyncDisposable {
  private constructor(readonly host: Host) {}

  /** Boots Debian 13 with a copy of `directory` at the same path. */
  static async boot(directory: string): Promise<Engine> {
    const engine = new Engine(await bootHost({ root: 'trixie', init: 'systemd' }));
    const program = await readFile(new URL('engine-state.mjs', import.meta.url));
    await engine.host.writeFile(stateProgram, program);
    // The subnets Docker picks must not meet those a file names.
    const pools = { 'default-address-pools': [{ base: '10.251.0.0/16', size: 24 }] };
    const settings = await engine.host.sh('cat /etc/docker/daemon.json 2>/dev/null || echo {}');
    await engine.host.writeFile(
      '/etc/docker/daemon.json',
      JSON.stringify({ ...(JSON.parse(settings) as object), ...pools }),
    );
    await engine.host.sh(`systemctl restart docker.service; mkdir -p ${unitDirectory}`);
    await makeImages(engine.host, 'busybox');
    await engine.host.sh(makeStandIn);
    await engine.copy(directory);
    return engine;
  }

  /** Makes the host's copy of a directory what it is here. */
  async copy(directory: string): Promise<void> {
    const options = { encoding: 'buffer', maxBuffer: 2 ** 30 } as const;
    const { stdout } = await promisify(execFile)('tar', ['-c', '-P', directory], options);
    await this.host.sh('tar -x -P', { input: stdout });
  }

  /** Lets the one image be found by each of the names. */
  async tag(names: readonly string[]): Promise<void> {
    const digests = names.filter((name) => name.includes('@'));
    if (digests.length > 0) await this.addDigests(digests);
    const tagEach = `tr '\\n' '\\0' | xargs -0 -r -n 1 docker tag ${standIn}`;
    const tags = names.filter((name) => !name.includes('@'));
    // A name no image can have is one that compose cannot use either.
    await this.host.exec(['sh', '-c', tagEach], {
      input: tags.map((name) => `${name}\n`).join(''),
      timeout: 600_000,
    });
  }

  /** A name with a digest is given by pulling alone, so it is written where Docker keeps its names. */
  private async addDigests(names: readonly string[]): Promise<void> {
    const path = '/var/lib/docker/image/overlay2/repositories.json';
    await this.host.sh('systemctl stop docker.socket docker.service');
    const known = JSON.parse(await this.host.readFile(path)) as {
      Repositories: Record<string, Record<string, string>>;
    };
    const id = Object.values(known.Repositories[standIn.replace(/:.*/, '')] ?? {})[0] ?? '';
    for (const name of names) {
      const [repository = '', digest = ''] = name.split('@');
      const familiar = repository.replace(/:[^/]*$/, '').replace(/^docker\.io\/(library\/)?/, '');
      known.Repositories[familiar] = { ...known.Repositories[familiar], [`${familiar}@${digest}`]: id };
    }
    await this.host.writeFile(path, JSON.stringify(known), 0o600);
    await this.host.sh('systemctl start docker.service');
  }

  /** `docker compose config` of each file. */
  async configure(files: readonly string[], profiles: Profiles): Promise<Map<string, ConfigAnswer>> {
    const script = files.map(
      (file) =>
        `printf '${mark}'; ${compose(file, profiles)} config --format json 2>/tmp/error || true; printf '${mark}'; cat /tmp/error\n`,
    );
    const answer = await this.run(script.join(''));
    const parts = answer.split(mark).slice(1);
    return new Map(
      files.map((file, index) => {
        const [config = '', error = ''] = parts.slice(index * 2, index * 2 + 2);
        return [file, { profiles, error, ...(config.trim() !== '' && { config }) }];
      }),
    );
  }

  /** Makes the containers of a file by docker compose, looks at them, removes them, and the same by our commands. */
  async make(
    file: string,
    profiles: Profiles,
    needs: Needs,
    ours:
      | { readonly commands: readonly MakingCommand[]; readonly files: ReadonlyMap<string, string> }
      | undefined,
  ): Promise<{ readonly compose: Made; readonly ours?: Made }> {
    const composed = `cd ${quote(dirname(file))}; ${compose(file, profiles)} create --no-build --pull never 2>&1`;
    const sides = [this.side(needs, composed)];
    if (ours !== undefined) {
      const files = [...ours.files].map(
        ([name, text]) => `printf %s ${quote(text)} >${quote(`${unitDirectory}/${name}`)}\n`,
      );
      const commands = ours.commands.map(({ unit, argv, environment }) => {
        const variables = environment.map(([name, value]) => quote(`${name}=${value}`));
        return `{ env ${[...variables, ...argv.map(quote)].join(' ')}; } 2>&1 >/dev/null || { echo ${quote(`in ${unit}`)}; exit 1; }\n`;
      });
      sides.push(`${files.join('')}${this.side(needs, `( cd /; ${commands.join('')} )`)}`);
    }
    const parts = (await this.run(sides.join(''))).split(mark).slice(1);
    const [first, second] = [
      readSide(parts.slice(0, 3)),
      parts.length > 3 ? readSide(parts.slice(3)) : undefined,
    ];
    return { compose: first, ...(second !== undefined && { ours: second }) };
  }

  private side(needs: Needs, make: string): string {
    const before = [
      ...needs.networks.map((name) => `docker network create ${quote(name)}`),
      ...needs.volumes.map((name) => `docker volume create ${quote(name)}`),
      ...needs.containers.map((name) => `docker create --name ${quote(name)} ${standIn}`),
      ...needs.files.map(
        (path) => `[ -e ${quote(path)} ] || { mkdir -p ${quote(dirname(path))} && touch ${quote(path)}; }`,
      ),
      ...needs.platforms.map(
        ({ image, platform }) =>
          `tar -cT /dev/null | docker import --platform ${quote(platform)} --change 'CMD ["sh"]' - ${quote(image)}`,
      ),
    ].map((command) => `{ ${command}; } >/dev/null\n`);
    const after = needs.platforms.map(({ image }) => `docker tag ${standIn} ${quote(image)}\n`);
    return `${before.join('')}printf '${mark}'\n${make}\nprintf '${mark}%s${mark}' $?\nnode ${stateProgram}\n${after.join('')}`;
  }

  /** A shell script, given on standard input, since it may be longer than an argument. */
  private async run(script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.host.exec(
      ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', 'COMPOSE_PROFILES=*', 'sh'],
      {
        input: script,
        timeout: 900_000,
      },
    );
    if (exitCode !== 0) throw new Error(`exit ${exitCode} of\n${script.slice(0, 4000)}\n${stdout}${stderr}`);
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.down();
  }
}

/** The plugin itself: by way of the docker client it would take three times as long to start. */
function compose(file: string, profiles: Profiles): string {
  return `COMPOSE_PROFILES='${profiles}' docker-compose -p ${projectName} -f ${quote(file)}`;
}

function readSide([log = '', exitCode = '', state = '']: readonly string[]): Made {
  return { log: log.trim(), exitCode: Number(exitCode), state: JSON.parse(state) as EngineState };
}

/** POSIX shell quoting. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
