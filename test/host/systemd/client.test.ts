import { describe, expect, it } from 'vitest';
import { majorVersion } from '../../../src/host/systemd/detect.ts';
import { Bus, BusError, BusLost } from '../../../src/host/systemd/bus.ts';
import { HostError } from '../../../src/model/ports.ts';
import { isAway, systemdError } from '../../../src/host/systemd/errors.ts';
import { asJobResult, asJobs, likelyResult } from '../../../src/host/systemd/jobs.ts';
import { routes } from '../../../src/host/systemd/routes.ts';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryDirectory } from '../../temporary-directory.ts';

describe('majorVersion', () => {
  it.each([
    ['252.39-1~deb12u2', 252],
    ['systemd 257 (257.9-1~deb13u1)', 257],
    ['Docker version 20.10.24+dfsg1, build 297e128', 20],
    ['', undefined],
    [undefined, undefined],
  ])('%s', (text, version) => {
    expect(majorVersion(text)).toBe(version);
  });
});

describe('routes', () => {
  it('uses the bus, then, for root alone, systemd’s own socket', () => {
    const bus = { kind: 'bus', address: 'unix:path=/run/dbus/system_bus_socket' };
    expect(routes('system', {}, 0)).toEqual([
      bus,
      { kind: 'private', address: 'unix:path=/run/systemd/private' },
    ]);
    expect(routes('system', {}, 1000)).toEqual([bus]);
  });

  it('respects the addresses of the environment', () => {
    expect(routes('system', { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/a' }, 1000)[0]?.address).toBe(
      'unix:path=/a',
    );
    expect(routes('user', { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/b' }, 1000)[0]?.address).toBe(
      'unix:path=/b',
    );
    expect(routes('user', { XDG_RUNTIME_DIR: '/c' }, 1000)[1]?.address).toBe('unix:path=/c/systemd/private');
  });

  it('finds the user manager also where su and sudo left XDG_RUNTIME_DIR unset', () => {
    expect(routes('user', {}, 1000).map(({ address }) => address)).toEqual([
      'unix:path=/run/user/1000/bus',
      'unix:path=/run/user/1000/systemd/private',
    ]);
  });
});

describe('systemdError', () => {
  it('hides dbus-daemon’s rules in a denial', () => {
    const denied = new BusError(
      'org.freedesktop.DBus.Error.AccessDenied',
      'Rejected send message, 2 matched rules; …',
    );
    const error = systemdError(denied, 'system', 'enable', 'web.service');
    expect(error.message).toBe('Cannot enable web.service: permission denied');
    expect(error.remedy).toMatch(/sudo/);
  });

  it('names the unit in the remedy of a mask, for the manager of the scope', () => {
    const masked = new BusError('org.freedesktop.systemd1.UnitMasked', 'Unit web.service is masked.');
    expect(systemdError(masked, 'user', 'start', 'web.service').remedy).toMatch(
      /systemctl --user unmask web\.service$/,
    );
  });

  it('has a remedy for unknown errors, and returns a HostError unchanged', () => {
    expect(systemdError(new Error('odd'), 'user', 'start').remedy).toMatch(/journalctl --user/);
    const known = new HostError('a', 'b');
    expect(systemdError(known, 'system', 'start')).toBe(known);
  });

  it('treats a lost connection and an absent manager as temporary, a refusal as final', () => {
    expect(isAway(new BusLost('gone'))).toBe(true);
    expect(isAway(new BusError('org.freedesktop.DBus.Error.NoReply', ''))).toBe(true);
    expect(isAway(new BusError('org.freedesktop.systemd1.NoSuchUnit', ''))).toBe(false);
  });
});

describe('jobs', () => {
  it('reads the list', () => {
    expect(asJobs([[7, 'a.service', 'start', 'waiting', '/job/7', '/unit/a']])).toEqual([
      { unit: 'a.service', verb: 'start', state: 'waiting', path: '/job/7' },
    ]);
    expect(asJobs(undefined)).toEqual([]);
  });

  it('reports an unknown result of a newer systemd as unknown', () => {
    expect(asJobResult('dependency')).toBe('dependency');
    expect(asJobResult('sunk')).toBe('unknown');
  });

  it.each([
    ['start', 'active', 'done'],
    ['restart', 'active', 'done'],
    ['stop', 'inactive', 'done'],
    ['start', 'failed', 'failed'],
    ['start', 'inactive', 'unknown'],
    ['stop', 'active', 'unknown'],
  ] as const)('a %s whose end was missed, its unit now %s, counts as %s', (verb, state, result) => {
    expect(likelyResult(verb, state)).toBe(result);
  });
});

describe('Bus', () => {
  it.each([
    ['where no one listens', 'unix:path=/nonexistent/bus', /ENOENT/],
    ['to an address of no known kind', 'pigeon:coo=1', /pigeon/],
    ['to no address', 'nonsense', /nonsense/],
  ])('fails to connect %s', async (_name, address, message) => {
    await expect(Bus.open(address)).rejects.toThrow(BusLost);
    await expect(Bus.open(address)).rejects.toThrow(message);
  });

  it.each([
    ['hangs up', ''],
    ['refuses', 'REJECTED EXTERNAL DBUS_COOKIE_SHA1\r\n'],
  ])('rejects where the other side %s', async (_name, answer) => {
    const directory = temporaryDirectory();
    const server = createServer((socket) =>
      socket.once('data', () => socket.end(answer)).on('error', () => undefined),
    );
    try {
      const path = join(directory, 'bus');
      await new Promise<void>((resolve) => server.listen(path, resolve));
      await expect(Bus.open(`unix:path=${path}`)).rejects.toThrow(BusLost);
    } finally {
      server.close();
    }
  });

  it('settles pending calls when the connection is lost', async () => {
    const directory = temporaryDirectory();
    const server = createServer((socket) => {
      socket.once('data', () => {
        socket.write('OK 1234\r\n');
        // BEGIN and the first call; then the other side dies.
        socket.once('data', () => socket.destroy());
      });
    });
    try {
      const path = join(directory, 'bus');
      await new Promise<void>((resolve) => server.listen(path, resolve));
      const bus = await Bus.open(`unix:path=${path}`);
      const call = { destination: 'a.b', path: '/', interface: 'a.b', member: 'C' };
      await expect(bus.call(call)).rejects.toThrow(BusLost);
      await expect(bus.call(call)).rejects.toThrow(BusLost);
    } finally {
      server.close();
    }
  });
});
