/** The rest of it is compared with systemd in test/e2e/load-units.test.ts. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  createUnitSources,
  fstabMountPoints,
  mountinfoMountPoints,
} from '../../../src/host/units/unit-sources.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

describe('createUnitSources', () => {
  let home: string;
  let directory: string;
  beforeEach(() => {
    home = temporaryDirectory();
    directory = join(home, 'systemd/user');
    mkdirSync(directory, { recursive: true });
  });
  const write = (name: string, text: string): void => {
    mkdirSync(join(directory, name, '..'), { recursive: true });
    writeFileSync(join(directory, name), text);
  };

  it('names only dockunit’s units', () => {
    write('ours.service', '[Service]\n\n[X-Dockunit]\nKind=container\n');
    write('theirs.service', '[Service]\n');
    expect(createUnitSources('user', { XDG_CONFIG_HOME: home }).ownNames()).toEqual(['ours.service']);
  });

  it('sees an alias created after the first look, and its drop-ins', () => {
    const sources = createUnitSources('user', { XDG_CONFIG_HOME: home });
    write('a.service', '[Service]\n');
    write('b.service.d/x.conf', '[Unit]\n');
    expect(sources.reader()('a.service').dropIns).toEqual([]);
    symlinkSync('a.service', join(directory, 'b.service'));
    expect(sources.reader()('b.service').name).toBe('a.service');
    expect(
      sources
        .reader()('a.service')
        .dropIns.map(({ path }) => path),
    ).toEqual([join(directory, 'b.service.d/x.conf')]);
  });

  it('gives up on links in a cycle', () => {
    symlinkSync('b.service', join(directory, 'a.service'));
    symlinkSync('a.service', join(directory, 'b.service'));
    expect(createUnitSources('user', { XDG_CONFIG_HOME: home }).reader()('a.service').main).toBeUndefined();
  });
});

it('reads the mount points of fstab(5) that are mounted at boot', () => {
  const text =
    '# comment\nUUID=1 / ext4 defaults 0 1\n/dev/b /srv/my\\040data ext4 rw 0 2\n/dev/c /mnt ext4 noauto\nx none swap sw\n';
  expect(fstabMountPoints(text)).toEqual(['/', '/srv/my data']);
});

it('reads the mount points of mountinfo, proc(5)', () => {
  const text =
    '22 1 8:1 / / rw - ext4 /dev/a rw\n30 22 8:2 / /srv/my\\040data rw shared:1 - ext4 /dev/b rw\n';
  expect(mountinfoMountPoints(text)).toEqual(['/', '/srv/my data']);
});
