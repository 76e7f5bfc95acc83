/** Which faults befall which verbs on which hosts: a pure function of a seed. */
import { randomFrom } from '../differential/random.ts';
import { type CallClass, type Fault, type FaultKind, faults } from './faults.ts';
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

/**
 * @param each how many cases of each kind of fault; spread over all verbs and hosts before any comes twice
 * @param hostsOfCycle on how many kinds of host each cycle is played: to begin one takes as long as a case
 */
export function planCases(
  seed: number,
  each: number,
  kinds: readonly FaultKind[],
  hostsOfCycle: number = hostKinds.length,
): readonly Case[] {
  const draw = randomFrom(seed);
  const played = chooseHosts(hostsOfCycle, draw);
  const cases: Case[] = [];
  for (const kind of kinds) {
    const { at: classes = [], mixes }: Fault = faults[kind];
    for (const [turn, site] of spread(
      sitesOf(kind).filter(({ cycle, host }) => played.get(cycle)?.has(host) === true),
      each,
      draw,
    ).entries()) {
      const at = classes[turn % classes.length];
      const number = cases.length + 1;
      const drawn = { where: draw(), variety: draw(), looksFirst: draw() < 0.5 && mixes !== true };
      cases.push({ number, kind, ...site, at, ...drawn });
    }
  }
  return cases;
}

export function moveOf({ cycle, direction }: Pick<Case, 'cycle' | 'direction'>): Move {
  return cycles[cycle][direction];
}

/** Of each cycle the hosts, so that each kind of host has about as many cycles. */
function chooseHosts(count: number, draw: () => number): ReadonlyMap<CycleName, ReadonlySet<HostKind>> {
  const first = Math.floor(draw() * hostKinds.length);
  return new Map(
    (Object.entries(cycles) as [CycleName, Cycle][]).map(([name, { not }], index) => {
      const turned = hostKinds.map((_, at) => hostKinds[(first + index + at) % hostKinds.length]);
      const able = turned.filter((host) => host !== undefined && not?.[host] === undefined) as HostKind[];
      return [name, new Set(able.slice(0, count))];
    }),
  );
}

function sitesOf(kind: FaultKind): readonly Site[] {
  const { notOn, notWith }: Fault = faults[kind];
  return hostKinds
    .filter((host) => notOn?.[host] === undefined)
    .flatMap((host) => sitesOn(host))
    .filter((site) => notWith?.[moveOf(site).verb] === undefined);
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
  const keyed = sites.map((site) => ({
    site,
    met: [moveOf(site).verb, site.host, JSON.stringify(site)],
    key: draw(),
  }));
  const rank = ({ met: things, key }: (typeof keyed)[0]): readonly number[] => [
    ...things.map((thing) => met.get(thing) ?? 0),
    key,
  ];
  return Array.from({ length: sites.length === 0 ? 0 : length }, () => {
    const next = keyed.reduce((least, each) => (isLess(rank(each), rank(least)) ? each : least));
    for (const thing of next.met) met.set(thing, (met.get(thing) ?? 0) + 1);
    return next.site;
  });
}

function isLess(one: readonly number[], other: readonly number[]): boolean {
  const index = one.findIndex((value, at) => value !== other[at]);
  return index >= 0 && (one[index] ?? 0) < (other[index] ?? 0);
}
