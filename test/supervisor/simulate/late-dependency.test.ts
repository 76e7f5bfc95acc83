/** A compiled project through the engine: what is behind a service that waits for another to be healthy. */
import { expect, it } from 'vitest';
import { parseIncidents } from '../../../src/commands/simulated-incidents.ts';
import { loadUnits } from '../../../src/supervisor/load/load-units.ts';
import { simulate } from '../../../src/supervisor/simulate/simulate.ts';
import { serialiseUnit } from '../../../src/units/unit-file.ts';
import { compileText } from '../../exactness/compile-services.ts';
import { sourcesOf } from '../load/unit-texts.ts';

const shop = `
name: shop
services:
  db:
    image: db:1
    healthcheck: { test: 'true', interval: 5s }
  app:
    image: app:1
    depends_on: { db: { condition: service_healthy } }
  front:
    image: front:1
    depends_on: [app]
`;

it('is not left down for good by a dependency that is unhealthy as both restart', () => {
  const { set } = compileText(shop);
  const files = Object.fromEntries((set?.units ?? []).map((unit) => [unit.name, serialiseUnit(unit)]));
  const enabled = new Set(Object.keys(files).filter((name) => name.endsWith('.target')));
  const { units } = loadUnits([...Object.keys(files), 'multi-user.target'], sourcesOf({ files }), enabled);
  const incidents = parseIncidents({ unhealthy: ['db@59s:for=4s'], fail: ['app@60s', 'front@60s'] }, units);
  const { ends } = simulate({ units, targets: ['multi-user.target'], incidents, until: 120_000, rules: 257 });
  const end = (unit: string): unknown => ends.find((one) => one.unit === unit);
  expect(end('shop-app.service')).toMatchObject({ state: 'active', restarts: 1 });
  expect(end('shop-front.service')).toMatchObject({ state: 'active' });
});
