/** What dockunit takes and refuses; that compose does the same, test/compose-parity/every-form.test.ts asks it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askDockunit, refusals, writeRefusal } from '../compose-parity/refusals.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'dockunit-refusals-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('dockunit', () => {
  for (const [index, refusal] of refusals.entries()) {
    const refuses = refusal.verdict === 'both-refuse' || refusal.verdict === 'only-dockunit-refuses';
    it(`${refuses ? 'refuses' : 'takes'} ${refusal.what}`, async () => {
      const asked = writeRefusal(refusal, join(directory, String(index)));
      const { ok, err } = await askDockunit(asked);
      expect(ok, err).toBe(!refuses);
    });
  }
});
