/** Many scenarios side by side on one systemd, each compared with what the engine says. */
import { type Difference, differences } from './compare.ts';
import { type Expectation, expect } from './expectation.ts';
import { explain } from './explained.ts';
import { generateScenario } from './generate.ts';
import type { Scenario } from './scenario.ts';
import type { SystemdHost, SystemdVersion } from './systemd-host.ts';

export interface Case {
  /** Names it in reports. */
  readonly name: string;
  readonly scenario: Scenario;
  readonly expected: Expectation;
}

export interface Report {
  readonly equal: number;
  /** Different at first, equal when run again: the machine was late, or systemd has several outcomes. */
  readonly late: readonly string[];
  readonly explained: ReadonlyMap<string, readonly string[]>;
  readonly unexplained: readonly Finding[];
}

export interface Finding extends Case {
  readonly differences: readonly Difference[];
}

/** As many scenarios side by side as two processors carry without being late. */
const sideBySide = 70;
/** Installed at once; systemd slows down with thousands of units loaded. */
const batchSize = 400;
/**
 * A difference counts when it is there each time. How many run side by side then: fewer and fewer, so
 * that none is late; and with other names, since which of two contradicting jobs systemd drops first
 * can depend on the hash of a unit's name.
 */
const repetitions = [24, 24, 12, 6, 3, 3];

/** The first `count` scenarios from the seed on whose outcome does not depend on latencies. */
export function generateCases(
  count: number,
  seed: number,
  version: SystemdVersion,
): { readonly cases: readonly Case[]; readonly restless: number; readonly racy: number } {
  const cases: Case[] = [];
  const rejected = { restless: 0, racy: 0 };
  for (let current = seed; cases.length < count; current++) {
    const scenario = generateScenario(current);
    const expected = expect(scenario, version);
    if (typeof expected === 'string') rejected[expected]++;
    else cases.push({ name: `seed ${current}`, scenario, expected });
  }
  return { cases, ...rejected };
}

export async function runCampaign(host: SystemdHost, cases: readonly Case[]): Promise<Report> {
  const suspects: Finding[] = [];
  for (let at = 0; at < cases.length; at += batchSize) {
    suspects.push(...(await runCases(host, cases.slice(at, at + batchSize), sideBySide)));
  }
  const late: string[] = [];
  const explained = new Map<string, string[]>();
  let unexplained: readonly Finding[] = suspects;
  for (const atOnce of [...repetitions, undefined]) {
    unexplained = unexplained.filter((finding) => {
      const reason = explain({ ...finding, version: host.version });
      if (reason !== undefined) explained.set(reason, [...(explained.get(reason) ?? []), finding.name]);
      return reason === undefined;
    });
    if (atOnce === undefined) break;
    const found = await runCases(host, unexplained, atOnce);
    late.push(
      ...unexplained.map(({ name }) => name).filter((name) => found.every((one) => one.name !== name)),
    );
    unexplained = found;
  }
  return { equal: cases.length - suspects.length, late, explained, unexplained };
}

/** Those that differ, this many of them at a time. */
export async function runCases(
  host: SystemdHost,
  cases: readonly Case[],
  atOnce: number,
): Promise<readonly Finding[]> {
  if (cases.length === 0) return [];
  const prefixes = await host.install(cases.map(({ scenario }) => scenario));
  const waiting = [...cases.entries()];
  const found: Finding[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, { name, scenario, expected }] = next;
      const prefix = prefixes[index] ?? '';
      const seen = await host.run(scenario, prefix, expected);
      const unlike = differences(expected, seen);
      if (unlike.length > 0) found.push({ name, scenario, expected, differences: unlike });
      await host.end(scenario, prefix);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return found;
}
