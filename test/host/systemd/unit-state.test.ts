import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unitOfPath, unitPath, unitState } from '../../../src/host/systemd/unit-state.ts';

describe('object paths of units', () => {
  it.each([
    ['docker.service', '/org/freedesktop/systemd1/unit/docker_2eservice'],
    ['shop-web.service', '/org/freedesktop/systemd1/unit/shop_2dweb_2eservice'],
    ['3proxy.service', '/org/freedesktop/systemd1/unit/_33proxy_2eservice'],
    ['dev-sd\\x2da.mount', '/org/freedesktop/systemd1/unit/dev_2dsd_5cx2da_2emount'],
    ['', '/org/freedesktop/systemd1/unit/_'],
  ])('%s', (name, path) => {
    expect(unitPath(name)).toBe(path);
    expect(unitOfPath(path)).toBe(name);
  });

  it('round trip, and only characters an object path may have', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const path = unitPath(name);
        expect(path).toMatch(/^\/org\/freedesktop\/systemd1\/unit\/[A-Za-z0-9_]+$/);
        expect(unitOfPath(path)).toBe(name);
      }),
    );
  });

  it('a path of something else is no unit', () => {
    expect(unitOfPath('/org/freedesktop/systemd1/job/17')).toBeUndefined();
  });
});

describe('unitState', () => {
  const times = {
    ActiveEnterTimestamp: 1_700_000_001_000_999n,
    ActiveExitTimestamp: 1_700_000_002_000_000n,
    InactiveEnterTimestamp: 1_700_000_003_000_000n,
    InactiveExitTimestamp: 1_700_000_004_000_000n,
  };

  it.each([
    ['active', 1_700_000_001_000],
    ['reloading', 1_700_000_001_000],
    ['refreshing', 1_700_000_001_000],
    ['deactivating', 1_700_000_002_000],
    ['inactive', 1_700_000_003_000],
    ['failed', 1_700_000_003_000],
    ['activating', 1_700_000_004_000],
  ])('reads the moment %s began, in milliseconds', (state, since) => {
    expect(unitState('a.service', { ...times, ActiveState: state }, {}).since).toBe(since);
  });

  it('has an exit status only where the main process has ended', () => {
    expect(unitState('a.service', {}, { ExecMainCode: 0, ExecMainStatus: 0 })).not.toHaveProperty(
      'exitStatus',
    );
    expect(unitState('a.service', {}, { ExecMainCode: 1, ExecMainStatus: 7 }).exitStatus).toBe(7);
  });

  it('is not-found where systemd has no properties', () => {
    expect(unitState('a.service', {}, {})).toEqual({
      name: 'a.service',
      loadState: 'not-found',
      activeState: 'inactive',
      subState: '',
      unitFileState: '',
      result: '',
      restarts: 0,
      since: 0,
      fragmentPath: '',
    });
  });
});
