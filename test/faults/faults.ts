/** Every kind of fault, what it does, and where it cannot happen. */
import type { ChangingVerb, HostKind } from './verbs.ts';

/** The classes of calls that inject.cjs counts; `room` are those of `file` that need room on the disk. */
export type CallClass = 'any' | 'file' | 'room' | 'socket' | 'process' | 'docker';

/** What befalls dockunit at a call, or the host before the verb. */
export interface Fault {
  readonly what: string;
  /** The calls at one of which it happens; several take turns. Absent where the verb finds it done. */
  readonly at?: readonly CallClass[];
  readonly not: Partial<Record<HostKind, string>>;
}

export const faults = {
  kill: { what: 'SIGKILL', at: ['file', 'socket', 'process'], not: {} },
} as const satisfies Record<string, Fault>;
export type FaultKind = keyof typeof faults;
export const faultKinds = Object.keys(faults) as readonly FaultKind[];

/** Verbs that do not meet a fault, and why. */
export const exempt: Partial<Record<FaultKind, Partial<Record<ChangingVerb, string>>>> = {};
