/** `ports`: published ports from the short and long forms. Compose Specification, services, "ports". */
import type { Field } from './field.ts';
import {
  choiceOf,
  itemsOf,
  recordOf,
  refuse,
  refuseUnsupported,
  refuseValue,
  textOf,
  displayText,
  valueTextOf,
} from './field.ts';
import type { Port } from './project.ts';

const protocols = ['tcp', 'udp', 'sctp'] as const;
const longKeys = ['app_protocol', 'host_ip', 'mode', 'name', 'protocol', 'published', 'target'] as const;
const forms = 'Write [HOST_IP:][HOST_PORT:]CONTAINER_PORT[/tcp|udp|sctp], e.g. "127.0.0.1:8080:80"';

interface Range {
  readonly first: number;
  readonly last: number;
}

/** One entry for each container port, ranges expanded; the last of repeated entries counts. */
export function portsOf(field: Field): readonly Port[] {
  const ports = new Map<string, Port>();
  for (const item of itemsOf(field)) {
    for (const port of item.node.kind === 'map' ? longPort(item) : shortPorts(item)) {
      const identity = [port.hostIp ?? '0.0.0.0', port.published, port.target, port.protocol].join(' ');
      ports.set(identity, port);
    }
  }
  return [...ports.values()];
}

/** The ports of one item in the short form. */
export function shortPorts(field: Field): readonly Port[] {
  const text = textOf(field);
  const match = /^(?:(?:\[([^\]]*)\]|(.*)):)?([^:/]*):([^:/]+)(?:\/(.*))?$|^([^:/]+)(?:\/(.*))?$/s.exec(
    text ?? '',
  );
  if (text === undefined) return [];
  if (!match) return refuseValue(field, `${displayText(text)} is not a port mapping`, forms) ?? [];
  const [, bracketedIp, bareIp, publishedText = '', pairTarget, pairProtocol, loneTarget, loneProtocol] =
    match;
  const protocol = (pairProtocol ?? loneProtocol ?? 'tcp').toLowerCase();
  const target = parseRange(pairTarget ?? loneTarget ?? '', 1);
  const published = publishedText === '' ? undefined : parseRange(publishedText, 0);
  if (!isProtocol(protocol))
    return (
      refuseValue(field, `\`${protocol}\` is not a protocol of a port`, 'Write one of: tcp, udp, sctp') ?? []
    );
  if (!target || (publishedText !== '' && !published))
    return (
      refuseValue(field, `${displayText(text)} holds something that is not a port of 1–65535`, forms) ?? []
    );
  const hostIp = nonEmpty(bracketedIp ?? bareIp);
  if (hostIp !== undefined && !isAddress(hostIp))
    return refuseValue(field, `\`${hostIp}\` is not an IP address of the host`, forms) ?? [];
  return expand(field, hostIp, published, target, protocol);
}

function longPort(field: Field): readonly Port[] {
  const record = recordOf(field, longKeys);
  if (!record.target)
    return (
      refuse(
        field,
        'missing-key',
        'the port has no `target`',
        'Add `target:` with the port of the container',
      ) ?? []
    );
  const protocol = record.protocol ? choiceOf(record.protocol, protocols) : 'tcp';
  if (record.mode && textOf(record.mode) !== 'ingress' && textOf(record.mode) !== 'host')
    refuseUnsupported(record.mode, `the mode \`${textOf(record.mode) ?? ''}\``);
  const target = rangeOf(record.target, 1);
  const published = record.published ? rangeOf(record.published, 0) : undefined;
  const hostIp = record.host_ip ? textOf(record.host_ip)?.replace(/^\[(.*)\]$/, '$1') : undefined;
  if (!protocol || !target || (record.published && !published)) return [];
  return expand(field, nonEmpty(hostIp), published, target, protocol);
}

function rangeOf(field: Field, least: number): Range | undefined {
  const text = valueTextOf(field);
  if (text === undefined) return undefined;
  const remedy = 'Write a port such as 8080, or a range such as 8080-8090';
  return (
    parseRange(text, least) ??
    refuseValue(field, `${displayText(text)} is not a port of ${String(least)}–65535`, remedy)
  );
}

/** Ranges of equal length pair up; from a host range for one container port, Docker picks one. */
function expand(
  field: Field,
  hostIp: string | undefined,
  published: Range | undefined,
  target: Range,
  protocol: Port['protocol'],
): readonly Port[] {
  const length = target.last - target.first + 1;
  const hostLength = published ? published.last - published.first + 1 : length;
  if (hostLength !== length && length > 1) {
    const message = `${String(hostLength)} host ports stand against ${String(length)} container ports`;
    return refuseValue(field, message, 'Give both ranges the same length') ?? [];
  }
  if (!field.findings.spend('ports', length, field.mark, field.path)) return [];
  return Array.from({ length }, (_, index) => ({
    ...(hostIp !== undefined && { hostIp }),
    ...(published && { published: publishedText(published, hostLength === length ? index : undefined) }),
    target: target.first + index,
    protocol,
  }));
}

function publishedText(range: Range, index: number | undefined): string {
  return index === undefined ? `${String(range.first)}-${String(range.last)}` : String(range.first + index);
}

function parseRange(text: string, least: number): Range | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (!match) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first >= least && first <= last && last <= 65_535 ? { first, last } : undefined;
}

/** Checks the characters of an address: only Docker knows which addresses a host has. */
function isAddress(text: string): boolean {
  const bytes = text.split('.');
  if (bytes.length === 4) return bytes.every((byte) => /^\d{1,3}$/.test(byte) && Number(byte) <= 255);
  return /^[\da-fA-F]*:[\da-fA-F:.]*(?:%.+)?$/.test(text);
}

function isProtocol(text: string): text is Port['protocol'] {
  return (protocols as readonly string[]).includes(text);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
