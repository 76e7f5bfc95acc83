/**
 * Every file of the corpus: what docker compose makes of it, and what the units make of it.
 * DOCKUNIT_COMPOSE_FILES narrows it to files whose names match; DOCKUNIT_COMPOSE_REPORT names the
 * file for the whole report.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeCorpus } from '../corpus/corpus-tier.ts';
import { describeHost } from '../e2e/host-tier.ts';
import { compareCorpus } from './compare-corpus.ts';
import { copyCorpus } from './corpus.ts';
import { detail, explain, summarise } from './report.ts';

describeCorpus(
  'the corpus against docker compose on trixie',
  () => {
    it('makes no file other containers than docker compose', { timeout: 3_600_000 }, async () => {
      using corpus = copyCorpus();
      const wanted = new RegExp(process.env['DOCKUNIT_COMPOSE_FILES'] ?? '');
      const verdicts = await compareCorpus(
        corpus,
        corpus.files.filter((file) => wanted.test(file)),
      );
      const report = process.env['DOCKUNIT_COMPOSE_REPORT'] ?? join(tmpdir(), 'dockunit-compose-report.txt');
      const text = [summarise(verdicts), explain(), detail(verdicts)]
        .join('\n')
        .replaceAll(corpus.directory, '$CORPUS');
      writeFileSync(report, text);
      console.info(`${summarise(verdicts)}\nwhole report: ${report}`);
      expect(verdicts.filter(({ verdict }) => verdict === 'different').map(({ file }) => file)).toEqual([]);
    });
  },
  describeHost,
);
