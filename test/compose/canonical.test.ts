/**
 * The canonical form: fixtures with what `docker compose config` (2.26) prints for them, and that it
 * says the same when it is read again.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Document, parse } from 'yaml';
import { canonicalSpecification } from '../../src/compose/canonical.ts';
import { writeYaml } from '../../src/compose/yaml/write-yaml.ts';
import { Findings } from '../../src/compose/findings.ts';
import { loadText, readOther } from './load-text.ts';
import type { Surroundings } from './load-text.ts';

interface Case extends Surroundings {
  readonly what: string;
  readonly files: Readonly<Record<string, string>>;
  readonly config: unknown;
}

const fixture = new URL('../fixtures/config/canonical.yaml', import.meta.url);
const cases = parse(readFileSync(fixture, 'utf8')) as readonly Case[];

function canonical(files: Case['files'], surroundings: Surroundings): unknown {
  const findings = new Findings();
  const { specification, diagnostics } = loadText(files, surroundings);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  if (specification === undefined) throw new Error('nothing was read');
  const config = canonicalSpecification(specification, readOther(surroundings.others), findings);
  expect(findings.all).toEqual([]);
  return config;
}

describe('the canonical form', () => {
  for (const one of cases) {
    it(one.what, () => {
      const config = canonical(one.files, one);
      expect(config).toEqual(one.config);
      // In this order too.
      expect(JSON.stringify(config)).toBe(JSON.stringify(one.config));
    });

    it(`${one.what}: reads as itself`, () => {
      const config = canonical(one.files, one);
      const again = canonical(
        { 'compose.yaml': writeYaml(new Document(config), {}).replaceAll('$', '$$$$') },
        {},
      );
      expect(again).toEqual(config);
    });
  }
});
