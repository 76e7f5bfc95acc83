/**
 * Options that no host of the tests can honour, having no such hardware, kernel or Docker: exactly the
 * arguments, by the syntax of docker-container-create(1) and of its source (opts/gpus.go, opts/mount.go).
 */
import { expect, it } from 'vitest';
import { executedWords } from '../exactness/read-shell.ts';
import { readUnit } from '../exactness/read-unit.ts';
import { compileProject } from '../../src/units/compile.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import { loadText } from '../compose/load-text.ts';
import { target } from './project-builder.ts';

/** The docker commands that make the container of `services.web` with these keys, on Docker 28. */
function dockerCommands(keys: string): readonly (readonly string[])[] {
  const text = `name: shop\nservices: { web: { image: x, ${keys} } }\nnetworks: { one: , two: }`;
  const { value, diagnostics } = loadText({ 'compose.yaml': text }, {});
  const compiled = value && compileProject(value, { ...target, docker: 28 });
  const unit = compiled?.value?.units.find(({ name }) => name === 'shop-web.service');
  if (!unit) throw new Error(JSON.stringify([...diagnostics, ...(compiled?.diagnostics ?? [])]));
  return readUnit(serialiseUnit(unit), { Y: '/etc/systemd/system' })
    .commands.map(({ argv }) =>
      executedWords(argv).map((word) => word.replace(/^(dockunit.config)=.*/, '$1')),
    )
    .filter(([program, verb]) => program === 'docker' && (verb === 'create' || verb === 'network'));
}

/** What those keys add to the arguments of `docker create`, which stand in one row. */
function added(keys: string): readonly string[] {
  const [plain = []] = dockerCommands('');
  const [create = []] = dockerCommands(keys);
  const start = create.findIndex((argument, index) => argument !== plain[index]);
  const end = create.length - plain.length + start;
  expect(create.slice(end)).toEqual(plain.slice(start));
  return create.slice(start, end);
}

it.each<[string, readonly string[]]>([
  ['gpus: all', ['--gpus', 'count=all']],
  ['gpus: [{ count: 2 }]', ['--gpus', 'count=2']],
  ['gpus: [{ driver: nvidia, device_ids: ["0", GPU-3a] }]', ['--gpus', 'driver=nvidia,"device=0,GPU-3a"']],
  [
    'gpus: [{ count: all, capabilities: [gpu, utility, compute], options: { a: b, c: "d,e" } }, { count: 1 }]',
    [
      ...['--gpus', 'count=all,"capabilities=utility,compute","options=a=b,""c=d,e"""'],
      ...['--gpus', 'count=1'],
    ],
  ],
  [
    'deploy: { resources: { reservations: { devices: [{ capabilities: [gpu], count: 1 }] } } }',
    ['--gpus', 'count=1'],
  ],
  [
    'volumes: [{ type: image, source: "site:1", target: /site }]',
    ['--mount', 'type=image,source=site:1,target=/site'],
  ],
  [
    'volumes: [{ type: image, source: "a.b/site:1", target: "/a,b", read_only: true, image: { subpath: in/side } }]',
    ['--mount', 'type=image,source=a.b/site:1,"target=/a,b",readonly,image-subpath=in/side'],
  ],
  ['cpu_rt_period: 1400us', ['--cpu-rt-period', '1400']],
  ['cpu_rt_period: 11ms, cpu_rt_runtime: 950000', ['--cpu-rt-period', '11000', '--cpu-rt-runtime', '950000']],
])('%s', (keys, options) => {
  expect(added(keys)).toEqual(options);
});

it('gw_priority, of the first network and of later ones', () => {
  const keys = 'networks: { one: { gw_priority: 5, priority: 2 }, two: { gw_priority: -1 } }';
  const [create = [], ...connect] = dockerCommands(keys);
  const at = create.indexOf('--network');
  expect(create.slice(at, at + 2)).toEqual(['--network', 'name=shop_one,gw-priority=5']);
  expect(connect).toEqual([
    ['docker', 'network', 'connect', '--alias', 'web', '--gw-priority', '-1', 'shop_two', 'shop-web'],
  ]);
});
