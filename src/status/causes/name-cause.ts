/** The end of a chain, and the log of that run or try → its cause, in words and with a remedy. Pure. */
import type { Exit } from '../../supervisor/engine/state.ts';
import { execDirectives } from '../../supervisor/engine/unit-config.ts';
import type { FailureCause, CauseKind, EndKind, ChainEnding } from './cause.ts';
import type { ReadLogLine, LoggedRefusal } from './refusals.ts';
import type { Names, CauseText } from './tellings.ts';
import { tellings } from './tellings.ts';
import { isOutput, readRefusal } from './refusals.ts';

/** @param lines of the unit, and of the units that watch it, oldest first */
export function nameCause(ending: ChainEnding, lines: readonly ReadLogLine[], names: Names): FailureCause {
  const own = lines.filter(
    ({ time, identifier }) => time >= ending.from && time < ending.until && !managers.has(identifier),
  );
  const match = lastRefusal(ending, own, names.container);
  const [kind, detail] = match === undefined ? endOf(ending) : [match.refusal.kind, ''];
  const line = match?.line ?? (quotes.has(kind) ? lastOutput(own, names) : undefined);
  const end = { ...names, subject: match?.refusal.subject ?? '', detail };
  const isLimited = ending.limited === true && !('refusal' in (match ?? {}));
  const { what, remedy }: CauseText = tellings[kind];
  return {
    kind: isLimited ? 'start-limit' : kind,
    unit: ending.unit,
    what: isLimited ? tellings['start-limit'].what({ ...end, detail: what(end) }) : what(end),
    said: match?.refusal.said ?? line?.message ?? null,
    time: line?.time ?? null,
    remedy: remedy?.(end) ?? null,
  };
}

/** They write about the states of units, which are known already. */
const managers: ReadonlySet<string> = new Set(['systemd', '(sh)', '(docker)']);

/** The last line that shows a cause; one that only says that docker refused yields to any other. */
function lastRefusal(
  { way }: ChainEnding,
  lines: readonly ReadLogLine[],
  container: string | undefined,
): { readonly refusal: LoggedRefusal; readonly line: ReadLogLine } | undefined {
  if (way.kind !== 'process' && way.kind !== 'ended') return undefined;
  const matches = lines.flatMap((line, index) => {
    const isOld = index < lines.length - lastLines && isOutput(line, container);
    const refusal = isOld ? undefined : readRefusal(line, container);
    return refusal === undefined ? [] : [{ refusal, line }];
  });
  // A container that ended with an exit code of its own has started: docker refused nothing then.
  const fitting = matches.filter(
    ({ refusal }) => way.kind === 'process' || refusal.kind === 'turned-unhealthy',
  );
  return fitting.findLast(({ refusal }) => refusal.kind !== 'docker-refused') ?? fitting.at(-1);
}

/** A line that the program wrote long before its end does not explain it. */
const lastLines = 20;

/** Causes for which the last line of the program is the best explanation. */
export const quotes: ReadonlySet<CauseKind> = new Set<CauseKind>([
  'exit',
  'program-exit',
  'crashed',
  'command',
  'start-limit',
]);

/**
 * Lines of the docker client that name the stopped container, and of the supervisor about states of
 * units, do not count.
 */
function lastOutput(lines: readonly ReadLogLine[], { container }: Names): ReadLogLine | undefined {
  return lines.findLast(
    ({ identifier, message }) => identifier !== 'dockunit' && message !== container && message.trim() !== '',
  );
}

function endOf({ way }: ChainEnding): readonly [EndKind, string] {
  switch (way.kind) {
    case 'process': {
      const { phase, exit } = way;
      if (phase === 'start') return exitKind(exit);
      return ['command', `${execDirectives[phase]}= ${exitWords(exit)}`];
    }
    case 'timed-out':
      return [/stop|final|abort/.test(way.state) ? 'stop-timeout' : 'start-timeout', way.state];
    case 'result':
      return resultKinds[way.result] ?? ['failed', way.result];
    case 'condition':
    case 'dependency':
    case 'stopped':
    case 'ended':
    case 'not-started':
      return [way.kind, ''];
  }
}

/** Result= where no process or timeout explains it; org.freedesktop.systemd1(5). */
const resultKinds: Readonly<Record<string, readonly [EndKind, string]>> = {
  watchdog: ['watchdog', ''],
  'oom-kill': ['unit-out-of-memory', ''],
  timeout: ['start-timeout', 'its start'],
  'start-limit-hit': ['start-limit', 'it failed'],
  resources: ['failed', 'it could not be set up'],
  protocol: ['failed', 'it broke the protocol of its unit type'],
  'exec-condition': ['condition', ''],
};

/** Docker reports a container that a signal ended as 128 + signal. */
const signalExits: Readonly<Record<number, readonly [EndKind, string]>> = {
  129: ['killed', 'SIGHUP'],
  130: ['killed', 'SIGINT'],
  132: ['crashed', 'SIGILL'],
  134: ['crashed', 'SIGABRT'],
  135: ['crashed', 'SIGBUS'],
  136: ['crashed', 'SIGFPE'],
  137: ['killed', 'SIGKILL'],
  139: ['crashed', 'SIGSEGV'],
  143: ['killed', 'SIGTERM'],
};

function exitKind(exit: Exit): readonly [EndKind, string] {
  if (exit.kind !== 'exited')
    return [exit.kind === 'dumped' ? 'crashed' : killedOrCrashed(exit.signal), exit.signal];
  const { code } = exit;
  if (code === 126 || code === 127) return ['program-exit', `exit ${String(code)}`];
  return signalExits[code] ?? ['exit', `exit ${String(code)}`];
}

const killedOrCrashed = (signal: string): EndKind =>
  /^SIG(SEGV|ABRT|BUS|FPE|ILL)$/.test(signal) ? 'crashed' : 'killed';

/** `exit with 3`, `ended by SIGTERM`. */
export const exitWords = (exit: Exit): string =>
  exit.kind === 'exited' ? `exit with ${String(exit.code)}` : `ended by ${exit.signal}`;
