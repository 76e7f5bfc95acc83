import { expect, it } from 'vitest';
import { describeHost } from '../e2e/host-tier.ts';
import { formatOutcome, formatReport, runCampaign } from './campaign.ts';
import { faultKinds } from './faults.ts';
import type { Outcome } from './play.ts';

/** The same ones each time: what is new is sought by `npm run test:faults`. */
const sample = { seed: Number(process.env['SEED'] ?? 1), each: 8, hostsOfCycle: 2 };

describeHost('a sample of faults', () => {
  it(`leaves old or new, whole, and the next command repairs it, SEED=${String(sample.seed)}`, async () => {
    const { seed, each, hostsOfCycle } = sample;
    const tell = (outcome: Outcome): void => {
      console.log(formatOutcome(outcome));
    };
    const report = await runCampaign(seed, each, faultKinds, tell, hostsOfCycle);
    expect(
      report.outcomes.filter(({ wrong }) => wrong.length > 0).map(formatOutcome),
      formatReport(report),
    ).toEqual([]);
  }, 900_000);
});
