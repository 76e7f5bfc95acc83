/**
 * Bundles src/ into dist/: one entry, a chunk a lazily imported verb. Bundled because cold start is
 * a feature: resolving the packages' hundreds of files costs more than running them.
 */
import { build } from 'esbuild';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

const { metafile } = await build({
  entryPoints: ['src/cli.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  metafile: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  outExtension: { '.js': '.mjs' },
  // dbus-next looks for a native socket that passes file descriptors, and for an X11 session's bus;
  // nothing here needs either, and it does without where they are missing.
  external: ['usocket', 'x11'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

// Old chunks go last, so that a program that runs meanwhile finds its own.
await mkdir('dist', { recursive: true });
const written = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
for (const name of await readdir('dist')) if (!written.has(name)) await rm(join('dist', name), { recursive: true });
