import { describe, expect, it } from 'vitest';
import { asksForDockerVersion, compileProject } from '../../src/units/compile.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import { loadText } from '../compose/load-text.ts';
import { target } from './project-builder.ts';

const networks = '\nnetworks: { one: , two: , six: { enable_ipv4: false } }\nvolumes: { data: }';

/** `services.web` with these keys, compiled for that Docker: `severity code path` of each finding. */
function found(keys: string, docker = 20): readonly string[] {
  const text = `name: shop\nservices: { web: { image: x, ${keys} }, db: { image: x } }${networks.replace(/six: .*? }/, '')}`;
  return compile(text, docker).map(({ severity, code, path }) => `${severity} ${code} ${path}`);
}

/** The unit of `services.web`. */
function serialisedUnit(keys: string, docker: number): string {
  const { value } = loadText({ 'compose.yaml': `name: shop\nservices: { web: { image: x, ${keys} } }` }, {});
  const set = value && compileProject(value, { ...target, docker }).value;
  const unit = set?.units.find(({ name }) => name === 'shop-web.service');
  if (unit === undefined) throw new Error('no unit');
  return serialiseUnit(unit);
}

function compile(text: string, docker: number): ReturnType<typeof compileProject>['diagnostics'] {
  const { value, diagnostics } = loadText({ 'compose.yaml': text }, {});
  if (value === undefined) throw new Error(JSON.stringify(diagnostics));
  return [...diagnostics, ...compileProject(value, { ...target, docker }).diagnostics];
}

describe('an option newer than the target’s Docker is refused, and accepted from its version on', () => {
  it.each([
    ['annotations: { a: b }', 24, 'annotations'],
    ['networks: { one: , two: { mac_address: "02:42:ac:11:00:09" } }', 25, 'networks.two.mac_address'],
    ['networks: { one: { gw_priority: 1 } }', 28, 'networks.one.gw_priority'],
    ['networks: { one: { interface_name: eth5 } }', 28, 'networks.one.interface_name'],
    ['volumes: [{ type: image, source: y, target: /y }]', 28, 'volumes[0]'],
    ['volumes: [{ type: volume, source: data, target: /y, volume: { subpath: s } }]', 26, 'volumes[0]'],
    ['volumes: [{ type: bind, source: /, target: /y, bind: { recursive: writable } }]', 25, 'volumes[0]'],
  ])('%s', (keys, since, path) => {
    expect(found(keys, since - 1)).toContain(`error docker-too-old services.web.${path}`);
    expect(found(keys, since).filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it('but a mere loss of comfort is left out, with a warning that says what happens instead', () => {
    const keys = 'healthcheck: { test: [CMD, x], start_interval: 1s }';
    expect(found(keys, 24)).toEqual(['warning docker-too-old services.web.healthcheck.start_interval']);
    expect(found(keys, 25)).toEqual([]);
    expect(serialisedUnit(keys, 24)).not.toContain('start-interval');
    expect(serialisedUnit(keys, 25)).toContain('--health-start-interval 1s');
  });

  it('for networks too', () => {
    const text = `name: shop\nservices: { web: { image: x, networks: [six] } }${networks}`;
    expect(compile(text, 27).map(({ code, path }) => `${code} ${path}`)).toEqual([
      'docker-too-old networks.six.enable_ipv4',
    ]);
    expect(compile(text, 28)).toEqual([]);
  });

  it('and only such a file needs the Docker version', () => {
    const asks = (text: string): boolean | undefined => {
      const { value } = loadText({ 'compose.yaml': text }, {});
      return value && asksForDockerVersion(value);
    };
    expect(asks('services: { web: { image: x, annotations: { a: b } } }')).toBe(true);
    expect(asks('services: { web: { image: x, mem_limit: 1g } }')).toBe(false);
  });
});

describe('options that Docker would refuse at every start are refused first', () => {
  it.each([
    ['network_mode: host, ports: ["80"]', ['warning port-not-published services.web.ports[0]']],
    ['network_mode: host, links: [db]', ['error network-mode-conflict services.web.links']],
    [
      'network_mode: "service:db", ports: ["80"], hostname: h, dns: 1.1.1.1',
      ['dns', 'hostname', 'ports'].map((key) => `error network-mode-conflict services.web.${key}`),
    ],
    ['network_mode: bridge, links: [db], ports: ["80"]', []],
    ['cpus: 1, cpu_quota: 1000', ['error limit-conflict services.web.cpus']],
    ['mem_limit: 2m, memswap_limit: 1m', ['error limit-conflict services.web.memswap_limit']],
    ['memswap_limit: 1m', ['error limit-conflict services.web.memswap_limit']],
    ['uts: host, hostname: h', ['error hostname-conflict services.web.hostname']],
    [
      'mac_address: "02:42:ac:11:00:01", networks: { one: { mac_address: "02:42:ac:11:00:02" } }',
      ['error mac-address-conflict services.web.mac_address'],
    ],
  ])('%s', (keys, findings) => {
    expect(found(keys)).toEqual(findings);
  });
});

describe('no option gets an empty value that docker refuses', () => {
  it.each([
    ['cap_add: [""]', 'cap_add'],
    ['group_add: [""]', 'group_add'],
    ['device_cgroup_rules: [""]', 'device_cgroup_rules'],
    ['tmpfs: ""', 'tmpfs'],
  ])('%s', (keys, path) => {
    expect(found(keys)).toEqual([`error option-empty services.web.${path}`]);
  });
});

describe('invalid empty values are refused for networks and volumes too', () => {
  it.each([
    [
      'networks: { one: { ipam: { config: [{ subnet: "", gateway: 10.0.0.1 }] } } }',
      'pool-without-subnet networks.one.ipam.config[0]',
    ],
    ['networks: { one: { ipam: { config: [{ subnet: "", gateway: "" }] } } }', undefined],
    [
      'volumes: { data: { driver_opts: { type: none, o: bind, device: "" } } }',
      'volume-option-empty volumes.data.driver_opts.device',
    ],
    ['volumes: { data: { driver_opts: { type: tmpfs, o: "", device: tmpfs } } }', undefined],
  ])('%s', (top, finding) => {
    const text = `name: shop\nservices: { web: { image: x } }\n${top}`;
    expect(compile(text, 26).map(({ code, path }) => `${code} ${path}`)).toEqual(finding ? [finding] : []);
  });
});

describe('a name that docker would read as an option', () => {
  const codesOf = (text: string): readonly string[] =>
    compile(text, 27).map(({ code, path }) => `${code} ${path ?? ''}`);

  it.each(['networks', 'volumes'])('is refused in %s', (section) => {
    const mount = section === 'volumes' ? '["one:/a"]' : '[one]';
    const declare = (text: string, external: boolean): string =>
      `name: shop\nservices: { web: { image: x, ${section}: ${mount} } }\n${section}: { one: { name: "${text}", external: ${String(external)} } }`;
    for (const text of ['--alias=x', '-x', '--slaveof'])
      for (const external of [true, false])
        expect(codesOf(declare(text, external))).toContain(`name-unfit ${section}.one.name`);
    expect(codesOf(declare('a-x', true))).toEqual([]);
  });
});
