/**
 * Random YAML, and every encoding, as `docker compose config` (2.26, Debian 13) and `dockunit config` read it.
 * DOCKUNIT_YAML_SEED and DOCKUNIT_YAML_TEXTS say which texts, and how many.
 */
import { expect, it } from 'vitest';
import { describeHost } from '../e2e/host-tier.ts';
import { bootHost } from '../e2e/throwaway-host.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { compareCases } from './compare-cases.ts';
import { writeEncodings, writeYamlTexts } from './yaml-cases.ts';
import { yamlDifferences } from './yaml-differences.ts';

const first = Number(process.env['DOCKUNIT_YAML_SEED'] ?? 1);
const count = Number(process.env['DOCKUNIT_YAML_TEXTS'] ?? 5_000);

describeHost('YAML against docker compose config on trixie', () => {
  it('is read and refused alike', { timeout: 1_800_000 }, async () => {
    const directory = temporaryDirectory();
    const host = await bootHost({ root: 'trixie', init: 'plain', bind: directory });
    try {
      const cases = [...writeYamlTexts(first, count, directory), ...writeEncodings(directory)];
      const { counts, unexpected, unmet } = await compareCases(host, cases, yamlDifferences);
      console.info(`${String(count)} texts from seed ${String(first)}, and encodings: ${counts}`);
      expect(unexpected).toEqual([]);
      expect(unmet).toEqual([]);
    } finally {
      await host.down();
    }
  });
});
