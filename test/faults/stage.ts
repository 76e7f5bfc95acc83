/** The hosts that the campaign plays on: the project shop, and beside it a container of another project. */
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { makeImages } from '../e2e/images.ts';
import { program, supervise } from '../e2e/shop-on-host.ts';
import { connectBySsh, layWire } from '../e2e/ssh-link.ts';
import { type ExecResult, type Host, type HostOptions, bootHost, until } from '../e2e/throwaway-host.ts';
import { projectDirectory } from '../e2e/units-on-host.ts';
import { countCallsElsewhere, startCounting, stopCounting } from './calls-elsewhere.ts';
import type { CallClass } from './faults.ts';
import type { Edition, HostKind, Move } from './verbs.ts';

/** What inject.cjs does at the call: ends or holds the process, fails that call, or every one from there on that needs room. */
type Deed = 'kill' | 'hold' | 'ENOSPC' | 'EIO' | 'full';

export interface Injection {
  readonly calls: CallClass;
  readonly at: number;
  readonly does: Deed;
}

export interface Run extends ExecResult {
  /** The call that the injection befell; undefined where there were fewer calls. */
  readonly befell: string | undefined;
}

export type Counts = Readonly<Record<CallClass, number>>;

/** The environment in which inject.cjs counts the calls of dockunit, and has one fail. */
export function faultOf(fault: object): Readonly<Record<'FAULT' | 'NODE_OPTIONS', string>> {
  return { FAULT: JSON.stringify(fault), NODE_OPTIONS: `--require=${injector}` };
}

const injector = fileURLToPath(new URL('inject.cjs', import.meta.url));
const report = '/run/fault';

export class Stage implements AsyncDisposable {
  /** The file system of `here`, as this machine sees it since the last verb began. */
  #root = '';

  private constructor(
    readonly kind: HostKind,
    /** Where dockunit runs. */
    readonly here: Host,
    /** Whose units they are. */
    readonly there: Host,
  ) {}

  /** With both projects installed, running and enabled. */
  static async boot(kind: HostKind): Promise<Stage> {
    const stage = new Stage(kind, ...(await bootHosts(kind)));
    const { here, there } = stage;
    await makeImages(there, 'app');
    await there.sh(
      `for edition in one two; do
         printf 'FROM app:test\\nLABEL version=%s\\n' $edition | docker build -q -t shop-web:$edition - >/dev/null
       done; docker tag shop-web:one shop-web:1`,
    );
    await here.writeFile('/srv/other/compose.yaml', JSON.stringify(otherProject));
    await stage.prepare({ file: 'one' });
    if (kind === 'plain') await supervise(here);
    if (kind === 'remote') await countCallsElsewhere(there);
    for (const directory of ['/srv/other', '/srv/shop']) await stage.succeed(['apply'], directory);
    await there.sh('echo kept >/var/lib/docker/volumes/shop_data/_data/marker; sync -f /var/lib/docker');
    return stage;
  }

  /** What comes before a move. */
  async prepare({ file, image }: Pick<Move, 'file' | 'image'>): Promise<void> {
    if (file !== undefined)
      await this.here.writeFile('/srv/shop/compose.yaml', JSON.stringify(project(file)));
    if (image !== undefined) await this.there.sh(`docker tag shop-web:${image} shop-web:1`);
  }

  /** A move that nothing befalls. */
  async make(move: Move): Promise<void> {
    await this.prepare(move);
    await this.succeed(move.words);
  }

