import { constants } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/** The script which does the work, and whose head comment says how. */
export const hostScript = fileURLToPath(new URL('host', import.meta.url));

export type HostRoot = 'bookworm' | 'trixie';
export type HostInit = 'systemd' | 'plain';

/** Every root; what a test of both hosts loops over. */
export const hostRoots: readonly HostRoot[] = ['bookworm', 'trixie'];

export interface HostOptions {
  /** a-z, 0-9 and -; made unique when absent */
  readonly name?: string;
  /** Debian 12 (systemd 252, Docker 20.10) or Debian 13 (257, 26.1 with `docker compose`) */
  readonly root: HostRoot;
  readonly init: HostInit;
  /** no node, npm or checkout of this project inside */
  readonly withoutNode?: boolean;
  /** a folder of this machine to see inside at the same path, read-write */
  readonly bind?: string;
}

interface ExecOptions {
  /** standard input; none when absent */
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** milliseconds, after which the command is killed and the call throws; 120 000 when absent */
  readonly timeout?: number;
}

export interface ExecResult {
  /** Output as it is, final newline included. */
  readonly stdout: string;
  readonly stderr: string;
  /** 128 + signal for a command that died of one, as in a shell */
  readonly exitCode: number;
}

export interface UntilOptions {
  /** milliseconds; 30 000 when absent */
  readonly deadline?: number;
  /** milliseconds between two looks; 50 when absent */
  readonly every?: number;
}

export interface Host extends AsyncDisposable {
  readonly name: string;
  readonly root: HostRoot;
  readonly init: HostInit;
  /** Run a command, never through a shell. Throws only if it outlives its timeout or the host is not up. */
  exec(argv: readonly [string, ...string[]], options?: ExecOptions): Promise<ExecResult>;
  /** Run a script under `sh -eu`; gives its stdout without the final newline; throws with all output if it fails. */
  sh(script: string, options?: ExecOptions): Promise<string>;
  /** Write a file and the folders above it; `mode` is octal as in 0o644, the default. */
  writeFile(path: string, content: string | Uint8Array, mode?: number): Promise<void>;
  /** The file's text; throws if it cannot be read. */
  readFile(path: string): Promise<string>;
  /**
   * Shut down in order, or cut the power, and boot the same disk. A power cut kills every process at once;
   * with 'losing-writes' all that was not yet synced is gone too, images just loaded included: `sync` first.
   */
  reboot(options?: { readonly powerCut?: boolean | 'losing-writes' }): Promise<void>;
  down(): Promise<void>;
  /** The id of its PID 1 as this machine sees it: /proc/ID/root is its file system. */
  processId(): Promise<number>;
  /**
   * Look until `good` is true of what `look` gives, and return that. A look that throws counts as not
   * yet. After the deadline throws an error that names `what` and shows the last thing seen.
   */
  until<T>(
    what: string,
    look: () => Promise<T> | T,
    good: (seen: T) => boolean,
    options?: UntilOptions,
  ): Promise<T>;
  /** The unit's journal of this boot, one message a line, with identifier and no timestamps. */
  journal(unit: string): Promise<string>;
}

let booted = 0;

/**
 * Boot a host; about a second. It ends by `down`, by `await using`, or by itself when this process is
 * gone in whatever way: `up --owner` leaves a watchdog behind.
 * Throws with the host's console if it does not come up.
 */
