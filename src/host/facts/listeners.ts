/** The programs that listen on the ports of this host, from /proc; proc_pid_net(5). */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { readText } from '../machine/fs.ts';
import { machine } from '../machine/machine.ts';
import { endianness } from 'node:os';

export interface ListeningSocket {
  readonly protocol: 'tcp' | 'udp';
  /** `0.0.0.0`, `127.0.0.1`, `::`, `::1`. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

export interface PortListener {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  /** `nginx, process 812`; absent where this user may not see the owner of the socket. */
  readonly program?: string;
}

const tables = { tcp: 'tcp', tcp6: 'tcp', udp: 'udp', udp6: 'udp' } as const;

/** The sockets that listen on one of the ports, each with its program. */
export function listenersOn(
  isWanted: (protocol: 'tcp' | 'udp', port: number) => boolean,
): readonly PortListener[] {
  const sockets = Object.entries(tables)
    .flatMap(([table, protocol]) => readSockets(protocol, readTable(table), endianness()))
    .filter(({ protocol, port }) => isWanted(protocol, port));
  if (sockets.length === 0) return [];
  const programs = programsOf(new Set(sockets.map(({ inode }) => inode)));
  return sockets.map(({ inode, ...socket }) => {
    const program = programs.get(inode);
    return { ...socket, ...(program !== undefined && { program }) };
  });
}

/** Absent where the kernel lacks the protocol, as IPv6. */
function readTable(table: string): string {
  try {
    return readText(`/proc/net/${table}`);
  } catch {
    return '';
  }
}

/** States of include/net/tcp_states.h: LISTEN; and 7, the state of a UDP socket that is bound and not connected. */
const listening = { tcp: '0A', udp: '07' } as const;

/**
 * The sockets of a table that listen. Pure.
 * @internal exported for tests: the test has tables as the kernel writes them
 */
export function readSockets(
  protocol: 'tcp' | 'udp',
  table: string,
  order: 'LE' | 'BE',
): readonly ListeningSocket[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line): ListeningSocket[] => {
      const fields = line.trim().split(/\s+/);
      const [address = '', port = ''] = (fields[1] ?? '').split(':');
      if (fields[3] !== listening[protocol] || port === '') return [];
      return [
        { protocol, address: readAddress(address, order), port: parseInt(port, 16), inode: fields[9] ?? '' },
      ];
    });
}

/** Words of 32 bits, each in the byte order of this machine; shows IPv4 within IPv6 as IPv4. */
function readAddress(hex: string, order: 'LE' | 'BE'): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => {
    const all = (word.match(/../g) ?? []).map((byte) => parseInt(byte, 16));
    return order === 'LE' ? all.reverse() : all;
  });
  if (bytes.length === 4) return bytes.join('.');
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (isMapped) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_none, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  // The URL parser shortens by RFC 5952.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** Empty for another machine: it would need the list of open files of every process. */
function programsOf(inodes: ReadonlySet<string>): ReadonlyMap<string, string> {
  const holders = new Map<string, string>();
  if (machine().name !== undefined) return holders;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const inode of socketsOf(pid)) {
      if (inodes.has(inode) && !holders.has(inode)) holders.set(inode, `${nameOf(pid)}, process ${pid}`);
    }
  }
  return holders;
}

function socketsOf(pid: string): readonly string[] {
  const directory = `/proc/${pid}/fd`;
  try {
    return readdirSync(directory).flatMap(
      (name) => /^socket:\[(\d+)\]$/.exec(linkOf(`${directory}/${name}`))?.[1] ?? [],
    );
  } catch {
    // The process belongs to another user, or has ended.
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'a program';
  }
}
