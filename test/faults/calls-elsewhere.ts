/** With --host files are changed by programs of the other host: these stand before them, count their runs and fail one. */
import type { Host } from '../e2e/throwaway-host.ts';

/** See src/host/remote/remote-files.ts. Of rm(1) and chmod(1), too: a file system that copies on write needs room for them. */
const programs = ['chmod', 'dd', 'ln', 'mkdir', 'mv', 'rm', 'sync'] as const;

const counter = String.raw`#!/bin/sh
name=$(basename "$0")
if [ -e /run/fault.calls ]; then
  echo "$name $(echo "$*" | tr '\n' ' ')" >>/run/fault.calls
  read -r at error </run/fault.at
  if [ "$(wc -l </run/fault.calls)" = "$at" ]; then echo "$name: $error" >&2; exit 1; fi
fi
exec "/bin/$name" "$@"
`;

export async function countCallsElsewhere(host: Host): Promise<void> {
  for (const program of programs) await host.writeFile(`/usr/local/bin/${program}`, counter, 0o755);
}

/** @param at which run fails, with that error; none where absent */
export async function startCounting(host: Host, at = 0, error = ''): Promise<void> {
  await host.sh(`echo ${String(at)} ${error} >/run/fault.at; : >/run/fault.calls`);
}

/** What ran meanwhile. */
export async function stopCounting(host: Host): Promise<readonly string[]> {
  const calls = await host.sh('cat /run/fault.calls; rm /run/fault.calls');
  return calls === '' ? [] : calls.split('\n');
}
