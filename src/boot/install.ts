/** `supervise --install` and `--uninstall`: the hook by which a host without systemd boots the supervisor. */
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sdBooted } from '../host/systemd/detect.ts';
import {
  firstExisting,
  makeHookLink,
  removeHookDirectory,
  removeHookFiles,
  removeHookLink,
  rewriteHookLines,
  runFirst,
  runShell,
  runsProgram,
  writeHookFiles,
} from './write-hook.ts';
import type { HookChange } from './write-hook.ts';
import { HostError } from '../model/ports.ts';
import { requireTrustedPrograms } from '../host/machine/trusted-programs.ts';
import { readUnitFile } from '../host/units/unit-directories.ts';
import { bootHook, hasLines, isOurs, withLines, withoutLines } from './hook.ts';
import type { BootHook, Programs } from './hook.ts';
import { inits } from './inits.ts';
import type { Init } from './inits.ts';
import { UsageError } from '../run/context.ts';
import type { Context, ExitCode } from '../run/context.ts';

export interface InstallOptions {
  readonly user?: boolean;
  readonly init?: Init;
  readonly now?: boolean;
  readonly json?: boolean;
}

/**
 * Writes the hook for the init of this host, or for the one that the user names; with `--now` starts the
 * supervisor.
 */
export async function installSupervisor(context: Context, options: InstallOptions): Promise<ExitCode> {
  refuseUser(options);
  const init = options.init ?? detectInit();
  const hook = hookOf(init);
  const { node, dockunit } = programs();
  requireTrustedPrograms(node, dockunit);
  const changes = [
    ...writeHookFiles(hook.files, isOurs),
    ...(hook.lines === undefined ? [] : rewriteHookLines(hook.lines.path, addLines(hook.lines.text))),
    ...(hook.link === undefined ? [] : makeHookLink(hook.link)),
    ...(await runFirst(hook.register)),
  ];
  show(changes, context);
  if (options.now === true) {
    await beginNow(hook.start, context);
    context.err.write('The supervisor runs. Next: dockunit enable --now\n');
  } else if (hook.start !== undefined) context.err.write(`Next: ${hook.start}\n`);
  return 0;
}

/** How long a supervisor has to answer, in ms: runit looks for new services every 5 s. */
const answerTime = 30_000;

/**
 * Starts the supervisor as the init would at a boot, unless the init does so by itself; resolves when it
 * answers.
 */
