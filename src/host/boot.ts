/** What runs on this host, found out cheaply: no bus, no daemon. */
import { statSync } from 'node:fs';
import { execa } from 'execa';

/** Whether systemd is this host's init, by the rule of sd_booted(3). */
export function sdBooted(): boolean {
  return statSync('/run/systemd/system', { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Major version of the installed systemd, as `systemctl --version` says; undefined where there is none. */
export async function installedSystemdVersion(): Promise<number | undefined> {
  return majorVersion(await firstLine('systemctl', ['--version']));
}

/** Major version of the docker client; undefined where there is none. Asks no daemon. */
export async function installedDockerVersion(): Promise<number | undefined> {
  return majorVersion(await firstLine('docker', ['--version']));
}

/** The first number of `252.39-1~deb12u2`, `systemd 252 (…)`, `Docker version 28.2.2, build …`. Pure. */
export function majorVersion(text: string | undefined): number | undefined {
  const digits = /\d+/.exec(text ?? '')?.[0];
  return digits === undefined ? undefined : Number(digits);
}

async function firstLine(command: string, args: readonly string[]): Promise<string | undefined> {
  const { stdout, failed } = await execa(command, args, { reject: false, stdin: 'ignore', timeout: 10_000 });
  return failed ? undefined : stdout.split('\n')[0];
}
