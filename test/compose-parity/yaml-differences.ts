/** Where dockunit and docker compose (2.26) are let differ on random YAML, and why. */
import type { CaseDifference } from './compare-cases.ts';

export const yamlDifferences: readonly CaseDifference[] = [
  {
    reason: 'a document without anything says nothing, as one of comments alone; compose wants a map in each',
    verdicts: ['only-compose-refuses'],
    details: /Top-level object must be a mapping/,
  },
  {
    reason: 'compose holds the file against a schema by way of JSON, which has no such numbers',
    verdicts: ['only-compose-refuses'],
    details: /json: unsupported value: (?:NaN|[+-]Inf)/,
  },
  {
    reason: 'compose takes an alias for one within its own anchor where both name the same key or item',
    verdicts: ['only-compose-refuses'],
    details: /cycle detected: node at path/,
  },
  {
    reason: 'compose 2.26 crashes where `!reset` stands before the whole file',
    verdicts: ['only-compose-refuses'],
    details: /main\.go/,
  },
];
