import { describe, expect, it } from 'vitest';
import { journalMatches, readJournalEntry } from '../../../src/host/journal/journal-entry.ts';

const asked = new Set(['web.service']);
const line = (fields: Record<string, unknown>): string =>
  JSON.stringify({ __REALTIME_TIMESTAMP: '1700000000000001', ...fields });

describe('readJournalEntry', () => {
  it('reads output of a service', () => {
    const entry = {
      _SYSTEMD_UNIT: 'web.service',
      PRIORITY: '3',
      SYSLOG_IDENTIFIER: 'docker',
      MESSAGE: 'hello',
    };
    expect(readJournalEntry(line(entry), asked)).toEqual({
      time: 1_700_000_000_000_001,
      unit: 'web.service',
      priority: 3,
      identifier: 'docker',
      message: 'hello',
    });
  });

  it('counts systemd’s messages about a unit to that unit, not to init.scope', () => {
    const entry = { _SYSTEMD_UNIT: 'init.scope', UNIT: 'web.service', MESSAGE: 'Started' };
    expect(readJournalEntry(line(entry), asked)?.unit).toBe('web.service');
  });

  it('counts a container that logs to journald itself to its unit, not to docker.service', () => {
    const entry = { _SYSTEMD_UNIT: 'docker.service', CONTAINER_NAME: 'shop-web', MESSAGE: 'hi' };
    const containers = new Map([['shop-web', 'web.service']]);
    expect(readJournalEntry(line(entry), asked, containers)?.unit).toBe('web.service');
  });

  it.each([
    ['bytes that are no text for journalctl', [0xe2, 0x82, 0xac, 0x1b], '€\u001b'],
    ['a field that stands twice', ['one', [0x74, 0x77, 0x6f]], 'one\ntwo'],
    ['a field too long to be shown', null, ''],
  ])('reads %s', (_name, message, text) => {
    expect(readJournalEntry(line({ MESSAGE: message }), asked)?.message).toBe(text);
  });

  it('falls back to the command, and to info', () => {
    expect(readJournalEntry(line({ _COMM: 'sh' }), asked)).toMatchObject({ identifier: 'sh', priority: 6 });
  });

  it.each(['', 'Hint: you see only your own messages', '7', 'null'])('%j is no entry', (text) => {
    expect(readJournalEntry(text, asked)).toBeUndefined();
  });
});

describe('journalMatches', () => {
  it('are those of journalctl -u, or-ed with the containers', () => {
    expect(journalMatches(['a.service'], 'system', 0, ['box']).join(' ')).toBe(
      '_SYSTEMD_UNIT=a.service + _PID=1 UNIT=a.service + _UID=0 OBJECT_SYSTEMD_UNIT=a.service' +
        ' + _UID=0 COREDUMP_UNIT=a.service + CONTAINER_NAME=box',
    );
  });

  it('limit a user to their own entries', () => {
    expect(journalMatches(['a.service'], 'user', 1000).slice(0, 5)).toEqual([
      '_SYSTEMD_USER_UNIT=a.service',
      '_UID=1000',
      '+',
      'USER_UNIT=a.service',
      '_UID=1000',
    ]);
  });
});
