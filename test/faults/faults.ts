/** Every kind of fault, and what it cannot befall. */
import type { ChangingVerb, HostKind } from './verbs.ts';

/**
 * The classes of calls that inject.cjs counts; `room` are those of `file` that need room on the disk. `elsewhere` are
 * the programs by which --host changes files of the other host; see calls-elsewhere.ts.
 */
export type CallClass = 'any' | 'file' | 'room' | 'socket' | 'process' | 'docker' | 'elsewhere';

export interface Fault {
  readonly what: string;
  /** The calls at one of which it happens; several take turns. Absent where the verb finds it done. */
  readonly at?: readonly CallClass[];
  /** It leads past the two states of a move, so that only the repair leads to one of them. */
  readonly mixes?: true;
  /** What it does not befall, and why. */
  readonly notOn?: Partial<Record<HostKind, string>>;
  readonly notWith?: Partial<Record<ChangingVerb, string>>;
}

const asksNothing = 'it asks Docker nothing';
const alone = 'its files are no part of a project';
const bySystemd = 'systemd runs the units';

export const faults = {
  kill: { what: 'SIGKILL', at: ['file', 'socket', 'process'] },
  full: { what: 'ENOSPC', at: ['room'] },
  broken: { what: 'EIO', at: ['file'] },
  power: { what: 'a power cut that loses unsynced writes', at: ['any'] },
  engine: {
    what: 'Docker away',
    at: ['docker'],
    notWith: {
      disable: asksNothing,
      reload: asksNothing,
      'install-generator': asksNothing,
      supervise: asksNothing,
    },
  },
  both: { what: 'another run of the same verb', at: ['any'] },
  others: {
    what: 'another verb',
    at: ['any'],
    mixes: true,
    notWith: {
      'install-generator': alone,
      supervise: alone,
      generate: 'it takes no lock: it changes nothing that runs',
    },
  },
  supervisor: {
    what: 'a fault of the supervisor',
    at: ['any'],
    notOn: { bookworm: bySystemd, trixie: bySystemd, remote: bySystemd },
  },
  sockets: { what: 'a socket that is none' },
  locks: { what: 'a lock of no one' },
  edits: { what: 'files that were edited' },
} as const satisfies Record<string, Fault>;
export type FaultKind = keyof typeof faults;
export const faultKinds = Object.keys(faults) as readonly FaultKind[];