async function beginNow(start: string | undefined, { now, signal }: Context): Promise<void> {
  if (await answers()) return;
  if (start !== undefined) await runShell(start);
  const deadline = now() + answerTime;
  while (!(await answers())) {
    if (signal.aborted || now() > deadline) {
      throw new HostError(
        'The supervisor has been started, and does not answer',
        'See why: tail /var/log/dockunit.log; or run it in the foreground: dockunit supervise',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function answers(): Promise<boolean> {
  const { SupervisorManager } = await import('../manager/supervisor.ts');
  try {
    (await SupervisorManager.connect('system')).close();
    return true;
  } catch (error) {
    if (error instanceof HostError) return false;
    throw error;
  }
}

/**
 * Removes dockunit's hooks, for the init that the user names or for all. A running supervisor keeps
 * running, except under runit.
 */
export async function uninstallSupervisor(context: Context, options: InstallOptions): Promise<ExitCode> {
  refuseUser(options);
  const changes: HookChange[] = [];
  const afterwards: string[] = [];
  for (const init of options.init === undefined ? inits : [options.init]) {
    const hook = hookOf(init);
    const removals = [
      ...(hook.link === undefined ? [] : removeHookLink(hook.link)),
      ...removeHookFiles(hook.files, (text) => isOurs(text) && isFor(hook, text)),
      ...(hook.lines === undefined ? [] : removeLines(hook.lines.path)),
    ];
    if (removals.length === 0) continue;
    if (hook.directory !== undefined) removeHookDirectory(hook.directory);
    changes.push(...removals, ...(await runFirst(hook.unregister)));
    if (hook.afterwards !== undefined) afterwards.push(hook.afterwards);
  }
  show(changes, context);
  for (const line of afterwards) context.err.write(`${line}\n`);
  if (changes.length === 0) context.err.write('There is no boot hook of dockunit.\n');
  return 0;
}

/** The files by which an init of this host starts the supervisor at boot. */
export function installedHooks(): readonly string[] {
  return inits.flatMap((init) => {
    const { files, lines, link } = hookOf(init);
    const [path] = files
      .map((file) => file.path)
      .filter(
        (each) => isOurs(readUnitFile(each) ?? '') && (link === undefined || firstExisting([link.path])),
      );
    const within = lines !== undefined && hasLines(readUnitFile(lines.path) ?? '') ? lines.path : undefined;
    return path ?? within ?? [];
  });
}

function refuseUser({ user }: InstallOptions): void {
  if (user !== true) return;
  throw new UsageError(
    'The init of a host boots the system’s supervisor, not those of users',
    'let cron(8) start yours; in crontab -e write: @reboot dockunit supervise --user',
  );
}

/** OpenRC and SysV share one path: the first line shows which of them a hook is for. */
function isFor({ files }: BootHook, text: string): boolean {
  return files.some((file) => file.text.split('\n')[0] === text.split('\n')[0]);
}

const addLines = (lines: string) => (text: string | undefined) => withLines(text, lines);

function removeLines(path: string): readonly HookChange[] {
  const changes = rewriteHookLines(path, (text) =>
    text === undefined || !hasLines(text) ? text : withoutLines(text),
  );
  return changes.filter(({ change }) => change !== 'unchanged');
}

function hookOf(init: Init): BootHook {
  const services = firstExisting(['/etc/service', '/var/service', '/etc/runit/runsvdir/default'] as const);
  return bootHook(init, programs(), services);
}

/** The programs that run now are those that the hook will run. */
function programs(): Programs {
  const dockunit = realpathSync(process.argv[1] ?? 'dockunit');
  return { node: process.execPath, dockunit, init: join(dirname(dockunit), 'dockunit-init') };
}

/** Files that show each init; dockunit takes the first one found for the init that boots this host. */
const signs = {
  openrc: ['/run/openrc', '/sbin/openrc-run'],
  sysv: ['/usr/sbin/update-rc.d', '/sbin/chkconfig', '/sbin/insserv', '/etc/init.d/rc', '/etc/inittab'],
  runit: ['/etc/runit/2'],
  'rc.local': ['/etc/rc.local', '/etc/rc.d/rc.local'],
} as const satisfies Record<Init, readonly string[]>;

function detectInit(): Init {
  if (sdBooted()) {
    throw new HostError(
      'systemd boots this host, and needs no supervisor for its units',
      'Enable what is to start at boot: dockunit enable; or name another init with --init',
    );
  }
  // A host that runit does not boot may have files of runit too: packages of Debian bring services for it.
  const init = runsProgram('runsvdir') && firstExisting(['/run/openrc']) === undefined ? 'runit' : bySigns();
  if (init !== undefined) return init;
  throw new HostError(
    `This host’s init is none that dockunit knows: ${inits.join(', ')}`,
    'Name the one that comes nearest with --init, or have your init run: dockunit supervise',
  );
}

const bySigns = (): Init | undefined =>
  (Object.keys(signs) as readonly Init[]).find((name) => firstExisting<string>(signs[name]));

function show(changes: readonly HookChange[], { out, recordChange }: Context): void {
  const parts = changes.filter(({ change }) => change !== 'unchanged').map(({ what }) => what);
  if (parts.length > 0) recordChange({ kind: 'boot-hook', what: parts });
  for (const { change, what } of changes) {
    const style =
      change === 'removed' ? out.style.bad : change === 'unchanged' ? out.style.dim : out.style.ok;
    out.write(`${style(change.padEnd('unchanged'.length))}  ${what}\n`);
  }
}
