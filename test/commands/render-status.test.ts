import { expect, test } from 'vitest';
import { renderTable } from '../../src/commands/render-status.ts';
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
