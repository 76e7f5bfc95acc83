/** Ports of the host that containers publish. Pure. */
import type { Unit } from '../units/unit-set.ts';
import { optionArguments } from '../units/unit-set.ts';

export interface PublishedPort {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** '' for all addresses. */
  readonly address: string;
  readonly first: number;
  readonly last: number;
  /** Whether the container takes each port of the range, or docker picks one that is free. */
  readonly takes: 'each' | 'one';
}

/**
 * Ports of the host that the container publishes, as its unit asks docker for them; those that docker
 * picks are left out.
 */
export function publishedPorts(unit: Unit): readonly PublishedPort[] {
  return optionArguments(unit, '--publish').flatMap((argument) =>
    typeof argument === 'string' ? readPublished(argument) : [],
  );
}

/** `[address:]port[-port]:port[-port]/protocol`, docker-run(1); an IPv6 address stands in brackets. */
function readPublished(text: string): readonly PublishedPort[] {
  const match = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(\d+)(?:-(\d+))?:(\d+(?:-\d+)?)\/(tcp|udp|sctp)$/.exec(text);
  if (match === null) return [];
  const [, six, four, first, last = first, inside = '', protocol] = match;
  if (Number(first) === 0) return [];
  return [
    {
      protocol: protocol === 'udp' || protocol === 'sctp' ? protocol : 'tcp',
      address: six ?? four ?? '',
      first: Number(first),
      last: Number(last),
      takes: first === last || inside.includes('-') ? 'each' : 'one',
    },
  ];
}

/** A port and protocol as people write them: `127.0.0.1:8000/tcp`. */
export function portText(
  { address, protocol }: Pick<PublishedPort, 'address' | 'protocol'>,
  port: number,
): string {
  const host = address.includes(':') ? `[${address}]:` : address === '' ? '' : `${address}:`;
  return `${host}${String(port)}/${protocol}`;
}

/** Whether a socket on one address prevents another from listening on the same port; ip(7), ipv6(7), bindv6only. */
export function collides(one: string, other: string): boolean {
  const everything = (address: string): boolean => address === '' || address === '::';
  if (everything(one) || everything(other)) return true;
  const isSix = (address: string): boolean => address.includes(':');
  if (isSix(one) !== isSix(other)) return false;
  return one === other || one === '0.0.0.0' || other === '0.0.0.0';
}

/** The ports of the host that the container asks for and cannot have, since other software has them. */
export function portsTaken(
  port: PublishedPort,
  others: readonly { readonly protocol: string; readonly address: string; readonly port: number }[],
): readonly number[] {
  const conflicts = others.filter(
    (other) =>
      other.protocol === port.protocol &&
      other.port >= port.first &&
      other.port <= port.last &&
      collides(other.address, port.address),
  );
  const numbers = [...new Set(conflicts.map((other) => other.port))].sort((a, b) => a - b);
  return port.takes === 'one' && numbers.length <= port.last - port.first ? [] : numbers;
}
