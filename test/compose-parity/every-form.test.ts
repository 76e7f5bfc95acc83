/**
 * `dockunit config` against `docker compose config` (2.26, Debian 13): every form of every key laid
 * over every other and emptied part by part, and files that compose refuses.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CaseReport, compareCases } from './compare-cases.ts';
import { emptied, writeEmptied } from './emptied.ts';
import { emptiedDifferences } from './emptied-differences.ts';
import { writeLaidOver } from './laid-over.ts';
import { laidOverDifferences } from './laid-over-differences.ts';
import { compareConfigs, composeConfigs } from './print-config.ts';
import { askDockunit, refusals, writeRefusal } from './refusals.ts';
import { describeHost } from '../e2e/host-tier.ts';
import { bootHost, type Host } from '../e2e/throwaway-host.ts';

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
    expectAccepted(await compareCases(host, cases, laidOverDifferences));
  });

  it('takes every key that is emptied as compose does', { timeout: 900_000 }, async () => {
    const cases = writeEmptied(emptied(), join(directory, 'emptied'));
    expectAccepted(await compareCases(host, cases, emptiedDifferences));
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

function expectAccepted({ counts, unexpected, unmet }: CaseReport): void {
  console.info(counts);
  expect(unexpected).toEqual([]);
  expect(unmet).toEqual([]);
}