export async function bootHost(options: HostOptions): Promise<Host> {
  const { root, init } = options;
  const name = options.name ?? `${root}-${init}-${process.pid}-${++booted}`;
  await verb('up', name, '--root', root, '--init', init, '--owner', String(process.pid), ...upFlags(options));
  const host: Host = {
    name,
    root,
    init,
    exec: (argv, execOptions) => execInside(name, argv, execOptions),
    sh: (script, execOptions) => shInside(host, script, execOptions),
    writeFile: async (path, content, mode = 0o644) => {
      const script = 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"';
      const { exitCode, stderr } = await host.exec(['sh', '-c', script, 'sh', path, mode.toString(8)], {
        input: content,
      });
      if (exitCode !== 0) throw new Error(`host ${name}: cannot write ${path}: ${stderr}`);
    },
    readFile: async (path) => {
      const { exitCode, stdout, stderr } = await host.exec(['cat', path]);
      if (exitCode !== 0) throw new Error(`host ${name}: cannot read ${path}: ${stderr}`);
      return stdout;
    },
    reboot: async ({ powerCut = false } = {}) => {
      await verb('reboot', name, ...rebootFlags(powerCut));
    },
    down: async () => {
      await verb('down', name);
    },
    processId: async () => Number(await verb('pid', name)),
    until: (what, look, good, untilOptions) => until(`host ${name}: ${what}`, look, good, untilOptions),
    journal: async (unit) => {
      const argv = ['journalctl', '--boot', '--unit', unit, '--output', 'cat', '--no-pager'] as const;
      return (await host.exec([...argv])).stdout;
    },
    [Symbol.asyncDispose]: () => host.down(),
  };
  return host;
}

function upFlags({ bind, withoutNode }: HostOptions): string[] {
  return [...(bind === undefined ? [] : ['--bind', bind]), ...(withoutNode ? ['--without-node'] : [])];
}

function rebootFlags(powerCut: boolean | 'losing-writes'): string[] {
  if (powerCut === false) return [];
  return [powerCut === true ? '--power-cut' : `--power-cut=${powerCut}`];
}

/** One verb of the script; its own words are the error. A first boot of trixie builds the root: minutes. */
async function verb(...argv: readonly string[]): Promise<string> {
  const { failed, all, exitCode, stdout } = await execa(hostScript, argv, {
    reject: false,
    all: true,
    stdin: 'ignore',
    timeout: 900_000,
  });
  if (failed) throw new Error(`${basename(hostScript)} ${argv.join(' ')} ended with ${exitCode}:\n${all}`);
  return stdout;
}

async function execInside(
  name: string,
  argv: readonly string[],
  { input, env = {}, timeout = 120_000 }: ExecOptions = {},
): Promise<ExecResult> {
  const assignments = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  // `env --` so that a command or a variable may begin with whatever it likes
  const command = assignments.length === 0 ? argv : ['env', ...assignments, ...argv];
  const result = await execa(hostScript, ['exec', name, ...command], {
    reject: false,
    timeout,
    stripFinalNewline: false,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  });
  if (result.timedOut) {
    throw new Error(
      `host ${name}: ${argv.join(' ')} took longer than ${timeout} ms\n${result.stdout}${result.stderr}`,
    );
  }
  // nsenter dies of the signal its command died of
  const exitCode = result.signal ? 128 + constants.signals[result.signal] : result.exitCode;
  if (exitCode === undefined) throw new Error(`host ${name}: ${result.shortMessage}`);
  return { stdout: result.stdout, stderr: result.stderr, exitCode };
}

async function shInside(host: Host, script: string, options?: ExecOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await host.exec(['sh', '-euc', script], options);
  if (exitCode !== 0) {
    throw new Error(
      `host ${host.name}: exit ${exitCode} of\n${script}\n--- stdout\n${stdout}--- stderr\n${stderr}`,
    );
  }
  return stdout.replace(/\n$/, '');
}

/** See `Host.until`; for things that are not on a host. */
export async function until<T>(
  what: string,
  look: () => Promise<T> | T,
  good: (seen: T) => boolean,
  { deadline = 30_000, every = 50 }: UntilOptions = {},
): Promise<T> {
  const end = Date.now() + deadline;
  for (;;) {
    const begun = Date.now();
    let seen: string;
    try {
      const value = await look();
      if (good(value)) return value;
      seen = typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? String(value));
    } catch (error) {
      seen = `an error: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (Date.now() >= end) throw new Error(`${what}: not within ${deadline} ms; last seen:\n${seen}`);
    // A look that takes long leaves as much time to what it waits for, and to other tests.
    await new Promise((resolve) => setTimeout(resolve, Math.max(every, Date.now() - begun)));
  }
}
