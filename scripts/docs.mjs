/**
 * Writes the pages that are made of the tables: docs/dockunit.1 and docs/compose.md.
 */
import { build } from 'esbuild';
import { writeFile } from 'node:fs/promises';
import { URL, fileURLToPath } from 'node:url';

/** The table of verbs loads its verbs when they run, which here none does. */
const withoutVerbs = {
  name: 'without-verbs',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};

const root = fileURLToPath(new URL('..', import.meta.url));
const outfile = `${root}node_modules/.cache/dockunit/documents.mjs`;
await build({
  entryPoints: [`${root}src/docs/documents.ts`],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  plugins: [withoutVerbs],
  logLevel: 'warning',
});
const { documents } = await import(outfile);
for (const [path, make] of Object.entries(documents)) await writeFile(`${root}${path}`, make());
