/** What an exit means; exit-status.c, is_clean_exit(). */
import type { Exit, ServiceResult } from './state.ts';
import type { ExitStatusSet } from './unit-config.ts';

/** Signals that end a daemon without a failure. */
const politeSignals: ReadonlySet<string> = new Set(['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGPIPE']);

/** `daemon`: a process that runs until it is stopped; a command that does its work must exit by itself. */
export function resultOfExit(
  exit: Exit,
  as: 'daemon' | 'command',
  success: ExitStatusSet,
): Extract<ServiceResult, 'success' | 'exit-code' | 'signal' | 'core-dump'> {
  if (matchesExit(success, exit)) return 'success';
  switch (exit.kind) {
    case 'exited':
      return exit.code === 0 ? 'success' : 'exit-code';
    case 'killed':
      return as === 'daemon' && politeSignals.has(exit.signal) ? 'success' : 'signal';
    case 'dumped':
      return 'core-dump';
  }
}

export function matchesExit({ codes, signals }: ExitStatusSet, exit: Exit): boolean {
  return exit.kind === 'exited' ? codes.has(exit.code) : signals.has(exit.signal);
}
