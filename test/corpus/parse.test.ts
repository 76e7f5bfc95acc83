/** The YAML of every file of the corpus, as a second library reads it. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { outlinesOf, outlinesOfSecondReader } from '../compose/second-reader.ts';
import { corpusFiles, describeCorpus } from './corpus-tier.ts';

describeCorpus('the corpus and a second reader of YAML', () => {
  it('find the same nodes in the same places, or both an error', () => {
    const files = corpusFiles();
    expect(files.length).toBeGreaterThan(500);
    for (const file of files) {
      // Of a last line without a break the second reader makes one with it.
      const text = `${readFileSync(file, 'utf8').trimEnd()}\n`;
      expect(outlinesOf(text), file).toEqual(outlinesOfSecondReader(text));
    }
  });
});
