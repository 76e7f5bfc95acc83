/**
 * The causes that keep a unit down, as `why`, `start`, `apply` and `doctor` name them, and the ends that
 * lead to them.
 */
import type { Exit } from '../../supervisor/engine/state.ts';
import type { ExecPhase } from '../../supervisor/engine/unit-config.ts';

/**
 * The reasons that docker, or a script of a unit, gives when it cannot do its work: known from a line of
 * the log.
 */
export const refusalKinds = [
  'unhealthy',
  'turned-unhealthy',
  'no-health-check',
  'not-completed',
  'out-of-memory',
  'port-taken',
  'name-taken',
  'image-refused',
  'image-absent',
  'registry-unreachable',
  'image-missing',
  'network-missing',
  'volume-missing',
  'path-missing',
  'mount-mismatch',
  'device-missing',
  'program-missing',
  'program-refused',
  'container-missing',
  'disk-full',
  'no-addresses',
  'docker-down',
  'docker-forbidden',
  'option-unknown',
  'docker-refused',
] as const;
export type RefusalKind = (typeof refusalKinds)[number];

/** How a run, a try or a request ended, by the manager's report. */
export type EndKind =
  | 'exit'
  | 'program-exit'
  | 'killed'
  | 'crashed'
  | 'command'
  | 'start-timeout'
  | 'stop-timeout'
  | 'watchdog'
  | 'unit-out-of-memory'
  | 'start-limit'
  | 'condition'
  | 'dependency'
  | 'failed'
  | 'stopped'
  | 'ended'
  | 'not-started';

export type CauseKind = RefusalKind | EndKind;

export interface FailureCause {
  readonly kind: CauseKind;
  /** The unit that failed. */
  readonly unit: string;
  /** A clause: `port 8080 is in use already`. The same at every try that fails for the same cause. */
  readonly what: string;
  /** The message of the log line that explains it; null where no line does. */
  readonly said: string | null;
  /** When that line was written: milliseconds since the epoch. */
  readonly time: number | null;
  /** One imperative sentence, no trailing full stop; null where there is nothing to do. */
  readonly remedy: string | null;
}

/** Where a chain of causes ends, before a line of the log explains it. */
export interface ChainEnding {
  readonly unit: string;
  /** Milliseconds since the epoch: the lines of the run or try that ended so lie between the two. */
  readonly from: number;
  /** Infinity where no other run or try has begun since. */
  readonly until: number;
  readonly way: Way;
  /** Its start limit is used up, so systemd does not try again. */
  readonly limited?: true;
}

export type Way =
  | { readonly kind: 'process'; readonly phase: ExecPhase; readonly exit: Exit }
  | { readonly kind: 'timed-out'; readonly state: string }
  /** Of Result=, where there is no other evidence: `watchdog`, `oom-kill`, `resources`. */
  | { readonly kind: 'result'; readonly result: string }
  | { readonly kind: 'condition' | 'dependency' | 'stopped' | 'ended' | 'not-started' };