  /** Runs a verb to its end; `meanwhile` is done while the injection holds it. */
  async run(
    words: readonly string[],
    injection: Injection,
    meanwhile?: () => Promise<unknown>,
  ): Promise<Run> {
    if (injection.calls === 'elsewhere') return this.#runElsewhere(words, injection);
    await this.#forget();
    let ended = false;
    const end = this.#launch(words, injection).finally(() => {
      ended = true;
    });
    if (injection.does !== 'hold') return { ...(await end), befell: this.#report()?.befell };
    const held = (): boolean => ended || this.#report() !== undefined;
    await until('it is held', held, Boolean, { every: 10, deadline: 90_000 });
    const befell = this.#report()?.befell;
    if (befell !== undefined) await meanwhile?.();
    await this.here.writeFile(`${report}.release`, '');
    return { ...(await end), befell };
  }

  async #runElsewhere(words: readonly string[], { at, does }: Injection): Promise<Run> {
    await startCounting(this.there, at, does === 'EIO' ? 'Input/output error' : 'No space left on device');
    const result = await this.#launch(words, {});
    return { ...result, befell: (await stopCounting(this.there))[at - 1] };
  }

  /** Runs a verb that nothing befalls, and counts its calls. */
  async count(words: readonly string[]): Promise<{ readonly result: ExecResult; readonly counts: Counts }> {
    if (this.kind === 'remote') await startCounting(this.there);
    await this.#forget();
    const result = await this.#launch(words, {});
    const counts = this.#report()?.counts;
    if (counts === undefined) throw new Error(`${words.join(' ')}: ${JSON.stringify(result)}`);
    const elsewhere = this.kind === 'remote' ? (await stopCounting(this.there)).length : 0;
    return { result, counts: { ...counts, elsewhere } };
  }

  /** Of the host whose units they are; all that was not synced is lost. Comes back with the host. */
  async cutPower(): Promise<void> {
    await this.there.reboot({ powerCut: 'losing-writes' });
    if (this.kind === 'plain') await supervise(this.there);
    if (this.kind === 'remote') await layWire(this.here, this.there);
  }

  /** Runs a verb that nothing befalls. */
  dockunit(words: readonly string[], directory = '/srv/shop'): Promise<ExecResult> {
    return this.#exec(words, directory, {});
  }

  async succeed(words: readonly string[], directory?: string): Promise<void> {
    const result = await this.dockunit(words, directory);
    if (result.exitCode !== 0)
      throw new Error(`${this.kind}: ${words.join(' ')}: ${JSON.stringify(result, null, 2)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...new Set([this.here, this.there])].map((host) => host.down()));
  }

  /** What connections of dockunit leave where it runs. */
  async connectionsLeft(): Promise<readonly string[]> {
    const temporary = `/proc/${String(await this.here.processId())}/root/tmp`;
    return readdirSync(temporary).filter((name) => name.startsWith('dockunit-ssh-'));
  }

  /** Of the verb that runs, or ran last. */
  #report(): Report | undefined {
    try {
      return JSON.parse(readFileSync(`${this.#root}${report}`, 'utf8')) as Report;
    } catch {
      return undefined;
    }
  }

  /** What the verb before reported. */
  async #forget(): Promise<void> {
    this.#root = `/proc/${String(await this.here.processId())}/root`;
    for (const path of [report, `${report}.release`]) rmSync(`${this.#root}${path}`, { force: true });
  }

  #launch(words: readonly string[], fault: object): Promise<ExecResult> {
    return this.#exec(words, '/srv/shop', faultOf({ report, ...fault }));
  }

  #exec(
    words: readonly string[],
    directory: string,
    env: Readonly<Record<string, string>>,
  ): Promise<ExecResult> {
    const elsewhere = this.kind === 'remote' ? ['--host', 'there'] : [];
    return this.here.exec(
      ['sh', '-c', 'cd "$1" && shift && exec node "$@"', 'sh', directory, program, ...words, ...elsewhere],
      { env, timeout: 180_000 },
    );
  }
}

interface Report {
  readonly befell?: string;
  readonly counts?: Omit<Counts, 'elsewhere'>;
}

async function bootHosts(kind: HostKind): Promise<[here: Host, there: Host]> {
  const bind = projectDirectory;
  if (kind !== 'remote') {
    const options = hostOptions[kind];
    const host = await bootHost({ ...options, bind });
    return [host, host];
  }
  const [here, there] = await Promise.all([
    bootHost({ root: 'bookworm', init: 'systemd', bind }),
    bootHost({ root: 'bookworm', init: 'systemd', withoutNode: true }),
  ]);
  await connectBySsh(here, there);
  return [here, there];
}

const hostOptions = {
  bookworm: { root: 'bookworm', init: 'systemd' },
  trixie: { root: 'trixie', init: 'systemd' },
  plain: { root: 'trixie', init: 'plain' },
} as const satisfies Record<Exclude<HostKind, 'remote'>, HostOptions>;

const otherProject = { name: 'other', services: { aside: { image: 'app:test', command: ['forever'] } } };

/** What differs between the editions is of web alone, and with `relaxed` of its unit alone; db has a volume with data. */
function project(edition: Edition): object {
  const said = edition === 'two' ? 'two' : 'one';
  return {
    name: 'shop',
    services: {
      web: {
        image: 'shop-web:1',
        command: [`say=${said}`, 'forever'],
        environment: { TOKEN: `secret-${said}` },
        depends_on: ['db'],
        restart: edition === 'relaxed' ? 'on-failure' : 'always',
      },
      db: { image: 'app:test', command: ['forever'], volumes: ['data:/data'] },
    },
    volumes: { data: {} },
  };
}
