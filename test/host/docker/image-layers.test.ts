/** What lies in layers laid over each other, as overlayfs shows it. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isInLayers } from '../../../src/host/docker/image-layers.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

/** A layer by its files: text, or `-> target` for a link. */
function layer(files: Readonly<Record<string, string>>): string {
  const top = temporaryDirectory();
  for (const [path, content] of Object.entries(files)) {
    const place = join(top, path);
    mkdirSync(dirname(place), { recursive: true });
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), place);
    else writeFileSync(place, content);
  }
  return top;
}

describe('a path in the layers of an image', () => {
  it.each([
    ['a file', [{ 'bin/sh': 'x' }], true],
    ['a file of a lower layer', [{ app: 'x' }, { 'bin/sh': 'x' }], true],
    ['nothing', [{ app: 'x' }, { 'bin/busybox': 'x' }], false],
    ['a link within a layer', [{ 'bin/sh': '-> busybox', 'bin/busybox': 'x' }], true],
    ['a link to another layer', [{ 'bin/sh': '-> /usr/bin/dash' }, { 'usr/bin/dash': 'x' }], true],
    [
      'a directory that is a link',
      [{ bin: '-> usr/bin' }, { 'usr/bin/sh': '-> dash', 'usr/bin/dash': 'x' }],
      true,
    ],
    ['a link above the root', [{ 'bin/sh': '-> ../../../usr/sh', 'usr/sh': 'x' }], true],
    ['a link to nothing', [{ 'bin/sh': '-> busybox' }], false],
    ['a link to itself', [{ 'bin/sh': '-> sh' }], false],
    ['a link out of the image', [{ 'bin/sh': '-> /../../../../bin/sh' }], false],
    ['a file in place of the directory', [{ bin: 'x' }, { 'bin/sh': 'x' }], false],
  ] as const)('%s', (_what, layers, found) => {
    expect(isInLayers(layers.map(layer), '/bin/sh')).toBe(found);
  });
});
