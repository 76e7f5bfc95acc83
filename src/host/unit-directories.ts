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

/**
 * All directories of the scope, in order of precedence. Those of generators are among them: a SysV
 * script's unit (generator.late) can be shadowed as well as any other.
 */
export function unitSearchPath(scope: Scope, environment: Environment): readonly string[] {
  if (scope === 'system') {
    return [
      '/etc/systemd/system.control',
      '/run/systemd/system.control',
      '/run/systemd/transient',
      '/run/systemd/generator.early',
      '/etc/systemd/system',
      '/etc/systemd/system.attached',
      '/run/systemd/system',
      '/run/systemd/system.attached',
      '/run/systemd/generator',
      '/usr/local/lib/systemd/system',
      '/usr/lib/systemd/system',
      '/lib/systemd/system',
      '/run/systemd/generator.late',
    ];
  }
  const runtime = (name: string): string[] =>
    environment.XDG_RUNTIME_DIR ? [join(environment.XDG_RUNTIME_DIR, 'systemd', name)] : [];
  return [
    join(configHome(environment), 'systemd/user.control'),
    ...runtime('user.control'),
    ...runtime('transient'),
    ...runtime('generator.early'),
    unitDirectory('user', environment),
    '/etc/systemd/user',
    ...runtime('user'),
    '/run/systemd/user',
    ...runtime('generator'),
    join(environment.XDG_DATA_HOME || join(homeOf(environment), '.local/share'), 'systemd/user'),
    ...(environment.XDG_DATA_DIRS || '/usr/local/share:/usr/share')
      .split(':')
      .filter((directory) => directory !== '')
      .map((directory) => join(directory, 'systemd/user')),
    '/usr/local/lib/systemd/user',
    '/usr/lib/systemd/user',
    ...runtime('generator.late'),
  ];
}

function configHome(environment: Environment): string {
  return environment.XDG_CONFIG_HOME || join(homeOf(environment), '.config');
}

function homeOf(environment: Environment): string {
  return environment.HOME || homedir();
}
