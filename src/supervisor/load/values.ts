/** Values of directives that are one word each: booleans, numbers, signals, exit statuses. */
import type { ExitStatusSet, Signal } from '../engine/unit-config.ts';

/** systemd.syntax(7), boolean arguments; undefined for any other text. */
export function parseBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (['1', 'yes', 'y', 'true', 't', 'on'].includes(word)) return true;
  return ['0', 'no', 'n', 'false', 'f', 'off'].includes(word) ? false : undefined;
}

/** A whole number of 32 bits: decimal, `0x…` or octal with a leading 0, as safe_atou() takes it. */
export function parseUnsigned(text: string): number | undefined {
  const match = /^\+?(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(\d+))$/.exec(text);
  const [, hex, octal, binary, decimal] = match ?? [];
  if (hex !== undefined) return within(parseInt(hex, 16), 0xffff_ffff);
  if (octal !== undefined) return within(parseInt(octal, 8), 0xffff_ffff);
  if (binary !== undefined) return within(parseInt(binary, 2), 0xffff_ffff);
  return decimal === undefined || /^0\d/.test(decimal) ? undefined : within(Number(decimal), 0xffff_ffff);
}

/** `022`, of UMask=; always octal. */
export function parseMode(text: string): number | undefined {
  return /^[0-7]+$/.test(text) ? within(parseInt(text, 8), 0o7777) : undefined;
}

const within = (value: number, largest: number): number | undefined => (value <= largest ? value : undefined);

/** The signals of Linux by number, from 1; signal(7). Real-time signals have no names of their own. */
const signals: readonly Signal[] = [
  ...(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE'] as const),
  ...(['SIGKILL', 'SIGUSR1', 'SIGSEGV', 'SIGUSR2', 'SIGPIPE', 'SIGALRM', 'SIGTERM', 'SIGSTKFLT'] as const),
  ...(['SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGXCPU'] as const),
  ...(['SIGXFSZ', 'SIGVTALRM', 'SIGPROF', 'SIGWINCH', 'SIGIO', 'SIGPWR', 'SIGSYS'] as const),
];

/** `SIGTERM`, `TERM` or `15`; undefined for anything else, and for signals of real time. */
export function parseSignal(text: string): Signal | undefined {
  if (/^[0-9]+$/.test(text)) return signals[Number(text) - 1];
  const name = text.startsWith('SIG') ? text : `SIG${text}`;
  if (name === 'SIGPOLL') return 'SIGIO';
  return signals.find((candidate) => candidate === name);
}

/** One word of SuccessExitStatus= and its like: an exit code by number or name, or a signal. */
export function parseExitStatus(
  word: string,
): { readonly code: number } | { readonly signal: Signal } | undefined {
  const code = /^\d+$/.test(word) ? Number(word) : exitStatuses.get(word);
  if (code !== undefined) return code <= 255 ? { code } : undefined;
  const signal = parseSignal(word);
  return signal && { signal };
}

export const emptyExitStatusSet: ExitStatusSet = { codes: new Set(), signals: new Set() };

/** systemd.exec(5), PROCESS EXIT CODES. */
const exitStatuses: ReadonlyMap<string, number> = new Map(
  [
    [0, 'SUCCESS FAILURE INVALIDARGUMENT NOTIMPLEMENTED NOPERMISSION NOTINSTALLED NOTCONFIGURED NOTRUNNING'],
    [64, 'USAGE DATAERR NOINPUT NOUSER NOHOST UNAVAILABLE SOFTWARE OSERR OSFILE CANTCREAT IOERR TEMPFAIL'],
    [76, 'PROTOCOL NOPERM CONFIG'],
    [200, 'CHDIR NICE FDS EXEC MEMORY LIMITS OOM_ADJUST SIGNAL_MASK STDIN STDOUT CHROOT IOPRIO TIMERSLACK'],
    [213, 'SECUREBITS SETSCHEDULER CPUAFFINITY GROUP USER CAPABILITIES CGROUP SETSID CONFIRM STDERR'],
    [224, 'PAM NETWORK NAMESPACE NO_NEW_PRIVILEGES SECCOMP SELINUX_CONTEXT PERSONALITY APPARMOR'],
    [232, 'ADDRESS_FAMILIES RUNTIME_DIRECTORY'],
    [235, 'CHOWN SMACK_PROCESS_LABEL KEYRING STATE_DIRECTORY CACHE_DIRECTORY LOGS_DIRECTORY'],
    [241, 'CONFIGURATION_DIRECTORY NUMA_POLICY CREDENTIALS BPF KSM'],
    [255, 'EXCEPTION'],
  ].flatMap(([first, names]) =>
    String(names)
      .split(' ')
      .map((name, index): [string, number] => [name, Number(first) + index]),
  ),
);
