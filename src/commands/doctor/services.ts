/** What several checks ask of the units' services. Pure. */
import { startsAtBoot } from '../../host/ports.ts';
import type { UnitState } from '../../host/ports.ts';
import { namesOf, valuesOf } from '../../units/unit-set.ts';
import type { InstalledUnit } from '../installed-units.ts';
import type { Fact, HostFacts } from './facts.ts';
import { isUnknown } from './facts.ts';

/** The container units that start at boot, by themselves or with their project's target. */
export function enabledServices({
  manager,
  units,
}: Pick<HostFacts, 'manager' | 'units'>): Fact<readonly InstalledUnit[]> {
  const { states } = manager;
  if (isUnknown(states)) return states;
  const enabled = ({ name }: InstalledUnit): boolean => startsAtBoot(states.get(name)?.unitFileState ?? '');
  const withTargets = new Set(
    units.installed
      .filter((unit) => unit.kind === 'target' && enabled(unit))
      .flatMap(({ unit }) => namesOf(unit, 'Wants')),
  );
  return units.installed.filter(
    (unit) => unit.kind === 'container' && (enabled(unit) || withTargets.has(unit.name)),
  );
}

/** Whether the unit is up or just going up: its ports are its own then. */
export function isUp(state: UnitState | undefined): boolean {
  return (
    state !== undefined &&
    !['inactive', 'failed'].includes(state.activeState) &&
    !state.subState.startsWith('auto-restart')
  );
}

export interface PublishedPort {
  readonly protocol: 'tcp' | 'udp';
  /** '' for all addresses. */
  readonly address: string;
  readonly first: number;
  readonly last: number;
}

/** Ports of the host that the container is given, as its unit asks docker for them; those docker picks are left out. */
export function publishedPorts({ unit }: InstalledUnit): readonly PublishedPort[] {
  return valuesOf(unit, 'Service', 'ExecStartPre').flatMap((value) => {
    const argv = value.kind === 'exec' ? value.command.argv : [];
    return argv.flatMap((argument, index) => {
      const next = argv[index + 1];
      return argument === '--publish' && typeof next === 'string' ? readPublished(next) : [];
    });
  });
}

/** `[address:]port[-port]:port/protocol`, docker-run(1); an IPv6 address stands in brackets. */
function readPublished(text: string): readonly PublishedPort[] {
  const match = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(\d+)(?:-(\d+))?:[\d-]+\/(tcp|udp)$/.exec(text);
  if (match === null) return [];
  const [, six, four, first, last = first, protocol] = match;
  const address = six ?? four ?? '';
  return [
    { protocol: protocol === 'udp' ? 'udp' : 'tcp', address, first: Number(first), last: Number(last) },
  ];
}

/** A port and protocol as people write them: `127.0.0.1:8000/tcp`. */
export function portText({ address, protocol }: PublishedPort, port: number): string {
  const host = address.includes(':') ? `[${address}]:` : address === '' ? '' : `${address}:`;
  return `${host}${String(port)}/${protocol}`;
}

/** Whether a socket on one address keeps another from listening on the same port; ip(7), ipv6(7), bindv6only. */
export function collides(one: string, other: string): boolean {
  const everything = (address: string): boolean => address === '' || address === '::';
  if (everything(one) || everything(other)) return true;
  const isSix = (address: string): boolean => address.includes(':');
  if (isSix(one) !== isSix(other)) return false;
  return one === other || one === '0.0.0.0' || other === '0.0.0.0';
}
