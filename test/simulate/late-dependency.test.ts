/** A compiled project through the engine: what is behind a service that waits for another to be healthy. */
import { expect, it } from 'vitest';
import { type IncidentOptions, parseIncidents } from '../../src/simulate/parse-incidents.ts';
import { loadUnits } from '../../src/supervisor/load/load-units.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import { compileText } from '../exactness/compile-services.ts';
import { sourcesOf, textsOf } from '../supervisor/load/unit-texts.ts';

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

function endsAfter(incidents: IncidentOptions): (service: string) => unknown {
  const { set } = compileText(shop);
  const files = textsOf(set?.units ?? []);
  const enabled = new Set(Object.keys(files).filter((name) => name.endsWith('.target')));
  const { units } = loadUnits([...Object.keys(files), 'multi-user.target'], sourcesOf({ files }), enabled);
  const { ends } = simulate({
    units,
    targets: ['multi-user.target'],
    incidents: parseIncidents(incidents, units),
    until: 120_000,
    rules: 257,
  });
  return (service) => ends.find(({ unit }) => unit === `shop-${service}.service`);
}

it('is not left down for ever by a dependency that is unhealthy as both restart', () => {
  const end = endsAfter({ unhealthy: ['db@59s:for=4s'], fail: ['app@60s', 'front@60s'] });
  expect(end('app')).toMatchObject({ state: 'active', restarts: 1 });
  expect(end('front')).toMatchObject({ state: 'active' });
});

it('is reported at the end where it never came up', () => {
  const end = endsAfter({ unhealthy: ['db@1s'] });
  expect(end('app')).toMatchObject({ state: 'start-pre', down: [{ from: 0 }] });
  expect(end('front')).toEqual({
    unit: 'shop-front.service',
    state: 'inactive',
    restarts: 0,
    down: [{ from: 0 }],
  });
});
