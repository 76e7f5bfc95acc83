import { expect, test } from 'vitest';
import { renderTable, renderUnit } from '../../src/commands/render-status.ts';
import type { ServiceStatus } from '../../src/commands/status-model.ts';
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
    dependencies: [],
  }) as unknown as ServiceStatus;

test('the containers of one service are told apart', () => {
  const lines = renderTable(
    [
      service('shop-web@1.service', 'web'),
      service('shop-web@2.service', 'web'),
      service('shop-db.service', 'db'),
    ],
    {
      now: 1,
      style: plainStyle,
    },
  );
  expect(lines.slice(1).map((line) => line.split(' ')[0])).toEqual(['web@1', 'web@2', 'db']);
});

test('one service in depth says what its image is pinned to, where it is', () => {
  const web = { ...service('shop-web.service', 'web'), since: null, image: 'nginx:1' };
  const view = { now: 1, style: plainStyle };
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
