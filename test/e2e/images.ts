import { readFile } from 'node:fs/promises';
import type { Host } from './throwaway-host.ts';

/** Images made of Debian's own binaries; what each does stands in image-recipes.sh. */
export type TestImage = 'busybox' | 'bare' | 'sqlite' | 'app';

/** The healthcheck of a service of image `app`: good once it came to its step `healthy`. */
export const appHealthTest = ['CMD', 'test', '-e', '/tmp/healthy'] as const;

/**
 * Make images in the host's Docker, in a tenth of a second each and safe from a power cut.
 * Gives their references, in the order asked for: `busybox:test`, …
 */
export async function makeImages(host: Host, ...images: readonly TestImage[]): Promise<string[]> {
  const recipes = await readFile(new URL('image-recipes.sh', import.meta.url));
  const { exitCode, stdout, stderr } = await host.exec(['sh', '-s', ...images], { input: recipes });
  if (exitCode !== 0)
    throw new Error(`host ${host.name}: no images ${images.join(', ')}: ${stdout}${stderr}`);
  return images.map((image) => `${image}:test`);
}
