/**
 * Networks and volumes that docker no longer has, though the unit that created them is active: it created
 * them once, and creates them again only when it is restarted. Pure.
 */
import { type ActiveState, type ResourceNames, type Resources, isActive } from '../model/ports.ts';
import { verbOf } from '../units/scripts.ts';
import type { Argument, Command, Unit } from '../units/unit-set.ts';
import { valuesOf } from '../units/unit-set.ts';

export interface GoneResource {
  readonly what: 'network' | 'volume';
  readonly name: string;
  /** The unit that created it. */
  readonly unit: string;
  /** Whether its data is gone with it: a volume may only point to the place of its data. */
  readonly heldData: boolean;
}

/** The manager's state of each unit; absent units are unknown, and count as having created nothing. */
export type KnownStates = ReadonlyMap<string, { readonly activeState: ActiveState }>;

/** The network that a unit creates, and the hash of its configuration, from its command. */
export function networkOf(unit: Unit): { readonly name: string; readonly hash: Argument } | undefined {
  const [name, hash = ''] = createCommand(unit, 'network')?.argv.slice(3) ?? [];
  return typeof name === 'string' ? { name, hash } : undefined;
}

/** The volume that a unit creates. */
export function volumeOf(unit: Unit): string | undefined {
  const name = createCommand(unit, 'volume')?.argv[3];
  return typeof name === 'string' ? name : undefined;
}

/** The names to ask docker about to find missing resources: those that the active units created. */
export function resourcesMade(units: readonly Unit[], states: KnownStates): ResourceNames {
  const active = units.filter((unit) => isUp(unit, states));
  return {
    networks: active.flatMap((unit) => networkOf(unit)?.name ?? []),
    volumes: active.flatMap((unit) => volumeOf(unit) ?? []),
  };
}

/** By unit, in the order of the units. */
export function goneResources(
  units: readonly Unit[],
  states: KnownStates,
  { networks, volumes }: Resources,
): readonly GoneResource[] {
  return units.flatMap((unit): readonly GoneResource[] => {
    if (!isUp(unit, states)) return [];
    const [network, volume] = [networkOf(unit)?.name, volumeOf(unit)];
    if (network !== undefined && !networks.has(network)) {
      return [{ what: 'network', name: network, unit: unit.name, heldData: false }];
    }
    if (volume !== undefined && !volumes.has(volume)) {
      return [{ what: 'volume', name: volume, unit: unit.name, heldData: holdsData(unit) }];
    }
    return [];
  });
}

function isUp({ name }: Unit, states: KnownStates): boolean {
  const state = states.get(name);
  return state !== undefined && isActive(state.activeState);
}

/** For people: `network shop_default is gone`. */
export function goneWords({ what, name, heldData }: GoneResource): string {
  if (what === 'network') return `network ${name} is gone`;
  return heldData
    ? `volume ${name} is gone, and with it all that it held`
    : `volume ${name} is gone; its data is where its options say`;
}

function createCommand(unit: Unit, kind: 'network' | 'volume'): Command | undefined {
  for (const value of unit.kind === kind ? valuesOf(unit, 'Service', 'ExecStart') : []) {
    if (value.kind === 'exec' && verbOf(value.command) === kind) return value.command;
  }
  return undefined;
}

/** Whether docker stores the data, and not a server, a path of the host, or a plugin. */
function holdsData(unit: Unit): boolean {
  const argv = createCommand(unit, 'volume')?.argv ?? [];
  const valuesAfter = (option: string): readonly string[] =>
    argv.flatMap((word, index) => (argv[index - 1] === option ? [openPart(word)] : []));
  if (valuesAfter('--driver').some((driver) => driver !== 'local')) return false;
  const options = valuesAfter('--opt');
  return options.includes('type=tmpfs') || !options.some((option) => option.startsWith('device='));
}

/** The word without private values: the text before the first of its variables. */
function openPart(word: Argument): string {
  const [first = ''] = typeof word === 'string' ? [word] : word;
  return typeof first === 'string' ? first : '';
}
