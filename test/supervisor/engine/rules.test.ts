/** systemd's rules, one case each; the cases and what must come of them stand in the fixtures. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCases, runCase } from './rule-case.ts';

const directory = new URL('../../fixtures/engine/', import.meta.url);

for (const file of readdirSync(directory).sort()) {
  describe(file, () => {
    for (const ruleCase of parseCases(readFileSync(new URL(file, directory), 'utf8'))) {
      it(ruleCase.title, () => {
        const { expected, seen } = runCase(ruleCase);
        expect(expected.length, 'a case that expects nothing proves nothing').toBeGreaterThan(0);
        expect(seen).toEqual(expected);
      });
    }
  });
}
