/**
 * Bundles src/ into dist/: one entry, a chunk a lazily imported verb. Bundled because cold start is
 * a feature: resolving the packages' hundreds of files costs more than running them.
 */
import { build } from 'esbuild';
import { rm } from 'node:fs/promises';

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: ['src/cli.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  outExtension: { '.js': '.mjs' },
  // dbus-next tries a native socket for passing file descriptors, which nothing here needs.
  external: ['usocket'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
