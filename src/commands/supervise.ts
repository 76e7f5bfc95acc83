/** `supervise`: runs the units of a host without systemd, until a signal stops it. */
import { version } from '../../package.json';
import { messageOf } from '../model/diagnostic.ts';
import type { Scope } from '../model/ports.ts';
import { limitHeap } from '../host/process/small-heap.ts';
import { ControlServer } from '../supervisor/control/server.ts';
import { controlSocketPath } from '../supervisor/control/socket-path.ts';
import type { SupervisorApi } from '../supervisor/control/supervisor-api.ts';
import { UsageError, scopeOf } from '../run/context.ts';
import type { Context, ExitCode } from '../run/context.ts';
import { recoverInterrupted } from '../session/host-lock.ts';
import type { InstallOptions } from '../boot/install.ts';

export interface SuperviseOptions extends InstallOptions {
  readonly install?: boolean;
  readonly uninstall?: boolean;
}

/**
 * In the foreground: starts the enabled units, answers other verbs over its socket, and at SIGTERM or
 * SIGINT stops everything in reverse order. A second signal ends it at once; running units keep running,
 * and the next supervisor takes them over. SIGHUP makes it read unit files again.
 */
export async function run(context: Context, options: SuperviseOptions): Promise<ExitCode> {
  const { install = false, uninstall = false, now = false, init } = options;
  if (install && uninstall)
    throw new UsageError('--install and --uninstall are opposites', 'Give one of them');
  if (now && !install) throw new UsageError('--now is of use with --install only', 'Add --install');
  if (install || uninstall) {
    const { installSupervisor, uninstallSupervisor } = await import('../boot/install.ts');
    return (install ? installSupervisor : uninstallSupervisor)(context, options);
  }
  if (init !== undefined) throw new UsageError('--init is of use with --install only', 'Add --install');
  return supervise(context, scopeOf(options));
}

async function supervise(context: Context, scope: Scope): Promise<ExitCode> {
  const { signal, environment, uid } = context;
  const say = logTo(context);
  if (process.pid === 1)
    say(`PID 1 has to wait for orphans, which Node cannot: run dockunit-init in place of this`);
  // Loaded when needed: the other verbs do without.
  const { beginSupervisor } = await import('../supervisor/on-this-host.ts');
  limitHeap();
  // Before any unit is read: the power may have failed while their files were being replaced.
  const recovery = recoverInterrupted(context, scope);
  const supervisor = await beginSupervisor(scope, environment, say, signal);
  const server = await ControlServer.listen(supervisor, controlSocketPath(scope, environment, uid), {
    release: version,
    report: (fault) =>
      say(`internal error: ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}`),
  });
  const reload = (): void => void reloadUnits(supervisor, say);
  process.on('SIGHUP', reload);
  // A service manager above restarts it after a crash, but not after an exit code of its own.
  process.once('uncaughtException', (error) => {
    say(`internal error, which ends the supervisor: ${error.stack ?? error.message}`);
    process.abort();
  });
  try {
    say(`dockunit ${version} supervises (process ${String(process.pid)})`);
    if (recovery !== undefined) await startFinished(supervisor, recovery.manifest.start, say);
    await whenAborted(signal);
    say('stopping everything; a second signal ends at once, and leaves running what still runs');
    const survivors = await supervisor.shutdown();
    if (survivors.length === 0) {
      say('everything has stopped');
      return 0;
    }
    const containers = survivors.join(' ');
    say(`Docker did not stop all containers; these may still run: ${containers}`);
    say(
      `when it is back, the next supervisor stops those that are not enabled; to end all of them: docker rm --force ${containers}`,
    );
    return 1;
  } finally {
    process.off('SIGHUP', reload);
    await server.close();
  }
}

/**
 * Enables and starts the targets of a new project whose links an interrupted apply had not made yet: it makes
 * them after the files. Under systemd a unit does the same.
 */
async function startFinished(
  supervisor: SupervisorApi,
  targets: readonly string[],
  say: (text: string) => void,
): Promise<void> {
  if (targets.length === 0) return;
  try {
    await supervisor.enable(targets);
    // Its jobs may take any time.
    void supervisor.run('start', targets).catch((error: unknown) => say(messageOf(error)));
  } catch (error) {
    say(messageOf(error));
  }
}

async function reloadUnits(supervisor: SupervisorApi, say: (text: string) => void): Promise<void> {
  try {
    await supervisor.reload();
    say('the supervisor has read the unit files again');
  } catch (error) {
    say(`the unit files cannot be read: ${messageOf(error)}`);
  }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Its own log: a line for each action, with the time where it goes to a file. */
function logTo({ err, now }: Context): (text: string) => void {
  return (text) => {
    const time = new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z');
    err.write(err.isTTY ? `${text}\n` : `${time} ${text}\n`);
  };
}
