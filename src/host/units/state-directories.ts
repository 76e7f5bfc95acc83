/** Where the supervisor of a scope keeps its files, except unit files. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '../../model/ports.ts';
import type { Environment } from '../../model/environment.ts';

export interface StateDirectories {
  /**
   * Lock, control socket, and the journal while its own disk is full; cleared at a boot. Accessible only to its user.
   */
  readonly runtime: string;
  /** The journal. */
  readonly state: string;
  /** One log file for each unit. */
  readonly logs: string;
  /** The file that records what dockunit changed, and for which user. */
  readonly audit: string;
}

/**
 * @param environment XDG_RUNTIME_DIR and XDG_STATE_HOME decide for a user; where su(1) and sudo(8) left the former
 * unset, the directory that logind creates. XDG Base Directory Specification
 */
export function stateDirectories(scope: Scope, environment: Environment, uid: number): StateDirectories {
  if (scope === 'system') {
    const logs = '/var/log/dockunit';
    return { runtime: '/run/dockunit', state: '/var/lib/dockunit', logs, audit: join(logs, 'audit.log') };
  }
  const runtime = environment.XDG_RUNTIME_DIR || `/run/user/${String(uid)}`;
  const state = environment.XDG_STATE_HOME || join(environment.HOME || homedir(), '.local/state');
  return {
    runtime: join(runtime, 'dockunit'),
    state: join(state, 'dockunit'),
    logs: join(state, 'dockunit', 'log'),
    audit: join(state, 'dockunit', 'audit.log'),
  };
}
