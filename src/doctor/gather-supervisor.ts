/** Reads the state of a supervisor on this host, running or not. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../model/diagnostic.ts';
import { initProgram } from '../boot/write-hook.ts';
import { isCode } from '../host/machine/error-codes.ts';
import { machine } from '../host/machine/machine.ts';
import { lockHolder } from '../host/machine/lock.ts';
import type { Scope } from '../model/ports.ts';
import { stateDirectories } from '../host/units/state-directories.ts';
import { readRecords } from '../supervisor/journal/journal-file.ts';
import type { Context } from '../run/context.ts';
import { installedHooks } from '../boot/install.ts';
import type { Fact, SupervisorFacts } from './facts.ts';
import { isUnknown } from './facts.ts';

export function gatherSupervisor(scope: Scope, { environment, uid }: Context): SupervisorFacts {
  // --host is for machines that boot with systemd.
  if (machine().name !== undefined)
    return { pid: undefined, hooks: [], isInit: false, journals: [], setAside: [] };
  const { runtime, state } = stateDirectories(scope, environment, uid);
  const pid = attempt(() => lockHolder(runtime));
  const journals = attempt(() => ['journal', 'history'].flatMap((name) => readJournal(join(state, name))));
  const setAside = attempt(() =>
    readdirSync(state)
      .filter((name) => /^(journal|history)\.damaged-/.test(name))
      .map((name) => join(state, name)),
  );
  return {
    pid,
    hooks: scope === 'system' ? installedHooks() : [],
    isInit: pid === 1 || initProgram() === 'dockunit-init' || initCommand().includes('dockunit'),
    journals,
    setAside: isUnknown(setAside) ? [] : setAside,
  };
}

function readJournal(path: string): readonly { readonly path: string; readonly bad: number }[] {
  try {
    return [{ path, bad: readRecords(readFileSync(path, 'utf8')).bad }];
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** The command line of a container's small init names the command that it runs. */
function initCommand(): string {
  try {
    return readFileSync('/proc/1/cmdline', 'utf8');
  } catch {
    return '';
  }
}

/** Both directories are closed to other users. */
function attempt<T>(look: () => T): Fact<T> {
  try {
    return look();
  } catch (error) {
    return { unknown: messageOf(error) };
  }
}
