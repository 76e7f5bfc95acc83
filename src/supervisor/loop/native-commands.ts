/**
 * Unit commands that the supervisor executes itself, through Docker's API and events, with the meaning of the script or
 * client that they replace: no process, and no polling.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isContainerUp } from '../../model/ports.ts';
import { type DockerContainer, DockerApiError, type DockerApi } from '../../model/supervisor-ports.ts';
import { printOwnHash } from '../../units/resource-owner.ts';
import { type RunVerb, verbOf } from '../../units/scripts.ts';
import type { NativeCommand, NativeContext } from './native-command.ts';
import { containerLabels, createContainer, isClient } from './make-container.ts';
import { unlessAborted } from './unless-aborted.ts';

/** How long Docker may take to finish a removal that is in progress, in ms. */
const removalDeadline = 20_000;
/** How long Docker may take beyond a container's grace, and for a removal, before it counts as stuck, in ms. */
export const stopAllowance = 15_000;

/**
 * The command as something executed here; undefined for a command that runs as a child process.
 * @param argv with all variables replaced
 */
export function nativeCommand(argv: readonly string[]): NativeCommand | undefined {
  const script = verbOf({ ignoreFailure: false, argv });
  if (script === undefined) return dockerStop(argv);
  const command = runCommands[script];
  return command === 'shell' ? undefined : command(argv.slice(3));
}

/** Scripts, and what replaces them; `shell`: they run as under systemd. */
const runCommands: Record<RunVerb, ((parameters: readonly string[]) => NativeCommand) | 'shell'> = {
  clean:
    ([unit = '', grace = '10', ...filters]) =>
    (context) =>
      removeContainers(context, containerLabels(unit, filters), Number(grace)),

  'await-running':
    ([container = '']) =>
    async ({ watch, signal, mainGone, mainStarted }) => {
      const departure = new AbortController();
      const give = (): void => {
        departure.abort();
      };
      signal.addEventListener('abort', give);
      void mainGone.then(give);
      try {
        if (mainStarted !== undefined) await unlessAborted(mainStarted, departure.signal);
        else
          await watch.until(container, departure.signal, (state) =>
            state?.status === 'created' ? undefined : true,
          );
        signal.throwIfAborted();
      } catch (error) {
        signal.throwIfAborted();
        if (!departure.signal.aborted) throw error;
      } finally {
        signal.removeEventListener('abort', give);
      }
      return 0;
    },

  'await-healthy':
    ([container = '', looks = '0']) =>
    (context) =>
      awaitHealthy(context, container, Number(looks) * 500),

  'await-completed':
    ([container = '', retries = '0']) =>
    (context) =>
      awaitCompleted(context, container, Number(retries)),

  'watch-health':
    ([container = '', ending = 'stop']) =>
    (context) =>
      watchHealth(context, container, ending),

  // Treated as the container that it starts and stays with: startedContainer().
  run: 'shell',
  create: createContainer,
  'create-in-slice': ([, , ...creation]) => createContainer(creation),
  'pre-stop': 'shell',
  // At most starts, everything exists already.
  'pull-missing': unlessThere('images'),
  'pull-missing-or-build': unlessThere('images'),
  'build-missing': unlessThere('images'),
  volume: unlessThere('volumes'),
  network: ([network = '', hash = '', template = '']) => {
    return unlessThere('networks', (labels) => {
      const ownHash = printOwnHash(template, labels);
      return ownHash === '' || ownHash === hash;
    })([network]);
  },
  pull: 'shell',
  'pull-or-build': 'shell',
  build: 'shell',
  'copy-files': 'shell',
};

/** Nothing to do if it exists; else the script does all. If Docker does not answer, the script asks again. */
function unlessThere(
  kind: Parameters<DockerApi['labels']>[0],
  isAsWanted: (labels: ReadonlyMap<string, string>) => boolean = () => true,
): (parameters: readonly string[]) => NativeCommand {
  return ([name = '']) =>
    async ({ docker, signal }) => {
      const labels = await docker.labels(kind, name, signal).catch(() => undefined);
      signal.throwIfAborted();
      return labels !== undefined && isAsWanted(labels) ? 0 : 'shell';
    };
}

/**
 * The container that a command of dockunit starts and stays with: `docker start --attach NAME`, or the script that
 * waits.
 */
export function startedContainer(argv: readonly string[]): string | undefined {
  if (verbOf({ ignoreFailure: false, argv }) === 'run') return argv[3];
  const [program = '', start, attach, container, ...more] = argv;
  return isClient(program) && start === 'start' && attach === '--attach' && more.length === 0
    ? container
    : undefined;
}

/** `docker stop -t SECONDS NAME`, and nothing else: a command with more options is left to the client. */
function dockerStop(argv: readonly string[]): NativeCommand | undefined {
  const [program = '', stop, flag, grace = '', container, ...more] = argv;
  if (!isClient(program) || stop !== 'stop' || flag !== '-t' || !/^\d+$/.test(grace)) return undefined;
  if (container === undefined || container.startsWith('-') || more.length > 0) return undefined;
  return async (context) => {
    await stopContainer(context, container, Number(grace));
    return 0;
  };
}

