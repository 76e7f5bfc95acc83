import { expect, it } from 'vitest';
import { installedUnits } from '../../src/session/installed-units.ts';
import { shopFiles, shopUnits } from '../commands/shop.ts';

it('a foreign unit that systemd reads with a warning, or not at all, prevents no verb', () => {
  const foreign = ['/bin/sh -c "grep \'\\d\' x"', '/bin/sh -c "never closed'].map((command, index) => ({
    name: `foreign${String(index)}.service`,
    path: `/etc/systemd/system/foreign${String(index)}.service`,
    text: `[Service]\nExecStart=${command}\n`,
  }));
  expect(installedUnits([...foreign, ...shopFiles])).toEqual(shopUnits);
});
