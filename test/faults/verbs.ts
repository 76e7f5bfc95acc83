/** Every verb that changes a host, and how the campaign has it do so there and back. */
import type { fileVerbs } from '../../src/cli/compose-verbs.ts';
import type { hostVerbs } from '../../src/cli/host-verbs.ts';

type Specs = typeof fileVerbs & typeof hostVerbs;

/** Of the table of verbs: one that is new there does not compile until it is in the table below. */
export type ChangingVerb = {
  [Verb in keyof Specs]: Specs[Verb]['changes'] extends 'never' ? never : Verb;
}[keyof Specs];

/** The two containers of the project, and one of another project, which no verb is about. */
export type Container = 'shop-web' | 'shop-db' | 'other-aside';

/** A change of the host by one run of a verb. */
export interface Move {
  readonly verb: ChangingVerb;
  readonly words: readonly string[];
  /** What comes first: the edition of the Compose file, and which image the tag stands for. */
  readonly file?: Edition;
  readonly image?: 'one' | 'two';
  /** What runs on throughout. */
  readonly keeps: readonly Container[];
  /** Asks no manager, and leaves what a killed one left behind to the next verb that does. */
  readonly leaves?: true;
  /** Whether the verb, run again after it was done, undoes it. */
  readonly toggles?: true;
}
export type Edition = 'one' | 'two' | 'relaxed';

/** A change and the one that leads back, so that case follows case without another setup. */
export interface Cycle {
  readonly there: Move;
  readonly back: Move;
  /** Done before the first case, and after the last one. */
  readonly enter?: readonly Move[];
  readonly leave?: readonly Move[];
  /** Hosts that it is not for, and why. */
  readonly not?: Partial<Record<HostKind, string>>;
  /** Whether a boot starts what ran before it: not where links of `enable` come and go. */
  readonly boots: boolean;
  /** Its verbs change files past the history. */
  readonly unrecorded?: true;
}

/** `remote` is the ssh link: dockunit runs on another host than the units. */
export const hostKinds = ['bookworm', 'trixie', 'plain', 'remote'] as const;
export type HostKind = (typeof hostKinds)[number];

const all: readonly Container[] = ['shop-web', 'shop-db', 'other-aside'];
const butWeb: readonly Container[] = ['shop-db', 'other-aside'];
const others: readonly Container[] = ['other-aside'];
const toFile = (file: Edition): Move => ({ verb: 'apply', words: ['apply'], file, keeps: butWeb });
const toImage = (image: 'one' | 'two'): Move => ({ verb: 'update', words: ['update'], image, keeps: butWeb });
const generate = (file: Edition): Move => ({
  verb: 'generate',
  words: ['generate', '-o', '/etc/systemd/system'],
  file,
  keeps: all,
  leaves: true,
});
const rollback: Move = { verb: 'rollback', words: ['rollback'], keeps: butWeb, toggles: true };
const simple = (verb: ChangingVerb, keeps = all, ...words: readonly string[]): Move => ({
  verb,
  words: [verb, ...words],
  keeps,
});
const itself = (move: Move): Pick<Cycle, 'there' | 'back' | 'boots'> => ({
  there: move,
  back: move,
  boots: true,
});

const notRemote = { remote: 'the verb does not work on another host' } as const;

export const cycles = {
  changed: { there: toFile('two'), back: toFile('one'), boots: true },
  generated: { there: generate('relaxed'), back: generate('one'), boots: true, unrecorded: true },
  'not at boot': { there: simple('disable'), back: simple('enable'), boots: false },
  stopped: { there: simple('stop', others), back: simple('start', others), boots: false },
  restarted: itself(simple('restart', others)),
  reloaded: itself(simple('reload')),
  forgiven: itself(simple('reset-failed')),
  removed: { there: simple('remove', others), back: { ...toFile('one'), keeps: others }, boots: false },
  'by the generator': {
    there: { ...simple('install-generator'), leaves: true },
    back: { ...simple('install-generator', all, '--uninstall'), leaves: true },
    not: { ...notRemote, plain: 'generators are those of systemd' },
    boots: true,
  },
  'by a boot hook': {
    there: simple('supervise', all, '--install', '--init', 'rc.local'),
    back: simple('supervise', all, '--uninstall', '--init', 'rc.local'),
    not: { ...notRemote, bookworm: 'systemd boots it', trixie: 'systemd boots it' },
    boots: true,
  },
  updated: { there: toImage('two'), back: toImage('one'), boots: true },
  'rolled back': {
    enter: [toFile('two')],
    there: rollback,
    back: rollback,
    leave: [toFile('one')],
    boots: true,
  },
} as const satisfies Record<string, Cycle>;
/** What leads to a history that ends with the two states between which the cycle of rollback goes. */
export const rolledBackBetween: readonly Move[] = [toFile('one'), toFile('two')];
export type CycleName = keyof typeof cycles;

/** Another verb that runs at the same time as one, and the verb that leads back to a host on which that one can run again. */
export interface Companion {
  readonly words: readonly string[];
  readonly mend?: readonly string[];
}

const removeToo: Companion = { words: ['remove'], mend: ['apply'] };
const applyToo: Companion = { words: ['apply'] };
const restartToo: Companion = { words: ['restart'] };
const enableToo: Companion = { words: ['enable'] };
const stopToo: Companion = { words: ['stop'] };
const updateToo: Companion = { words: ['update'] };
const reloadToo: Companion = { words: ['reload'] };

/** Which other verbs run at the same time as one. */
export const companions = {
  apply: [removeToo, restartToo, enableToo, reloadToo],
  remove: [applyToo, restartToo, enableToo, updateToo],
  enable: [removeToo, applyToo, restartToo],
  disable: [removeToo, applyToo, restartToo],
  start: [removeToo, applyToo, restartToo],
  stop: [removeToo, restartToo, applyToo],
  restart: [removeToo, applyToo, stopToo],
  reload: [applyToo, restartToo],
  'reset-failed': [applyToo, restartToo],
  // After a remove, the history has no state to roll back to.
  update: [applyToo, restartToo, removeToo],
  rollback: [applyToo, restartToo],
} as const satisfies Partial<Record<ChangingVerb, readonly Companion[]>>;

/** Where each verb is met; or why it is not. */
export const verbCases = {
  apply: ['changed', 'removed'],
  generate: ['generated'],
  build: 'it changes nothing but images, by one run of docker build, and Docker keeps those whole',
  remove: ['removed'],
  enable: ['not at boot'],
  disable: ['not at boot'],
  start: ['stopped'],
  stop: ['stopped'],
  restart: ['restarted'],
  reload: ['reloaded'],
  'reset-failed': ['forgiven'],
  update: ['updated'],
  rollback: ['rolled back'],
  supervise: ['by a boot hook'],
  'install-generator': ['by the generator'],
} as const satisfies Record<ChangingVerb, readonly CycleName[] | string>;
