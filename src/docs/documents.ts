/**
 * The pages that are made of the tables, by their path in the project. `npm run docs` writes them,
 * and a test holds them against the tables.
 */
import { composeReference } from './compose-reference.ts';
import { manPage } from './man-page.ts';

export const documents: Readonly<Record<string, () => string>> = {
  'docs/dockunit.1': manPage,
  'docs/compose.md': composeReference,
};
