/** Scenarios in which the engine once differed from systemd, made small, each a file of this folder. */
import { readFileSync, readdirSync } from 'node:fs';
import type { Case } from './campaign.ts';
import { expect } from './expectation.ts';
import type { Scenario } from './scenario.ts';
import type { SystemdVersion } from './systemd-host.ts';

const directory = new URL('regressions/', import.meta.url);

/** Those that say something about the version, with what the engine says of them now. */
export function regressionCases(version: SystemdVersion): readonly Case[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const scenario = JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as Scenario;
      const expected = expect(scenario, version);
      if (typeof expected === 'string') {
        throw new Error(`${name} is ${expected} by the rules of ${version}: it can show nothing`);
      }
      return { name, scenario, expected };
    });
}
