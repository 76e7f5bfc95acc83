/** Which faults befall which verbs on which hosts: a pure function of a seed. */
import { randomFrom } from '../differential/random.ts';
import { type CallClass, type Fault, type FaultKind, exempt, faults } from './faults.ts';
import { type Cycle, type CycleName, type HostKind, type Move, cycles, hostKinds } from './verbs.ts';

export interface Case {
  /** From 1; names it in reports. */
  readonly number: number;
  readonly kind: FaultKind;
  readonly host: HostKind;
  readonly cycle: CycleName;
  readonly direction: 'there' | 'back';
  /** The class of the calls at one of which it happens; undefined where it is there before the verb is. */
  readonly at: CallClass | undefined;
  /** From 0 to 1, below 1: which of the calls. */
  readonly where: number;
  /** From 0 to 1, below 1: which variety of the fault. */
  readonly variety: number;
  /** Whether the next command only looks, before the one that changes something. */
  readonly looksFirst: boolean;
}

/** A place where a fault can happen. */
type Site = Pick<Case, 'host' | 'cycle' | 'direction'>;

/** @param each how many cases of each kind of fault; spread over all verbs and hosts before any comes twice */
export function planCases(seed: number, each: number, kinds: readonly FaultKind[]): readonly Case[] {
  const draw = randomFrom(seed);
  const cases: Case[] = [];
  for (const kind of kinds) {
    const { at: classes = [] }: Fault = faults[kind];
    for (const [turn, site] of spread(sitesOf(kind), each, draw).entries()) {
      const at = classes[turn % classes.length];
      const number = cases.length + 1;
      cases.push({ number, kind, ...site, at, where: draw(), variety: draw(), looksFirst: draw() < 0.5 });
    }
  }
  return cases;
}

export function moveOf({ cycle, direction }: Pick<Case, 'cycle' | 'direction'>): Move {
  return cycles[cycle][direction];
}

function sitesOf(kind: FaultKind): readonly Site[] {
  const { not }: Fault = faults[kind];
  return hostKinds
    .filter((host) => not[host] === undefined)
    .flatMap((host) => sitesOn(host))
    .filter((site) => exempt[kind]?.[moveOf(site).verb] === undefined);
}

function sitesOn(host: HostKind): readonly Site[] {
  return (Object.entries(cycles) as [CycleName, Cycle][])
    .filter(([, { not }]) => not?.[host] === undefined)
    .flatMap(([cycle, { there, back }]) =>
      (there === back ? (['there'] as const) : (['there', 'back'] as const)).map((direction) => ({
        host,
        cycle,
        direction,
      })),
    );
}

/** So many of the sites that every verb, and then every host, is met before any is met once more. */
function spread(sites: readonly Site[], length: number, draw: () => number): readonly Site[] {
  const met = new Map<string, number>();
  const times = (what: string): number => met.get(what) ?? 0;
  const keyed = sites.map((site) => ({ site, key: draw(), verb: moveOf(site).verb }));
  return Array.from({ length: sites.length === 0 ? 0 : length }, () => {
    const ranked = keyed
      .map((each) => ({
        ...each,
        rank: [times(each.verb), times(each.site.host), times(JSON.stringify(each.site)), each.key],
      }))
      .sort((a, b) => a.rank.map((own, index) => own - (b.rank[index] ?? 0)).find((less) => less !== 0) ?? 0);
    const [{ site, verb }] = ranked as [(typeof ranked)[0]];
    for (const what of [verb, site.host, JSON.stringify(site)]) met.set(what, times(what) + 1);
    return site;
  });
}
