/** Allows one apply or remove at a time, on a host and in a scope, and finishes interrupted ones. */
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import {
  type Recovery,
  finishCutOff,
  findLeftovers,
  isCutOff,
  removeLeftovers,
} from '../host/revisions/replace.ts';
import { releaseLock, takeLock } from '../host/machine/lock.ts';
import { fileError } from '../host/machine/file-errors.ts';
import type { Scope } from '../model/ports.ts';
import { stateDirectories } from '../host/units/state-directories.ts';
import { unitDirectory } from '../host/units/unit-directories.ts';
import type { Context } from '../run/context.ts';
import { commandHint } from '../run/command-hint.ts';

/** The time between two attempts to get the lock, in ms. */
const pause = 100;

/**
 * Whether this user can write where the lock of the scope is. Who cannot, and asks systemd for its permission (polkit)
 * or writes elsewhere, works without it.
 */
export function mayLock(scope: Scope, { uid }: Pick<Context, 'uid'>): boolean {
  return scope === 'user' || uid === 0;
}

/** Does the work with the lock, after waiting for its present holder; undefined where Ctrl-C ended the waiting. */
export async function withHostLock<T>(
  context: Context,
  scope: Scope,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const directory = lockDirectory(context, scope);
  for (let isAnnounced = false; ; isAnnounced = true) {
    const holder = tryLock(directory);
    if (holder === undefined) break;
    if (!isAnnounced) {
      context.err.write(
        `Waiting for another dockunit that changes this host (process ${String(holder.heldBy)})\n`,
      );
    }
    if (context.signal.aborted) return undefined;
    await delay(pause);
  }
  try {
    finishHere(context, scope);
    return await work();
  } finally {
    releaseHostLock(directory);
  }
}

/**
 * Finishes an interrupted apply or remove, and says so; a verb that changes something also clears up its
 * other remains. Does not touch the work of a running one. @returns what it finished, if there was anything
 */
export function recoverInterrupted(context: Context, scope: Scope): Recovery | undefined {
  const { state } = directoriesOf(context, scope);
  const clears = context.purpose === 'change' && findLeftovers(...placesOf(context, scope)).length > 0;
  if (!isCutOff(state) && !clears) return undefined;
  const directory = lockDirectory(context, scope);
  if (tryLock(directory) !== undefined) return undefined;
  try {
    return finishHere(context, scope);
  } finally {
    releaseHostLock(directory);
  }
}

function finishHere(context: Context, scope: Scope): Recovery | undefined {
  const recovery = finishCutOff(directoriesOf(context, scope).state, scope);
  if (context.purpose === 'change') removeLeftovers(...placesOf(context, scope));
  if (recovery === undefined) return undefined;
  const { directory, files, remove: removals, verb, project } = recovery.manifest;
  context.recordChange({
    kind: 'files',
    directory,
    written: files.map(({ name }) => name),
    removed: removals,
  });
  context.err.write(
    recovery.wentBack
      ? `note: ${verb} of ${project} was interrupted and is rolled back. ` +
          `To restart services that still run the new version: dockunit update${commandHint(scope)} -p ${project}\n`
      : `note: ${verb} of ${project} was interrupted while it replaced files; dockunit has finished it\n`,
  );
  return recovery;
}

function tryLock(directory: string): { readonly heldBy: number } | undefined {
  try {
    return takeLock(directory);
  } catch (error) {
    throw fileError(error, 'lock', directory);
  }
}

function placesOf(context: Context, scope: Scope): Parameters<typeof findLeftovers> {
  return [directoriesOf(context, scope), scope, unitDirectory(scope, context.environment)];
}

function releaseHostLock(directory: string): void {
  try {
    releaseLock(directory);
  } catch (error) {
    throw fileError(error, 'release the lock in', directory);
  }
}

function lockDirectory(context: Context, scope: Scope): string {
  return join(directoriesOf(context, scope).runtime, 'apply');
}

function directoriesOf({ environment, uid }: Context, scope: Scope): ReturnType<typeof stateDirectories> {
  return stateDirectories(scope, environment, uid);
}
