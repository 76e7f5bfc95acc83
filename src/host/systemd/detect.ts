/** What runs on this host, detected cheaply: no bus, no daemon. */
import { isDirectory, readText, readdirSync } from '../machine/fs.ts';

/** Whether systemd is this host's init, by the rule of sd_booted(3). */
export function sdBooted(): boolean {
  return isDirectory('/run/systemd/system');
}

/**
 * Where distributions keep systemd's private library, libsystemd-shared-<version>.so: its name gives the version
 * without starting a process, which would be a good part of a cold start.
 */
export const libraryDirectories = [
  '/usr/lib/systemd',
  '/usr/lib64/systemd',
  '/usr/lib/x86_64-linux-gnu/systemd',
  '/usr/lib/aarch64-linux-gnu/systemd',
];

/** The kernel's file with the host's name. */
export const hostnameFile = '/proc/sys/kernel/hostname';

/** The host's name, as configured: often without a domain. */
export function readHostname(): string {
  return readText(hostnameFile).trim();
}

/** Major version of the installed systemd; undefined where there is none. */
export async function installedSystemdVersion(
  directories: readonly string[] = libraryDirectories,
): Promise<number | undefined> {
  return sharedLibraryVersion(directories) ?? majorVersion(await firstLine('systemctl', ['--version']));
}

/**
 * The version in the name of the one libsystemd-shared-*.so in those directories; undefined where none exists, or
 * several differ, as in the middle of an upgrade.
 */
export function sharedLibraryVersion(directories: readonly string[]): number | undefined {
  const versions = directories.flatMap(namesIn).flatMap((name) => {
    const version = name.endsWith('.so') ? /^libsystemd-shared-(\d+)/.exec(name)?.[1] : undefined;
    return version === undefined ? [] : [Number(version)];
  });
  const [version] = versions;
  return versions.every((other) => other === version) ? version : undefined;
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Major version of the docker client; undefined where there is none. Contacts no daemon. */
export async function installedDockerVersion(): Promise<number | undefined> {
  return majorVersion(await dockerClientVersion());
}

/**
 * Version of the docker client on $PATH: `20.10.24`; '' where it does not say, undefined where there is none. Even for
 * its version, Docker 20.10's client connects to the daemon, and so starts a socket-activated one: it gets an address
 * where no process listens.
 * @param timeout milliseconds
 */
export async function dockerClientVersion(timeout = 10_000): Promise<string | undefined> {
  const { runProgram } = await import('../machine/run-program.ts');
  const { code, stdout } = await runProgram('docker', ['--version'], {
    timeout,
    env: { DOCKER_HOST: 'unix:///dev/null' },
  });
  return code === 'ENOENT' ? undefined : (/\bversion (\d[\w.]*)/.exec(stdout)?.[1] ?? '');
}

/** The first number of `252.39-1~deb12u2`, `systemd 252 (…)`, `Docker version 28.2.2, build …`. Pure. */
export function majorVersion(text: string | undefined): number | undefined {
  const digits = /\d+/.exec(text ?? '')?.[0];
  return digits === undefined ? undefined : Number(digits);
}

async function firstLine(command: string, args: readonly string[]): Promise<string | undefined> {
  const { runProgram } = await import('../machine/run-program.ts');
  const { stdout, hasFailed } = await runProgram(command, args, { timeout: 10_000 });
  return hasFailed ? undefined : stdout.split('\n')[0];
}
