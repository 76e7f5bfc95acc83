/** The values of the specifiers that are the same for all units on this host; systemd.unit(5), SPECIFIERS. */
import { readFileSync } from 'node:fs';
import { arch, hostname, release, userInfo } from 'node:os';
import { join } from 'node:path';
import type { HostSpecifiers, Scope } from '../../model/ports.ts';
import { configHome } from './unit-directories.ts';
import type { Environment } from '../../model/environment.ts';

/** Leaves out those without a source: a unit that uses them is refused, as by systemd. */
export function hostSpecifiers(scope: Scope, environment: Environment): HostSpecifiers {
  const { uid, gid, username, shell } = userInfo();
  const host = hostname();
  const [short = host] = host.split('.');
  const release_ = osRelease();
  const group = groupName(gid);
  const machine = firstLine('/etc/machine-id');
  const boot = firstLine('/proc/sys/kernel/random/boot_id')?.replaceAll('-', '');
  const temporary = environment.TMPDIR || environment.TEMP || environment.TMP;
  return {
    ...directoriesOf(scope, environment),
    ...(group !== undefined && { g: group }),
    ...(machine !== undefined && { m: machine }),
    ...(boot !== undefined && { b: boot }),
    ...{ u: username, U: String(uid), G: String(gid), h: homeOf(scope, environment) },
    s: shell || '/bin/sh',
    ...{ H: host, l: short, q: host, v: release() },
    a: architectures[arch()] ?? arch(),
    ...{ T: temporary || '/tmp', V: temporary || '/var/tmp' },
    ...{ o: release_('ID'), w: release_('VERSION_ID'), W: release_('VARIANT_ID') },
    ...{ A: release_('IMAGE_VERSION'), B: release_('BUILD_ID'), M: release_('IMAGE_ID') },
  };
}

/** The system's manager has no $HOME: it ignores the `/` that the kernel gives to an init. */
function homeOf(scope: Scope, environment: Environment): string {
  return (scope === 'user' && environment.HOME) || userInfo().homedir;
}

/** systemd's names where Node's differ. */
const architectures: Readonly<Record<string, string>> = {
  x64: 'x86-64',
  ia32: 'x86',
  ppc64: 'ppc64-le',
  riscv64: 'riscv64',
};

function directoriesOf(scope: Scope, environment: Environment): HostSpecifiers {
  if (scope === 'system') {
    return { t: '/run', S: '/var/lib', C: '/var/cache', L: '/var/log', E: '/etc', D: '/usr/share' };
  }
  const home = homeOf(scope, environment);
  const state = environment.XDG_STATE_HOME || join(home, '.local/state');
  return {
    ...(environment.XDG_RUNTIME_DIR && { t: environment.XDG_RUNTIME_DIR }),
    S: state,
    L: join(state, 'log'),
    C: environment.XDG_CACHE_HOME || join(home, '.cache'),
    E: configHome(environment),
    D: environment.XDG_DATA_HOME || join(home, '.local/share'),
  };
}

/** Fields of os-release(5); '' for missing ones, as in systemd. */
function osRelease(): (field: string) => string {
  const text = readIfThere('/etc/os-release') ?? readIfThere('/usr/lib/os-release') ?? '';
  return (field) => {
    const value = new RegExp(`^${field}=(.*)$`, 'm').exec(text)?.[1] ?? '';
    return value.replace(/^(["'])(.*)\1$/, '$2');
  };
}

function groupName(gid: number): string | undefined {
  return new RegExp(`^([^:\\n]*):[^:\\n]*:${String(gid)}:`, 'm').exec(readIfThere('/etc/group') ?? '')?.[1];
}

function firstLine(path: string): string | undefined {
  return readIfThere(path)?.split('\n')[0];
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
