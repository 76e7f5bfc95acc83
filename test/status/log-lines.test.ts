import { expect, test } from 'vitest';
import { recordOf, renderEntry } from '../../src/status/log-lines.ts';
import type { JournalEntry } from '../../src/model/ports.ts';
import { plainStyle } from '../../src/ui/style.ts';
import type { Style } from '../../src/ui/style.ts';

const entry = (facts: Partial<JournalEntry> = {}): JournalEntry => ({
  time: Date.UTC(2025, 0, 31, 8) * 1000 + 123_456,
  unit: 'shop-web.service',
  priority: 6,
  identifier: 'docker',
  message: 'hello',
  ...facts,
});
const labels = new Map([
  ['shop-web.service', 'web'],
  ['shop-web-image.service', 'web'],
  ['shop-migrate.service', 'migrate'],
]);
const plain = { style: plainStyle, timestamps: false };

test('one service: the message alone', () => {
  expect(renderEntry(entry(), plain)).toEqual(['hello']);
});

test('several services: labels of one width, on each line of a message', () => {
  expect(renderEntry(entry({ message: 'one\ntwo\n' }), { ...plain, labels })).toEqual([
    'web     | one',
    'web     | two',
  ]);
  expect(renderEntry(entry({ unit: 'shop-migrate.service' }), { ...plain, labels })).toEqual([
    'migrate | hello',
  ]);
});

test('the time keeps its microseconds', () => {
  expect(renderEntry(entry(), { ...plain, timestamps: true })).toEqual(['2025-01-31T08:00:00.123456Z hello']);
});

test('a program’s colours are kept; characters that would move the cursor or fake a line are shown', () => {
  expect(renderEntry(entry({ message: '\x1b[31mred\x1b[0m\t\x1b[2J\rgone' }), plain)).toEqual([
    '\x1b[31mred\x1b[0m\t\\x1b[2J\\x0dgone',
  ]);
});

test.each([
  [0, '<bad>'],
  [3, '<bad>'],
  [4, '<busy>'],
  [6, ''],
  [7, '<dim>'],
])('priority %i is coloured %s', (priority, mark) => {
  const marking = Object.fromEntries(
    Object.keys(plainStyle).map((name) => [name, (text: string) => `<${name}>${text}`]),
  ) as unknown as Style;
  expect(renderEntry(entry({ priority }), { ...plain, style: marking })).toEqual([`${mark}hello`]);
});

test('a record names the unit of its line', () => {
  expect(recordOf(entry(), 'web')).toEqual({
    time: '2025-01-31T08:00:00.123456Z',
    unit: 'shop-web.service',
    service: 'web',
    priority: 6,
    identifier: 'docker',
    message: 'hello',
  });
  expect(recordOf(entry(), undefined).service).toBeNull();
});
