import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

/** A program of this folder and all it imports as one ES module, to be run by node within a host. */
export async function bundle(file: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(file, import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    loader: { '.sh': 'text' },
    // dbus-next asks for them where an address calls for file descriptors, or X11; ours never does.
    external: ['usocket', 'x11'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  const [output] = outputFiles;
  if (!output) throw new Error(`esbuild gave no bundle of ${file}`);
  return output.contents;
}
