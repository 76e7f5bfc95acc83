/**
 * `dockunit config` against `docker compose config` (2.26, Debian 13) over the corpus: what both print
 * must say the same, or stand in test/compose-parity/config-differences.ts; and over a sample of random YAML. Files for
 * variables that their authors did not publish are empty ones for both. DOCKUNIT_CONFIG_REPORT names
 * the file for the whole report.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { acceptedDifferences, type ConfigVerdict } from '../compose-parity/config-differences.ts';
import { compareCases } from '../compose-parity/compare-cases.ts';
import { copyCorpus, type CorpusCopy } from '../compose-parity/corpus.ts';
import type { Asked, Comparison, Printed } from '../compose-parity/print-config.ts';
import { compareConfigs, composeConfigs, dockunitConfig } from '../compose-parity/print-config.ts';
import { writeEncodings, writeYamlTexts } from '../compose-parity/yaml-cases.ts';
import { yamlDifferences } from '../compose-parity/yaml-differences.ts';
import { describeCorpus } from '../corpus/corpus-tier.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { describeHost } from './host-tier.ts';
import { bootHost, type Host } from './throwaway-host.ts';

interface Compared extends Comparison {
  readonly file: string;
}

const everyProfile = ['*'];

describeCorpus(
  'dockunit config against docker compose config on trixie',
  () => {
    let host: Host;
    let corpus: CorpusCopy;
    beforeAll(async () => {
      corpus = copyCorpus();
      host = await bootHost({ root: 'trixie', init: 'plain', bind: corpus.directory });
    });
    afterAll(async () => {
      await host.down();
      corpus[Symbol.dispose]();
    });

    it.each([
      { what: 'without profiles', profiles: [], accepted: acceptedDifferences },
      {
        what: 'with every profile',
        profiles: everyProfile,
        accepted: acceptedDifferences.filter(({ inactive }) => inactive !== true),
      },
    ])('says the same of every file, $what', { timeout: 600_000 }, async ({ what, profiles, accepted }) => {
      const compared = await compareAll(host, corpus, profiles);
      report(what, compared);
      const others = compared.filter(({ verdict }) => verdict !== 'equal' && verdict !== 'both-refuse');
      const found = others.map(({ file, verdict }) => `${verdict} ${file}`).sort();
      const expected = accepted
        .flatMap(({ verdict, files }) => files.map((file) => `${verdict} ${file}`))
        .sort();
      expect(found, others.map(({ file, detail }) => `${file}: ${detail}`).join('\n')).toEqual(expected);
    });
  },
  describeHost,
);

async function compareAll(host: Host, corpus: CorpusCopy, profiles: readonly string[]): Promise<Compared[]> {
  const answers = await answersOf(host, corpus, profiles);
  const compared: Compared[] = [];
  for (const [file, compose] of answers) {
    const ours = await dockunitConfig(askedFor(corpus, file, profiles));
    compared.push({ file, ...compareConfigs(compose, ours) });
  }
  return compared;
}

function askedFor(corpus: CorpusCopy, file: string, profiles: readonly string[]): Asked {
  const path = join(corpus.directory, file);
  return { directory: dirname(path), files: [basename(path)], profiles };
}

/** What docker compose prints; where it misses files of variables, empty ones are given to both. */
async function answersOf(
  host: Host,
  corpus: CorpusCopy,
  profiles: readonly string[],
): Promise<ReadonlyMap<string, Printed>> {
  const answers = new Map<string, Printed>();
  for (let left = corpus.files; left.length > 0;) {
    const printed = await composeConfigs(
      host,
      left.map((file) => askedFor(corpus, file, profiles)),
    );
    left.forEach((file, index) => {
      const answer = printed[index];
      if (answer) answers.set(file, answer);
    });
    left = left.filter((file) => addMissing(corpus, answers.get(file)));
  }
  return answers;
}

/** Whether there is a file now that was missing: another file of the corpus may have got it the same. */
function addMissing(corpus: CorpusCopy, answer: Printed | undefined): boolean {
  const missing = /env file (\S+) not found|open (\S*env\S*): no such file/.exec(answer?.err ?? '');
  const path = missing?.[1] ?? missing?.[2];
  if (answer?.ok !== false || path === undefined || /\.ya?ml$/.test(path)) return false;
  return corpus.addEmptyFile(path) || existsSync(path);
}

function report(what: string, compared: readonly Compared[]): void {
  const order = [
    'equal',
    'different',
    'only-dockunit-refuses',
    'only-compose-refuses',
    'both-refuse',
  ] as const;
  const of = (verdict: ConfigVerdict) => compared.filter((one) => one.verdict === verdict);
  const summary = `config of ${compared.length} files ${what}: ${order.map((verdict) => `${verdict} ${of(verdict).length}`).join(', ')}`;
  const details = order.flatMap((verdict) =>
    of(verdict).map(({ file, detail }) => `${verdict} ${file} ${detail}\n`),
  );
  const path = process.env['DOCKUNIT_CONFIG_REPORT'] ?? join(tmpdir(), 'dockunit-config-report');
  const file = `${path}-${what.replaceAll(' ', '-')}.txt`;
  writeFileSync(file, `${summary}\n\n${details.join('')}`);
  console.info(`${summary}\nwhole report: ${file}`);
}

describeHost('YAML against docker compose config on trixie', () => {
  it('is read and refused alike: a sample of what the compose tests compare', async () => {
    const directory = temporaryDirectory();
    const host = await bootHost({ root: 'trixie', init: 'plain', bind: directory });
    try {
      const cases = [...writeYamlTexts(1, 120, directory), ...writeEncodings(directory)];
      const { counts, unexpected } = await compareCases(host, cases, yamlDifferences);
      console.info(`texts of the seeds 1 to 120, and encodings: ${counts}`);
      expect(unexpected).toEqual([]);
    } finally {
      await host.down();
    }
  });
});
