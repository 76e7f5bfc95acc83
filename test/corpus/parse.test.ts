/** The YAML of every file of the corpus, as a second library reads it. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { outlinesOf, outlinesOfSecondReader } from '../spec/second-reader.ts';
import { corpus, describeCorpus } from './corpus-tier.ts';

describeCorpus('the corpus and a second reader of YAML', () => {
  it('find the same nodes in the same places, or both an error', () => {
    const files = readdirSync(corpus, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.ya?ml$/.test(file),
    );
    expect(files.length).toBeGreaterThan(500);
    for (const file of files) {
      // Of a last line without a break the second reader makes one with it.
      const text = `${readFileSync(join(corpus, file), 'utf8').trimEnd()}\n`;
      expect(outlinesOf(text), file).toEqual(outlinesOfSecondReader(text));
    }
  });
});
