/** What docker and the units' scripts say when they cannot do their work; the lines stand in the fixture. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { refusalKinds } from '../../../src/status/causes/cause.ts';
import { readRefusal } from '../../../src/status/causes/refusals.ts';

interface Case {
  readonly line: string;
  readonly by?: string;
  /** `kind subject: what is said`, or `nothing`. */
  readonly is: string;
}

const fixture = new URL('../../fixtures/why/refusals.yaml', import.meta.url);
const cases = parse(readFileSync(fixture, 'utf8')) as readonly Case[];

it.each(cases)('$by: $line', ({ line, by = 'docker', is }) => {
  const found = readRefusal({ time: 0, identifier: by, message: line }, 'shop-web');
  expect(found === undefined ? 'nothing' : `${found.kind} ${found.subject}: ${found.said}`).toBe(is);
});

it.each(refusalKinds)('a line of the fixture is %s', (kind) => {
  expect(cases.some(({ is }) => is.startsWith(`${kind} `))).toBe(true);
});
