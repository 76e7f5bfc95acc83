/** Directories that no one else may write to: how dockunit makes them, and what it takes for its own. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { finishSections } from '../../../src/units/recovery-unit.ts';
import { ensureOwnDirectory, requireOwn, requireOwnUpTo } from '../../../src/host/machine/own-directory.ts';
import { finishCutOff, isCutOff } from '../../../src/host/revisions/replace.ts';
import { appliedStates, writeRecord } from '../../../src/host/revisions/store.ts';
import { machine, onMachine } from '../../../src/host/machine/machine.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

const umask = process.umask();
afterEach(() => {
  process.umask(umask);
});

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

describe('a directory that dockunit creates', () => {
  it.each(['000', '002', '022', '077'])('has its mode under umask %s, and so have its parents', (mask) => {
    const top = temporaryDirectory();
    process.umask(parseInt(mask, 8));
    ensureOwnDirectory(join(top, 'state', 'applied', 'shop'), 0o700);
    ensureOwnDirectory(join(top, 'units', 'sysinit.target.wants'), 0o755);
    const modes = ['state', 'state/applied', 'state/applied/shop', 'units', 'units/sysinit.target.wants'];
    expect(modes.map((path) => modeOf(join(top, path)))).toEqual(['700', '700', '700', '755', '755']);
  });

  it('keeps its mode', () => {
    const top = temporaryDirectory();
    mkdirSync(join(top, 'log'));
    chmodSync(join(top, 'log'), 0o755);
    ensureOwnDirectory(join(top, 'log'), 0o750);
    expect(modeOf(join(top, 'log'))).toBe('755');
  });
});

describe('files that decide what root does', () => {
  it.each(['777', '775', '757'])('are not read from a directory of mode %s', (mode) => {
    const top = temporaryDirectory();
    mkdirSync(join(top, 'state', 'applied'), { recursive: true });
    chmodSync(join(top, 'state'), mode);
    const reason = `Cannot trust ${join(top, 'state')}: other users may write to it (mode ${mode})`;
    expect(() => {
      requireOwnUpTo(join(top, 'state'), join(top, 'state', 'applied'));
    }).toThrow(reason);
  });

  it('are not read from a directory of another user', async () => {
    const directory = join(temporaryDirectory(), 'state');
    mkdirSync(directory);
    const owner = process.geteuid?.() || 12_345;
    if (process.geteuid?.() === 0) chownSync(directory, owner, owner);
    await onMachine({ ...machine(), uid: owner + 1 }, () => {
      expect(() => {
        requireOwn(directory);
      }).toThrow(`Cannot trust ${directory}: it belongs to user ${String(owner)}`);
      return Promise.resolve();
    });
  });

  it('may be behind a link, if no other user may write to its target', () => {
    const top = temporaryDirectory();
    mkdirSync(join(top, 'disk'));
    symlinkSync(join(top, 'disk'), join(top, 'state'));
    requireOwn(join(top, 'state'));
    chmodSync(join(top, 'disk'), 0o777);
    expect(() => {
      requireOwn(join(top, 'state'));
    }).toThrow(`Cannot trust ${join(top, 'disk')}`);
  });
});

describe('the marker of an interrupted change', () => {
  const setUp = (): { readonly state: string; readonly units: string; readonly record: string } => {
    const top = temporaryDirectory();
    const [state, units] = [join(top, 'state'), join(top, 'units')];
    mkdirSync(units);
    const files = [{ name: 'web.service', mode: 0o644, content: 'evil\n' }];
    const about = { project: 'shop', directory: units, verb: 'apply', time: 0, who: 'root' } as const;
    const record = writeRecord(state, { ...about, changes: [], files, remove: [], start: [] });
    return { state, units, record };
  };
  const mark = (state: string, record: string): void => {
    writeFileSync(join(state, 'pending'), `${record}\n`, { mode: 0o600 });
  };

  it('is followed where it names a record of the state directory', () => {
    const { state, units, record } = setUp();
    mark(state, record);
    expect(finishCutOff(state, 'system')?.manifest.project).toBe('shop');
    expect(modeOf(join(units, 'web.service'))).toBe('644');
  });

  it('is refused where the record is elsewhere, however its path is spelled', () => {
    const { state } = setUp();
    const elsewhere = setUp();
    const paths = [
      elsewhere.record,
      join(state, 'applied/shop/1/../../../..', 'x', '1'),
      `${state}/applied/../1`,
      '',
    ];
    for (const path of paths) {
      mark(state, path);
      expect(() => isCutOff(state)).toThrow(/^Cannot trust .*pending: it names/);
    }
  });

  it('is refused where other users could have written it, or the record', () => {
    const { state, record } = setUp();
    mark(state, record);
    for (const path of [state, join(state, 'applied'), join(record, '..'), record, join(state, 'pending')]) {
      const before = statSync(path).mode & 0o777;
      chmodSync(path, 0o777);
      expect(() => finishCutOff(state, 'system')).toThrow(`Cannot trust`);
      chmodSync(path, before);
    }
    expect(finishCutOff(state, 'system')).toBeDefined();
  });

  it('is refused by the unit of the next boot in the same cases', () => {
    const { state, units, record } = setUp();
    const web = join(units, 'web.service');
    const boot = (): { readonly status: number | null; readonly stderr: string } => {
      const command = finishSections('system', state, units).flatMap(({ directives }) =>
        directives.flatMap(({ value }) => (value.kind === 'exec' ? value.command.argv.map(String) : [])),
      );
      const programs = join(state, '..', 'bin');
      mkdirSync(programs, { recursive: true });
      writeFileSync(join(programs, 'systemctl'), '#!/bin/sh\n', { mode: 0o755 });
      const [program = '', ...argv] = command;
      const env = { PATH: `${programs}:/usr/bin:/bin` };
      return spawnSync(program, argv, { encoding: 'utf8', env });
    };
    for (const path of [state, join(state, 'applied'), join(record, '..'), record, join(state, 'pending')]) {
      mark(state, record);
      const before = statSync(path).mode & 0o777;
      chmodSync(path, 0o777);
      expect(boot()).toMatchObject({
        status: 1,
        stderr: expect.stringContaining(`cannot trust ${state}`) as string,
      });
      chmodSync(path, before);
    }
    for (const elsewhere of [setUp().record, `${state}/applied/shop/../../../x`, '/nowhere', '']) {
      mark(state, elsewhere);
      expect(boot().status).toBe(1);
    }
    expect(existsSync(web)).toBe(false);
    mark(state, record);
    expect(boot().status).toBe(0);
    expect(existsSync(web)).toBe(true);
  });

  it('so are the states to roll back to', () => {
    const { state } = setUp();
    chmodSync(join(state, 'applied', 'shop'), 0o775);
    expect(() => appliedStates(state, 'shop')).toThrow('Cannot trust');
  });
});
