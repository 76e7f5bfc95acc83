/** What a simulation tells of units: times, reasons, ends. */
import { expect, it } from 'vitest';
import {
  namesOfIncidents,
  parseIncidents,
  type IncidentOptions,
} from '../../src/simulate/parse-incidents.ts';
import { loadUnits } from '../../src/supervisor/load/load-units.ts';
import { type SimulationResult, simulate } from '../../src/simulate/simulate.ts';
import { sourcesOf } from '../supervisor/load/unit-texts.ts';

const container = (service: string, unit: string, settings: string): string => `[Unit]
Requires=docker.service
After=docker.service
${unit}
[Service]
Type=exec
ExecStart=docker start --attach ${service}
ExecStop=-docker stop -t 10 ${service}
RestartSec=1s
SuccessExitStatus=143
${settings}
[Install]
WantedBy=multi-user.target docker.service
[X-Dockunit]
Kind=container
Service=${service}
Container=${service}
`;

const files = {
  'db.service': container('db', '', 'Restart=always'),
  'web.service': container('web', 'Requires=db.service\nAfter=db.service', 'Restart=always'),
};

function simulated(options: IncidentOptions): SimulationResult & { readonly lines: readonly string[] } {
  const { units } = loadUnits(
    [...Object.keys(files), 'multi-user.target'],
    sourcesOf({ files }),
    new Set(Object.keys(files)),
  );
  const incidents = parseIncidents(options, units);
  const whole = simulate({ units, targets: ['multi-user.target'], incidents, until: 120_000, rules: 257 });
  const lines = whole.entries
    .filter(({ unit }) => unit.endsWith('.service'))
    .map(({ time, unit, what, why }) => `${String(Math.round(time / 100) / 10)} ${unit} ${what}: ${why}`);
  return { ...whole, lines };
}

it('boots in order and stays up', () => {
  const { lines, ends } = simulated({});
  expect(lines.map((line) => line.replace(/:.*/, ''))).toEqual([
    '0.5 docker.service up',
    '0.5 db.service up',
    '0.5 web.service up',
  ]);
  expect(ends.map(({ state }) => state)).not.toContain('failed');
});

it('an incident of a service affects each of its containers, or the one that is named', () => {
  const several = Object.fromEntries(
    [1, 2].map((number) => [`shop-worker@${String(number)}.service`, container('worker', '', '')]),
  );
  const { units } = loadUnits(Object.keys(several), sourcesOf({ files: several }));
  const befallen = (...fail: string[]): readonly string[] =>
    parseIncidents({ fail }, units).map(({ unit, at }) => `${unit} ${String(at)}`);
  expect(befallen('worker@1s')).toEqual(['shop-worker@1.service 1000', 'shop-worker@2.service 1000']);
  expect(befallen('worker@2@1s')).toEqual(['shop-worker@2.service 1000']);
  expect(namesOfIncidents({ fail: ['worker@2@1s:exit=3'], stop: ['db'] })).toEqual(['worker@2', 'db']);
});

it('a crash restarts the service after RestartSec, and the services that require it', () => {
  const { lines, ends } = simulated({ fail: ['db@10s:exit=3'] });
  expect(lines.slice(3)).toEqual([
    '10 db.service ended: exit code 3',
    '10 db.service restarts: in 1 s, restart 1',
    '11.1 web.service down: db.service restarts',
    '11.1 db.service up: restart 1',
    '11.1 web.service up: db.service restarts',
  ]);
  expect(ends.find(({ unit }) => unit === 'db.service')).toMatchObject({ state: 'active', restarts: 1 });
});

it('after an outage of the engine all services run again', () => {
  const { lines, ends } = simulated({ stop: ['docker@20s'], start: ['docker@60s'] });
  expect(lines).toContain('20.1 web.service down: docker.service stops');
  expect(lines).toContain('60.5 docker.service up: start docker.service');
  const { down, state } = ends.find(({ unit }) => unit === 'web.service') ?? {};
  expect(state).toBe('active');
  expect(down?.map(({ from, to }) => [Math.round(from / 1_000), Math.round((to ?? 0) / 1_000)])).toEqual([
    [20, 61],
  ]);
});

it.each([
  [{ fail: ['bd@10s'] }, 'there is no service and no unit called bd'],
  [{ fail: ['db@soon'] }, 'soon is no time'],
  [{ fail: ['db@1s:exit=900'] }, '900 is no exit code'],
  [{ stop: ['db@1s:exit=1'] }, 'there is no exit'],
])('refuses %j', (options, message) => {
  expect(() => simulated(options)).toThrow(message);
});
