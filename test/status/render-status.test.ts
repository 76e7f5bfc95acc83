import { expect, test } from 'vitest';
import { renderTable, renderUnit } from '../../src/status/render-status.ts';
import type { ServiceStatus } from '../../src/status/status.ts';
import { plainStyle } from '../../src/ui/style.ts';

const service = (unit: string, name: string | null): ServiceStatus =>
  ({
    service: name,
    project: 'shop',
    unit,
    unitFile: `/etc/systemd/system/${unit}`,
    dropIns: [],
    state: 'running',
    activeState: 'active',
    subState: 'running',
    result: 'success',
    exitStatus: null,
    since: 0,
    restarts: 0,
    restartAt: null,
    waitsFor: [],
    enabled: true,
    unitFileState: 'enabled',
    container: null,
    image: null,
    pin: null,
    health: null,
    ports: [],
    mismatch: null,
    gone: [],
    dependencies: [],
  }) as unknown as ServiceStatus;

test('the containers of one service are distinguished', () => {
  const lines = renderTable(
    [
      service('shop-web@1.service', 'web'),
      service('shop-web@2.service', 'web'),
      service('shop-db.service', 'db'),
    ],
    {
      now: 1,
      style: plainStyle,
      reload: 'dockunit reload',
      start: 'dockunit start',
    },
  );
  expect(lines.slice(1).map((line) => line.split(' ')[0])).toEqual(['web@1', 'web@2', 'db']);
});

test('one service in depth shows the pin of its image, if any', () => {
  const web = { ...service('shop-web.service', 'web'), since: null, image: 'nginx:1' };
  const view = { now: 1, style: plainStyle, reload: 'dockunit reload', start: 'dockunit start' };
  const pin = `nginx@sha256:${'0'.repeat(64)}`;
  const about = (status: ServiceStatus): string[] =>
    renderUnit(status, [], view).filter((line) => /image|pinned/.test(line));
  expect(about(web).map((line) => line.trim())).toEqual([expect.stringMatching(/^image +nginx:1$/)]);
  expect(
    about({ ...web, pin })
      .at(-1)
      ?.trim(),
  ).toBe(`pinned to   ${pin}`);
});

test('files that changed since they were read are reported once for all, with the remedy', () => {
  const stale = (unit: string): ServiceStatus => ({
    ...service(unit, 'web'),
    since: null,
    needsReload: true,
  });
  const view = {
    now: 1,
    style: plainStyle,
    reload: 'dockunit reload --user',
    start: 'dockunit start --user',
  };
  const [one, two] = [stale('shop-web@1.service'), stale('shop-web@2.service')];
  const told = (lines: readonly string[]): readonly string[] =>
    lines.filter((line) => line.includes('changed on disk'));
  expect(told(renderTable([one, service('shop-db.service', 'db'), two], view))).toEqual([
    '! shop-web@1.service, shop-web@2.service: their files or drop-ins changed on disk, and the old ones are in force → dockunit reload --user',
  ]);
  expect(told(renderUnit(one, [], view))).toEqual([
    '! shop-web@1.service: its file or a drop-in changed on disk, and the old ones are in force → dockunit reload --user',
  ]);
  expect(told(renderTable([service('shop-db.service', 'db')], view))).toEqual([]);
});

test('a network or volume that is gone is reported once, with its services and the command that creates it', () => {
  const view = { now: 1, style: plainStyle, reload: 'dockunit reload', start: 'dockunit start' };
  const net = {
    what: 'network',
    name: 'shop_default',
    unit: 'shop-net-default.service',
    heldData: false,
  } as const;
  const volume = {
    what: 'volume',
    name: 'shop_data',
    unit: 'shop-vol-data.service',
    heldData: true,
  } as const;
  const lines = renderTable(
    [
      { ...service('shop-db.service', 'db'), gone: [net, volume] },
      { ...service('shop-web@1.service', 'web'), gone: [net] },
      service('shop-mail.service', 'mail'),
    ],
    view,
  );
  expect(lines.filter((line) => line.startsWith('!'))).toEqual([
    '! network shop_default is gone → dockunit start db web@1 creates it again',
    '! volume shop_data is gone, and with it all that it held → dockunit start db creates it again, empty',
  ]);
});