/** If Docker does not answer a stop, asks it to kill. */
async function stopContainer(context: NativeContext, container: string, grace: number): Promise<void> {
  const { docker, signal, say } = context;
  const late = new AbortController();
  const give = (): void => {
    late.abort();
  };
  signal.addEventListener('abort', give);
  const clock = setTimeout(give, grace * 1000 + stopAllowance);
  try {
    await docker.stop(container, grace, late.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!late.signal.aborted) throw error;
    say(`Docker does not come back from stopping ${container}: killing it`);
    await docker.kill(container, 'SIGKILL', signal);
  } finally {
    clearTimeout(clock);
    signal.removeEventListener('abort', give);
  }
}

/**
 * Finds them by label and not by name: never touches a container that is not dockunit's. Their names are free
 * afterwards.
 */
async function removeContainers(
  context: NativeContext,
  labels: readonly string[],
  grace: number,
): Promise<number> {
  const { docker, signal, ahead } = context;
  if (await ahead?.isMade(signal)) return 0;
  const containers = await docker.list(labels, signal);
  await Promise.all(
    containers.map(async ({ id, state }) => {
      if (isContainerUp(state)) await stopContainer(context, id, grace).catch(unlessGone);
      const isRemoved = await docker.remove(id, signal).then(() => true, unlessGone);
      if (isRemoved !== true) await untilGone(context, id);
    }),
  );
  return 0;
}

/** 404: it was removed meanwhile; 409: it is being removed. */
function unlessGone(error: unknown): undefined {
  if (!(error instanceof DockerApiError) || (error.status !== 404 && error.status !== 409)) throw error;
}

async function untilGone({ docker, signal }: NativeContext, id: string): Promise<void> {
  const end = performance.now() + removalDeadline;
  while ((await docker.inspect(id, signal)) !== undefined) {
    if (performance.now() > end)
      throw new DockerApiError(
        `${id.slice(0, 12)} is not removed in ${String(removalDeadline / 1000)} s`,
        409,
      );
    await delay(50, undefined, { signal });
  }
}

/** @param badHealthTime ms that it may be unhealthy, or missing */
async function awaitHealthy(
  { watch, signal, say }: NativeContext,
  container: string,
  badHealthTime: number,
): Promise<number> {
  const patience = new AbortController();
  const give = (): void => {
    patience.abort();
  };
  signal.addEventListener('abort', give);
  let clock: NodeJS.Timeout | undefined;
  try {
    return await watch.until(container, patience.signal, (state) => {
      // Before the first start, Docker knows of no health check.
      const isThere = state !== undefined && state.status !== 'created';
      const health = isThere ? (state.health ?? 'none') : 'gone';
      if (health === 'healthy') return 0;
      if (health === 'none') {
        say(`${container} has no health check to wait for`);
        return 1;
      }
      if (health === 'starting') {
        clearTimeout(clock);
        clock = undefined;
      } else clock ??= setTimeout(give, badHealthTime);
      return undefined;
    });
  } catch (error) {
    signal.throwIfAborted();
    if (!patience.signal.aborted) throw error;
    say(`${container} is not healthy`);
    return 1;
  } finally {
    clearTimeout(clock);
    signal.removeEventListener('abort', give);
  }
}

async function awaitCompleted(context: NativeContext, container: string, retries: number): Promise<number> {
  const { watch, signal, say } = context;
  for (let triesLeft = retries; ; triesLeft -= 1) {
    const code = await watch.until(container, signal, (state) =>
      state === undefined ? 'unknown' : hasEnded(state) ? state.exitCode : undefined,
    );
    if (code === 0) return 0;
    if (triesLeft <= 0) {
      say(`${container} did not complete: exit code ${String(code)}`);
      return 1;
    }
    await delay(1000, undefined, { signal });
  }
}

function hasEnded({ status }: DockerContainer): boolean {
  return status === 'exited' || status === 'dead';
}

/**
 * Never ends by itself. Acts once on an unhealthy container, until it is healthy in between: once stopped, its own unit
 * restarts it. A container that resumes after a pause is as unhealthy as the pause made it until its next check.
 */
async function watchHealth(context: NativeContext, container: string, ending: string): Promise<number> {
  const { docker, watch, signal, say } = context;
  let handledId = '';
  for (;;) {
    const { id, status } = await watch.until(container, signal, (state) => {
      if (state?.health !== 'unhealthy') {
        handledId = '';
        return undefined;
      }
      return handledId === state.id || !['running', 'paused'].includes(state.status) ? undefined : state;
    });
    handledId = id;
    if (status === 'paused') {
      say(`${container} is unhealthy, but paused: left alone`);
      continue;
    }
    say(`${container} is unhealthy: restarting it`);
    await (ending === 'kill' ? docker.kill(id, undefined, signal) : docker.stop(id, 10, signal)).catch(
      (error: unknown) => {
        if (!(error instanceof DockerApiError)) throw error;
        say(`cannot ${ending} ${container}: ${error.message}`);
      },
    );
  }
}
