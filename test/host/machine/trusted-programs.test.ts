/** Programs that a boot hook names: refused where others may change them. */
import { chmodSync, chownSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { HostError } from '../../../src/model/ports.ts';
import { requireTrustedPrograms } from '../../../src/host/machine/trusted-programs.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

let top: string;
const at = (...names: readonly string[]): string => join(top, ...names);
const check = (): void => {
  requireTrustedPrograms(at('node/bin/node'), at('lib/dockunit/bin/dockunit.js'));
};

beforeEach(() => {
  top = temporaryDirectory();
  for (const directory of ['node/bin', 'lib/dockunit/bin', 'lib/dockunit/dist/deep']) {
    mkdirSync(at(directory), { recursive: true, mode: 0o755 });
  }
  for (const file of ['node/bin/node', 'lib/dockunit/bin/dockunit.js', 'lib/dockunit/dist/deep/cli.cjs']) {
    writeFileSync(at(file), '', { mode: 0o755 });
  }
});

describe('programs that a boot runs', () => {
  it('are trusted where no other user may write, below a directory with the sticky bit too', () => {
    expect(check).not.toThrow();
    chmodSync(at('lib'), 0o1777);
    expect(check).not.toThrow();
  });

  it.each([
    ['node/bin/node', 0o757],
    ['node/bin', 0o777],
    ['node', 0o757],
    ['lib/dockunit', 0o757],
    ['lib/dockunit/bin/dockunit.js', 0o666],
    ['lib/dockunit/dist/deep', 0o777],
    ['lib/dockunit/dist/deep/cli.cjs', 0o646],
  ])('are refused where %s has mode %o, with a remedy', (path, mode) => {
    chmodSync(at(path), mode);
    expect(check).toThrow(HostError);
    expect(check).toThrow(`${at(path)} (mode ${mode.toString(8)})`);
    try {
      check();
    } catch (error) {
      expect((error as HostError).remedy).toContain(`chmod go-w ${at(path)}`);
    }
  });

  it('are the targets of links', () => {
    renameSync(at('lib/dockunit/dist'), at('dist'));
    symlinkSync(at('dist'), at('lib/dockunit/dist'));
    expect(check).not.toThrow();
    chmodSync(at('dist'), 0o777);
    expect(check).toThrow(`${at('dist')} (mode 777)`);
    chmodSync(at('dist'), 0o755);
    chmodSync(at('dist/deep/cli.cjs'), 0o666);
    expect(check).toThrow(`${at('dist/deep/cli.cjs')} (mode 666)`);
  });

  it.runIf(process.geteuid?.() === 0)('are refused where another user or group owns them', () => {
    chownSync(at('node'), 12345, 0);
    expect(check).toThrow(`${at('node')} (it belongs to user 12345)`);
    chownSync(at('node'), 0, 12345);
    expect(check).not.toThrow();
    chmodSync(at('node'), 0o775);
    expect(check).toThrow(`${at('node')} (mode 775)`);
    chownSync(at('node'), 0, 0);
    expect(check).not.toThrow();
  });
});
