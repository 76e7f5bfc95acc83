/** Containers as a Docker shows them, without one; with one: test/e2e/import.test.ts. */
import { describe, expect, it } from 'vitest';
import type { DockerObjects } from '../../src/model/ports.ts';
import { importContainers } from '../../src/import/import-containers.ts';
import { writeComposeFile } from '../../src/import/write-compose-file.ts';

const id = (letter: string): string => letter.repeat(64);

const image = {
  Id: 'sha256:app',
  Config: {
    Env: ['PATH=/bin', 'MODE=image'],
    Cmd: ['serve'],
    Entrypoint: ['/app'],
    Labels: { of: 'image' },
    ExposedPorts: { '80/tcp': {} },
    Volumes: { '/kept': {} },
    WorkingDir: '/srv',
    User: 'app',
    StopSignal: 'SIGINT',
    Healthcheck: { Test: ['CMD', '/app', 'check'], Interval: 5e9 },
  },
};

/** A container that takes all from its image. */
function container(
  name: string,
  config: object = {},
  host: object = {},
  more: object = {},
): DockerObjects['containers'][number] {
  return {
    Id: id('a'),
    Name: `/${name}`,
    Image: image.Id,
    Config: { ...image.Config, Hostname: 'aaaaaaaaaaaa', Image: 'app:1', ...config },
    HostConfig: { NetworkMode: 'default', RestartPolicy: { Name: '' }, ShmSize: 67_108_864, ...host },
    NetworkSettings: { Networks: { bridge: {} } },
    ...more,
  };
}

function importOf(...containers: DockerObjects['containers']): { text: string; found: readonly string[] } {
  const objects: DockerObjects = {
    containers,
    images: [image],
    networks: [
      { Name: 'back', Id: id('b'), Driver: 'bridge', IPAM: { Config: [{ Subnet: '10.0.0.0/24' }] } },
    ],
    volumes: [{ Name: 'data', Driver: 'local', Labels: { 'com.docker.compose.volume': 'data', own: 'yes' } }],
    names: new Map([[id('c'), 'vpn']]),
    loggingDriver: 'json-file',
  };
  const { file, diagnostics } = importContainers(objects, { workingDirectory: '/' });
  return {
    text: file === undefined ? '' : writeComposeFile(file),
    found: diagnostics.map(({ severity, code }) => `${severity} ${code}`),
  };
}

const service = (text: string): string => text.replace(/^services:\n {2}web:\n/, '').replace(/^ {4}/gm, '');

describe('import of containers', () => {
  it('settings of the image are not repeated', () => {
    const { text, found } = importOf(container('web'));
    expect(service(text)).toBe('image: app:1\ncontainer_name: web\nnetwork_mode: default\nrestart: "no"\n');
    expect(found).toEqual(['note container-exists']);
  });

  it('settings that differ from the image are imported', () => {
    const config = {
      Env: ['PATH=/bin', 'MODE=own', 'COST=$5'],
      Cmd: ['serve', '--fast'],
      Labels: { of: 'us', 'com.docker.compose.project': 'x' },
      User: 'root',
      WorkingDir: '/',
      StopTimeout: 0,
      Hostname: 'web',
      Healthcheck: { Test: ['CMD', '/app', 'other'], Interval: 1_500_000_000 },
    };
    const { text } = importOf(container('web', config));
    expect(service(text)).toBe(`image: app:1
container_name: web
command: [serve, --fast]
user: root
working_dir: /
environment:
  MODE: own
  COST: $$5
network_mode: default
restart: "no"
healthcheck:
  interval: 1500ms
  test: [CMD, /app, other]
hostname: web
labels:
  of: us
stop_grace_period: 0s
`);
  });

  it('another entrypoint discards the command of the image', () => {
    const { text } = importOf(container('web', { Entrypoint: ['/app'], Cmd: null }));
    expect(service(text)).toContain('entrypoint: [/app]\nnetwork_mode');
  });

  it('networks, volumes and the records of docker compose are imported', () => {
    const labels = {
      'com.docker.compose.service': 'web',
      'com.docker.compose.depends_on': 'db:service_healthy:true,absent:service_started:false',
    };
    const networks = {
      Networks: { back: { Aliases: ['web', 'x-web-1', 'www'], IPAMConfig: { IPv4Address: '10.0.0.9' } } },
    };
    const web = container(
      'x-web-1',
      { Labels: labels },
      { NetworkMode: 'back', Binds: ['data:/data:rw'] },
      { NetworkSettings: networks },
    );
    const db = container(
      'x-db-1',
      { Labels: { 'com.docker.compose.service': 'db' } },
      { NetworkMode: `container:${id('c')}` },
    );
    const { text, found } = importOf(web, db);
    expect(text).toBe(`services:
  web:
    image: app:1
    container_name: x-web-1
    volumes:
      - data:/data:rw
    networks:
      back:
        aliases:
          - www
        ipv4_address: "10.0.0.9"
    depends_on:
      db:
        condition: service_healthy
        restart: true
    restart: "no"

  db:
    image: app:1
    container_name: x-db-1
    network_mode: container:vpn
    restart: "no"

networks:
  back:
    name: back
    ipam:
      config:
        - subnet: 10.0.0.0/24

volumes:
  data:
    name: data
    labels:
      own: "yes"
`);
    expect(found).toEqual(['note dependencies-unknown', 'note container-exists']);
  });

  it('settings without a key and unknown fields are reported', () => {
    const { found } = importOf(
      container('web', {}, { CpusetMems: '0', FieldOfTomorrow: 'on', SecurityOpt: ['seccomp={"a":1}'] }),
    );
    expect(found).toEqual([
      'warning setting-lost',
      'warning setting-lost',
      'note container-exists',
      'warning option-lost',
    ]);
  });

  it('containers of dockunit are refused, with their unit', () => {
    const { text, found } = importOf(container('web', { Labels: { 'dockunit.unit': 'web.service' } }));
    expect(text).toBe('');
    expect(found).toEqual(['error container-of-dockunit']);
  });
});
