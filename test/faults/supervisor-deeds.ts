/** Faults of the supervisor itself while a verb runs, and how it comes back. */
import { supervise } from '../e2e/shop-on-host.ts';
import type { Befallen } from './befall.ts';
import { type Deed, killSupervisor } from './deeds.ts';
import { type Injection, type Stage, faultOf } from './stage.ts';

interface SupervisorDeed extends Pick<Deed, 'what' | 'on'> {
  /** Whether it is done before the verb, which then runs with it, or while the verb is held at a call. */
  readonly when: 'before' | 'meanwhile';
  /** From how many calls of the supervisor, while the verb runs, the one that fails is drawn. */
  readonly calls: number;
  readonly ends: Befallen['ended'];
  put(stage: Stage, at: number): Promise<unknown>;
  undo(stage: Stage): Promise<unknown>;
}

/** The supervisor counts its calls once this file exists. */
const armed = '/run/fault.armed';
const restart = async ({ there }: Stage): Promise<void> => {
  await there.sh(`{ ${killSupervisor}; } 2>/dev/null || true`);
  await supervise(there);
};

const failing = (
  does: Injection['does'],
  calls: Injection['calls'],
): Omit<SupervisorDeed, 'what' | 'on'> => ({
  when: 'before',
  calls: 25,
  ends: 'none',
  put: async ({ there }, at) => {
    await there.sh(`rm -f ${armed}; ${killSupervisor}`);
    await supervise(there, faultOf({ report: '/run/fault.supervisor', armed, calls, at, does }));
    await there.sh(`touch ${armed}`);
  },
  undo: restart,
});

export const supervisorDeeds: readonly SupervisorDeed[] = [
  {
    what: 'the supervisor is killed and comes back',
    on: ['plain'],
    when: 'meanwhile',
    calls: 1,
    ends: 'none',
    put: restart,
    undo: () => Promise.resolve(),
  },
  {
    what: 'the supervisor stops in order and comes back',
    on: ['plain'],
    when: 'meanwhile',
    calls: 1,
    ends: 'all',
    put: async ({ there }) => {
      await there.sh(killSupervisor.replace('kill -9', 'kill -TERM'));
      await supervise(there);
    },
    undo: () => Promise.resolve(),
  },
  { what: 'the supervisor is killed at one of its calls', on: ['plain'], ...failing('kill', 'any') },
  { what: 'the disk of the supervisor is full', on: ['plain'], ...failing('full', 'room') },
  { what: 'a call of the supervisor fails with EIO', on: ['plain'], ...failing('EIO', 'file') },
];
