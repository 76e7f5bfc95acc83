import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { sharedLibraryVersion } from '../../../src/host/systemd/detect.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

describe('sharedLibraryVersion', () => {
  let directory: string;
  beforeEach(() => {
    directory = temporaryDirectory();
  });

  it.each([
    { names: ['libsystemd-core-252.so', 'libsystemd-shared-252.so'], version: 252 },
    { names: ['libsystemd-shared-257.13-1~deb13u1.so'], version: 257 },
    { names: ['libsystemd-shared-255.fc40.so', 'systemd', 'systemd-udevd'], version: 255 },
    { names: ['libsystemd-shared-249.so', 'libsystemd-shared-252.so'], version: undefined },
    { names: ['libsystemd-core-252.so', 'libsystemd-shared-252.so.dpkg-new'], version: undefined },
    { names: [], version: undefined },
  ])('$names → $version', ({ names, version }) => {
    for (const name of names) writeFileSync(join(directory, name), '');
    expect(sharedLibraryVersion([join(directory, 'missing'), directory])).toBe(version);
  });
});
