import { expect, it } from 'vitest';
import { describeHost } from '../e2e/host-tier.ts';
import { formatOutcome, formatReport, runCampaign } from './campaign.ts';
import { type FaultKind, faultKinds } from './faults.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const each = Number(process.env['FAULTS'] ?? 100);
const kinds = (process.env['KINDS']?.split(',') ?? faultKinds) as readonly FaultKind[];

describeHost('what is changed is old or new, whole, and the next command repairs it', () => {
  it(`after ${String(each)} faults of each kind, SEED=${String(seed)}`, async () => {
    const report = await runCampaign(seed, each, kinds, (outcome) => {
      console.log(formatOutcome(outcome));
    });
    expect(
      report.outcomes.filter(({ wrong }) => wrong.length > 0).map(formatOutcome),
      formatReport(report),
    ).toEqual([]);
  });
});
