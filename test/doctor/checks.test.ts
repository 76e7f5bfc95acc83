/** Every check on hosts that are well but for one thing; what is wrong and what is found stands in the fixture. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkNames } from '../../src/doctor/check.ts';
import { examine } from '../../src/doctor/checks.ts';
import type { Given } from './host-facts.ts';
import { hostFacts } from './host-facts.ts';

interface Case {
  readonly case: string;
  readonly given?: Given;
  /** `severity check about: message`, in order. */
  readonly finds: readonly string[];
  /** `check: why`. */
  readonly unknown?: readonly string[];
}

const fixture = new URL('../fixtures/doctor/checks.yaml', import.meta.url);
const cases = parse(readFileSync(fixture, 'utf8')) as readonly Case[];

describe('doctor', () => {
  it.each(cases.map((one) => [one.case, one] as const))(
    '%s',
    (_name, { given = {}, finds, unknown = [] }) => {
      const { findings, outcomes } = examine(hostFacts(given));
      expect(
        findings.map(({ severity, code, path, message }) =>
          [severity, code, ...(path === undefined ? [] : [path])].join(' ').concat(`: ${message}`),
        ),
      ).toEqual(finds);
      expect(
        outcomes
          .filter(({ outcome }) => outcome === 'unknown')
          .map(({ check, why }) => `${check}: ${why ?? ''}`),
      ).toEqual(unknown);
      for (const { message, remedy } of findings) {
        expect(`${message}\n${remedy}`).not.toMatch(/undefined|\[object|\.$/m);
        expect(remedy).toMatch(/^\p{Lu}/u);
      }
    },
  );

  it('runs every check once, in order', () => {
    expect(examine(hostFacts({})).outcomes.map(({ check }) => check)).toEqual(checkNames);
  });

  it.each(checkNames)('%s has a finding in at least one case', (check) => {
    expect(cases.flatMap(({ finds }) => finds).some((line) => line.split(/[ :]/)[1] === check)).toBe(true);
  });
});
