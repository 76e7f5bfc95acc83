/**
 * Writes the pages that are made of the tables: docs/dockunit.1 and docs/compose.md.
 */
import { build } from 'esbuild';
import { writeFile } from 'node:fs/promises';
import { URL, fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const outfile = `${root}node_modules/.cache/dockunit/documents.mjs`;
await build({
  entryPoints: [`${root}src/docs/documents.ts`],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  logLevel: 'warning',
});
const { documents } = await import(outfile);
for (const [path, make] of Object.entries(documents)) await writeFile(`${root}${path}`, make());
