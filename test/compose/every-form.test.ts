/**
 * `dockunit config` against `docker compose config` (2.26, Debian 13): every form of every key laid
 * over every other, and files that compose refuses.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeLaidOver } from './laid-over.ts';
import { laidOverDifferences } from './laid-over-differences.ts';
import { compareConfigs, composeConfigs, dockunitConfig } from './print-config.ts';
import { askDockunit, refusals, writeRefusal } from './refusals.ts';
import { describeHost } from '../host/host-tier.ts';
import { bootHost, type Host } from '../host/throwaway-host.ts';

describeHost('forms of keys against docker compose config on trixie', () => {
  let host: Host;
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'dockunit-laid-over-'));
    host = await bootHost({ root: 'trixie', init: 'plain', bind: directory });
  });
  afterAll(async () => {
    await host.down();
    rmSync(directory, { recursive: true });
  });

  it('merges every key as compose does, in every way', { timeout: 900_000 }, async () => {
    const cases = writeLaidOver(join(directory, 'forms'));
    const answers = await composeConfigs(host, cases);
    const unexpected: string[] = [];
    const met = new Set<object>();
    for (const [index, one] of cases.entries()) {
      const answer = answers[index];
      if (answer === undefined) throw new Error(`compose was not asked for ${one.what}`);
      const { verdict, detail } = compareConfigs(answer, await dockunitConfig(one));
      if (verdict === 'equal' || verdict === 'both-refuse') continue;
      const accepted = laidOverDifferences.find(
        ({ verdicts, cases }) => verdicts.includes(verdict) && cases.test(one.what),
      );
      if (accepted) met.add(accepted);
      else unexpected.push(`${verdict} ${one.what}: ${detail}`);
    }
    expect(unexpected).toEqual([]);
    expect(laidOverDifferences.filter((accepted) => !met.has(accepted))).toEqual([]);
  });

  it('takes and refuses what compose does', async () => {
    const asked = refusals.map((one, index) => writeRefusal(one, join(directory, 'refusals', String(index))));
    const answers = await composeConfigs(host, asked);
    const found: string[] = [];
    for (const [index, one] of asked.entries()) {
      const answer = answers[index];
      if (answer === undefined) throw new Error('compose was not asked');
      const { verdict, detail } = compareConfigs(answer, await askDockunit(one));
      const { what, verdict: expected } = refusals[index] ?? {};
      if (verdict !== expected) found.push(`${what ?? ''}: ${verdict} ${detail}`);
    }
    expect(found).toEqual([]);
  });
});
