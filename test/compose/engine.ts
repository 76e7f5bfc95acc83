/**
 * A throwaway host's engine, on which docker compose and the units' own commands make the containers
 * of one Compose file, one after the other, with nothing left from before.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { makeImages } from '../host/images.ts';
import { type Host, bootHost } from '../host/throwaway-host.ts';
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
export interface InspectedNetwork {
  readonly Id: string;
  readonly Name: string;
}
export interface InspectedVolume {
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
  /** Networks and volumes a file calls external, so somebody else's to make. */
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  /** Paths that are mounted and that the engine does not create: an empty file each, where there is nothing. */
  readonly files: readonly string[];
  /** Images that must be of another platform than this machine's. */
  readonly platforms: readonly { readonly image: string; readonly platform: string }[];
}

export interface ConfigAnswer {
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
/** Begins the parts of a script's output; no engine and no client prints it. */
const mark = '\x1e';

export class Engine implements AsyncDisposable {
  private constructor(readonly host: Host) {}

  /** Boots Debian 13 with a copy of `directory` at the same path. */
  static async boot(directory: string): Promise<Engine> {
    const engine = new Engine(await bootHost({ root: 'trixie', init: 'systemd' }));
    const program = await readFile(new URL('engine-state.mjs', import.meta.url));
    await engine.host.writeFile(stateProgram, program);
    await engine.host.sh(`mkdir -p ${unitDirectory}`);
    await makeImages(engine.host, 'busybox');
    await engine.copy(directory);
    return engine;
  }

  /** Makes the host's copy of a directory what it is here. */
  async copy(directory: string): Promise<void> {
    const options = { encoding: 'buffer', maxBuffer: 2 ** 30 } as const;
    const { stdout } = await promisify(execFile)('tar', ['-c', '-P', directory], options);
    await this.host.sh('tar -x -P', { input: stdout });
  }

  /** Tags the one image with each of the names; gives those that no image can be tagged with. */
  async tag(names: readonly string[]): Promise<string[]> {
    const script = `tr '\\n' '\\0' | xargs -0 -n 1 sh -c 'docker tag busybox:test "$0" 2>/dev/null || printf "%s\\n" "$0"'`;
    const refused = await this.host.sh(script, {
      input: names.map((name) => `${name}\n`).join(''),
      timeout: 600_000,
    });
    return refused.split('\n').filter((name) => name !== '');
  }

  /** `docker compose config` of each file. */
  async configure(files: readonly string[]): Promise<Map<string, ConfigAnswer>> {
    const script = files.map(
      (file) =>
        `printf '${mark}'; ${compose(file)} config --format json 2>/tmp/error || true; printf '${mark}'; cat /tmp/error\n`,
    );
    const answer = await this.run(script.join(''));
    const parts = answer.split(mark).slice(1);
    return new Map(
      files.map((file, index) => {
        const [config = '', error = ''] = parts.slice(index * 2, index * 2 + 2);
        return [file, { error, ...(config.trim() !== '' && { config }) }];
      }),
    );
  }

  /** Makes the containers of a file by docker compose, looks at them, removes them, and the same by our commands. */
  async make(
    file: string,
    needs: Needs,
    ours:
      | { readonly commands: readonly MakingCommand[]; readonly files: ReadonlyMap<string, string> }
      | undefined,
  ): Promise<{ readonly compose: Made; readonly ours?: Made }> {
    const composed = `cd ${quote(dirname(file))}; ${compose(file)} create --no-build --pull never 2>&1`;
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
      ...needs.files.map(
        (path) => `[ -e ${quote(path)} ] || { mkdir -p ${quote(dirname(path))} && touch ${quote(path)}; }`,
      ),
      ...needs.platforms.map(
        ({ image, platform }) =>
          `tar -cT /dev/null | docker import --platform ${quote(platform)} --change 'CMD ["sh"]' - ${quote(image)}`,
      ),
    ].map((command) => `{ ${command}; } >/dev/null\n`);
    const after = needs.platforms.map(({ image }) => `docker tag busybox:test ${quote(image)}\n`);
    return `${before.join('')}printf '${mark}'\n${make}\nprintf '${mark}%s${mark}' $?\nnode ${stateProgram}\n${after.join('')}`;
  }

  /** A shell script, given on standard input, since it may be longer than an argument. */
  private async run(script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.host.exec(
      ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', 'sh'],
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

function compose(file: string): string {
  return `docker compose -p ${projectName} -f ${quote(file)}`;
}

function readSide([log = '', exitCode = '', state = '']: readonly string[]): Made {
  return { log: log.trim(), exitCode: Number(exitCode), state: JSON.parse(state) as EngineState };
}

/** POSIX shell quoting. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
