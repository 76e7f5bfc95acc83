import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listenersOn, readSockets } from '../../../src/host/facts/listeners.ts';

const head =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const line = (address: string, state: string): string =>
  `   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0\n`;

describe('readSockets', () => {
  it.each([
    ['0100007F:1F90', 'LE', '127.0.0.1', 8080],
    ['7F000001:1F90', 'BE', '127.0.0.1', 8080],
    ['00000000:0035', 'LE', '0.0.0.0', 53],
    ['00000000000000000000000000000000:0050', 'LE', '::', 80],
    ['00000000000000000000000001000000:0050', 'LE', '::1', 80],
    ['B80D01200000000000000000010000FE:0050', 'LE', '2001:db8::fe00:1', 80],
    ['0000000000000000FFFF00000100007F:0050', 'LE', '127.0.0.1', 80],
  ] as const)('%s (%s) is %s, port %d', (text, order, address, port) => {
    expect(readSockets('tcp', head + line(text, '0A'), order)).toEqual([
      { protocol: 'tcp', address, port, inode: '4711' },
    ]);
  });

  it('leaves out connected sockets', () => {
    expect(readSockets('tcp', head + line('0100007F:1F90', '01'), 'LE')).toEqual([]);
    expect(readSockets('udp', head + line('0100007F:1F90', '01'), 'LE')).toEqual([]);
    expect(readSockets('udp', head + line('0100007F:1F90', '07'), 'LE')).toHaveLength(1);
  });
});

it('finds a socket of this very process, with its program', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const found = listenersOn((protocol, wanted) => protocol === 'tcp' && wanted === port);
    expect(found).toEqual([
      {
        protocol: 'tcp',
        address: '127.0.0.1',
        port,
        program: expect.stringMatching(new RegExp(`, process ${String(process.pid)}$`)) as string,
      },
    ]);
  } finally {
    server.close();
  }
});
