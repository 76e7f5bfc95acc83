import { describe, expect, it } from 'vitest';
import { hostRoots } from '../e2e/throwaway-host.ts';
import { describeHost } from '../e2e/host-tier.ts';
import { systemdVersions } from '../e2e/units-on-host.ts';
import { generateCases, runCampaign } from './campaign.ts';
import { regressionCases } from './regressions.ts';
import { formatReport } from './report.ts';
import { SystemdHost } from './systemd-host.ts';

/** The same ones each time: what is new is sought by `npm run test:differential`. */
const sample = { histories: 300, seed: 1 };

describe('the engine and systemd end in the same states', () => {
  for (const root of hostRoots) {
    const version = systemdVersions[root];
    describeHost(`on systemd ${version}`, () => {
      it('after what they once differed in, and after random histories', async () => {
        const regressions = regressionCases(version);
        const { cases } = generateCases(sample.histories, sample.seed, version);
        await using host = await SystemdHost.boot(version);
        const report = await runCampaign(host, [...regressions, ...cases]);
        const unexplained = report.unexplained.map(({ name }) => name);
        expect(unexplained, formatReport(report)).toEqual([]);
      });
    });
  }
});
