/**
 * Thousands of random histories on real systemds; `npm run test:differential`. New ones each day, or
 * those of DIFFERENTIAL_SEED; as many as DIFFERENTIAL_HISTORIES says.
 */
import { describe, expect, it } from 'vitest';
import { hostRoots } from '../e2e/throwaway-host.ts';
import { describeHost } from '../e2e/host-tier.ts';
import { systemdVersions } from '../e2e/units-on-host.ts';
import { generateCases, runCampaign } from './campaign.ts';
import { formatReport } from './report.ts';
import { shrink } from './shrink.ts';
import { SystemdHost } from './systemd-host.ts';

const histories = Number(process.env.DIFFERENTIAL_HISTORIES ?? 3_000);
const seed = Number(process.env.DIFFERENTIAL_SEED ?? Math.floor(Date.now() / 86_400_000) * 10_000);
/** Unexplained differences that are made small before they are shown; each takes a minute. */
const shrunk = 5;

describe('the engine and systemd end in the same states', () => {
  for (const root of hostRoots) {
    const version = systemdVersions[root];
    describeHost(`on systemd ${version}`, () => {
      it(`after ${histories} random histories from seed ${seed} on`, async () => {
        const { cases, restless, racy } = generateCases(histories, seed, version);
        await using host = await SystemdHost.boot(version);
        const report = await runCampaign(host, cases);
        console.log(
          `systemd ${version}, seed ${seed}: ${histories} histories, besides ${restless} that do not ` +
            `come to rest and ${racy} that hang on who is faster\n${formatReport(report)}`,
        );
        for (const finding of report.unexplained.slice(0, shrunk)) {
          const small = await shrink(host, finding);
          console.log(formatReport({ ...report, unexplained: [small] }));
        }
        expect(report.unexplained.map(({ name }) => name)).toEqual([]);
      });
    });
  }
});
