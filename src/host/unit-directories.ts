/**
 * The directories systemd reads units from (systemd.unit(5), UNIT FILE LOAD PATH), first wins.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from './ports.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where dockunit installs units: /etc/systemd/system, or the user's own directory. */
export function unitDirectory(scope: Scope, environment: Environment): string {
  return scope === 'system' ? '/etc/systemd/system' : join(configHome(environment), 'systemd', 'user');
}

/** All directories of the scope, in order of precedence. */
export function unitSearchPath(scope: Scope, environment: Environment): readonly string[] {
  if (scope === 'system') {
    return [
      '/etc/systemd/system.control',
      '/run/systemd/system.control',
      '/run/systemd/transient',
      '/etc/systemd/system',
      '/run/systemd/system',
      '/run/systemd/generator',
      '/usr/local/lib/systemd/system',
      '/usr/lib/systemd/system',
      '/lib/systemd/system',
    ];
  }
  return [
    unitDirectory('user', environment),
    '/etc/systemd/user',
    ...(environment.XDG_RUNTIME_DIR === undefined ? [] : [join(environment.XDG_RUNTIME_DIR, 'systemd/user')]),
    '/run/systemd/user',
    join(environment.XDG_DATA_HOME ?? join(homeOf(environment), '.local/share'), 'systemd/user'),
    '/usr/local/lib/systemd/user',
    '/usr/local/share/systemd/user',
    '/usr/lib/systemd/user',
    '/usr/share/systemd/user',
  ];
}

function configHome(environment: Environment): string {
  return environment.XDG_CONFIG_HOME ?? join(homeOf(environment), '.config');
}

function homeOf(environment: Environment): string {
  return environment.HOME ?? homedir();
}
