/**
 * Bundles src/ into dist/cli.cjs, again into dist/generate.cjs, which has that verb alone, and the packages
 * that only some verbs need into files beside them.
 * Bundled because cold start is a feature: resolving hundreds of files costs more than running them.
 * CommonJS because V8 can keep the compiled code of such a script (bin/dockunit.js), and because
 * Node's loader of ES modules alone would cost a tenth of a cold start.
 */
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { licencesOf } from './licences.mjs';

/** What `generate` does without, as it is imported: each a file of its own, loaded when first asked for. */
const later = { 'dbus-next/lib/connection.js': 'dbus-next', execa: 'execa' };

const beside = {
  name: 'packages-beside',
  setup({ onResolve }) {
    onResolve({ filter: /^[^.]/ }, ({ path, kind }) =>
      kind !== 'entry-point' && Object.hasOwn(later, path)
        ? { path: `../dist/${later[path]}.cjs`, external: true }
        : undefined,
    );
  },
};

/** `?raw`: the text of a file, as Vite and so the tests understand it. */
const rawText = {
  name: 'raw-text',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /\?raw$/ }, ({ path, resolveDir }) => ({
      // It is written into the program: the same there wherever that is built.
      path: relative('.', join(resolveDir, path.replace(/\?raw$/, ''))),
      namespace: 'raw-text',
    }));
    onLoad({ filter: /./, namespace: 'raw-text' }, async ({ path }) => ({
      contents: await readFile(path, 'utf8'),
      loader: 'text',
    }));
  },
};

/**
 * Large modules of Node's, and what the program uses of them: loaded when it is first called. Nearly every verb
 * imports them, few come to use them, and child_process takes 5 ms to load, crypto 8, where Node was built without
 * compiled builtins, as Debian's is.
 */
const whenUsed = {
  'node:child_process': ['spawn', 'spawnSync'],
  'node:crypto': ['createHash', 'randomBytes'],
};

/** Not every path with `src` in it: the project may lie in a folder of that name, with packages that use more. */
const usesFew = (importer) =>
  relative('.', importer).startsWith('src/') || importer.includes('/node_modules/commander/');

const loadedWhenUsed = {
  name: 'loaded-when-used',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, importer }) =>
      Object.hasOwn(whenUsed, path) && usesFew(importer) ? { path, namespace: 'when-used' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'when-used' }, ({ path }) => ({
      contents: whenUsed[path]
        .map((name) => `export const ${name} = (...words) => require('${path}').${name}(...words);`)
        .join('\n'),
    }));
  },
};

/** More than half of the program is for other verbs: `generate` neither reads that nor has V8 revive its code. */
const generateAlone = {
  name: 'generate-alone',
  setup({ onResolve }) {
    onResolve({ filter: /\/load-verb\.ts$/ }, ({ resolveDir }) => ({
      path: join(resolveDir, 'load-generate.ts'),
    }));
  },
};

const options = {
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // Names stay, for the stack trace of a fault that is reported.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // A script, unlike a module, has no import(): what is imported later becomes a later require().
  supported: { 'dynamic-import': false },
  // dbus-next looks for a native socket that passes file descriptors, and for an X11 session's bus;
  // nothing here needs either, and it does without where they are missing.
  external: ['usocket', 'x11'],
  // Node prints the line a fault is in, which must not be the whole program.
  lineLimit: 120,
  // The same code as for Node, as ES modules: of those only what writes YAML comes along.
  alias: { yaml: './node_modules/yaml/browser/dist/index.js' },
  write: false,
  metafile: true,
  logLevel: 'warning',
};
const packages = Object.fromEntries(Object.entries(later).map(([path, name]) => [name, path]));
const plugins = [beside, rawText, loadedWhenUsed];
const built = await Promise.all([
  build({ ...options, plugins, entryPoints: { cli: 'src/cli.ts', ...packages } }),
  build({ ...options, plugins: [...plugins, generateAlone], entryPoints: { generate: 'src/cli.ts' } }),
]);
const outputFiles = built.flatMap(({ outputFiles }) => outputFiles);
const programs = ['cli.cjs', 'generate.cjs'];

await mkdir('dist', { recursive: true });
for (const { path, text } of outputFiles) {
  // By rename, so that a program that starts meanwhile finds the old file or the new one.
  await writeFile(`${path}.new`, programs.includes(basename(path)) ? asScript(text) : text);
  await rename(`${path}.new`, path);
}
// What the generator's kept units were compiled by: less to read than the program.
const [{ text: whole }] = outputFiles.filter(({ path }) => basename(path) === 'cli.cjs');
await writeFile('dist/build-id', `${hashOf(whole)}\n`);
await writeFile(
  'dist/licences.txt',
  await licencesOf(built.flatMap(({ metafile }) => Object.keys(metafile.inputs))),
);
const written = new Set([...outputFiles.map(({ path }) => basename(path)), 'build-id', 'licences.txt']);
for (const name of await readdir('dist'))
  if (!written.has(name)) await rm(join('dist', name), { recursive: true });

// The first run of a program keeps its compiled code, of what that run needed.
const examples = ['sqlite', 'todo'].flatMap((name) => ['-f', `examples/${name}/compose.yaml`]);
for (const verb of ['generate', 'graph'])
  execFileSync(process.execPath, ['bin/dockunit.js', verb, ...examples]);

/** The program as the function that bin/dockunit.js calls, and at the end what tells this build from others. */
function asScript(text) {
  return `(function(exports,require,module){${text}\n})//${hashOf(text)}`;
}

function hashOf(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
