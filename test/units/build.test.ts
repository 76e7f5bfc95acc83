import { describe, expect, it } from 'vitest';
import type { Build, Service } from '../../src/compose/project.ts';
import { noteContexts } from '../../src/units/build.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import { codes, compile, project, service, unitOf, valueFiles } from './project-builder.ts';

const build: Build = {
  context: '/srv/app',
  args: new Map(),
  labels: new Map(),
  cacheFrom: [],
  cacheTo: [],
  extraHosts: [],
  ssh: [],
  secrets: [],
  tags: [],
  pull: false,
  noCache: false,
  platforms: [],
  contexts: new Map(),
  entitlements: [],
  ulimits: new Map(),
};

function built(fields: Partial<Build> = {}, more: Partial<Service> = {}): Service {
  const rest: { -readonly [K in keyof Service]: Service[K] } = service('web', { keys: ['build'] });
  delete rest.image;
  return { ...rest, build: { ...build, ...fields }, ...more };
}
const imageUnit = (from: Service): string =>
  serialiseUnit(unitOf(compile(project([from])), 'shop-web-image.service'));

describe('a service that is built', () => {
  it('has an image with docker compose’s name, built only where it is missing', () => {
    const text = imageUnit(
      built({ target: 'prod', args: new Map([['A', '1 %']]), dockerfile: '/srv/app/D' }),
    );
    expect(text).toMatch(/^ExecStart=\/bin\/sh %Y\/shop-run.sh build-missing shop-web /m);
    expect(text.replace(/ \\\n +/g, ' ')).toContain(
      'docker build --tag shop-web --file /srv/app/D --target prod --build-arg A /srv/app',
    );
    const container = serialiseUnit(unitOf(compile(project([built()])), 'shop-web.service'));
    expect(container).toMatch(/^ {2}shop-web$/m);
    expect(container).toContain('Wants=shop-web-image.service');
  });

  it.each<[string, Partial<Service>, boolean]>([
    ['with an image of its own is pulled first', { image: 'app:1' }, true],
    ['is pulled at every start if its policy says so', { image: 'app:1', pullPolicy: 'always' }, true],
    ['and never pulled is built', { image: 'app:1', pullPolicy: 'never' }, false],
    ['by its pull policy is not pulled', { image: 'app:1', pullPolicy: 'build' }, false],
  ])('%s', (_what, more, pulled) => {
    const text = imageUnit(built({}, more));
    expect(text.includes('/shop-run.sh pull')).toBe(pulled);
    expect(text.replace(/ \\\n +/g, ' ')).toContain('docker build --tag app:1 /srv/app');
  });

  it('reads an inline Dockerfile and a secret from files that only root can read', () => {
    const input = project([built({ inline: 'FROM scratch\n', secrets: [{ id: 'key', source: 'token' }] })], {
      secrets: new Map([['token', { key: 'token', from: { kind: 'content', content: 'hush' } }]]),
    });
    const set = compile(input);
    expect(valueFiles(set).map(({ name, mode, content }) => [name, mode, content])).toEqual([
      ['shop-web-image.Dockerfile', 0o600, 'FROM scratch\n'],
      ['shop-web-image.token.secret', 0o600, 'hush'],
    ]);
    const text = set.units
      .map(serialiseUnit)
      .join('\n')
      .replace(/ \\\n +/g, ' ');
    expect(text).not.toContain('hush');
    expect(text).toContain(' shop-web --secret docker build --tag shop-web');
    expect(codes(input)).toEqual(['build-needs-buildkit']);
  });

  it('names options that only some builders know, for the host to choose by', () => {
    const text = imageUnit(
      built({
        shmSize: 1024,
        ulimits: new Map([['nofile', { soft: 1, hard: 2 }]]),
        ssh: [{ id: 'k', path: '/srv/key' }],
        contexts: new Map([['more', '/srv/more']]),
        cacheTo: ['type=inline'],
      }),
    ).replace(/ \\\n +/g, ' ');
    expect(text).toContain(
      ' shop-web "--build-context --cache-to --shm-size --ssh --ulimit" docker build --tag shop-web ' +
        '--shm-size 1024 --build-context more=/srv/more --cache-to type=inline --ssh k=/srv/key ' +
        '--ulimit nofile=1:2 /srv/app',
    );
  });

  it('waits for the mounts of all paths that a build reads', () => {
    const from = built({
      dockerfile: '/srv/docker/D',
      ssh: [{ id: 'default' }, { id: 'k', path: '/home/key' }],
      contexts: new Map([
        ['img', 'docker-image://a'],
        ['more', '/mnt/more'],
      ]),
      secrets: [{ id: 'a,b', source: 'token' }],
    });
    const secrets = new Map([['token', { key: 'token', from: { kind: 'file' as const, path: '/run/t,1' } }]]);
    const text = serialiseUnit(unitOf(compile(project([from], { secrets })), 'shop-web-image.service'));
    expect(text).toMatch(
      /^RequiresMountsFor=\/home\/key \/mnt\/more \/run\/t,1 \/srv\/app \/srv\/docker\/D$/m,
    );
    expect(text).toContain(`'"id=a,b","src=/run/t,1"'`);
  });

  it('is built for the platform of its service, which must be in its own list', () => {
    const platforms = ['linux/amd64', 'linux/arm64'];
    const text = imageUnit(built({ platforms }, { platform: 'linux/arm64' }));
    expect(text.match(/linux\/\w+/g)).toEqual(['linux/arm64']);
    expect(codes(project([built({ platforms }, { platform: 'linux/386' })]))).toEqual(['build-platforms']);
  });

  it('gets a warning for an agent or a network that its builder will lack', () => {
    expect(codes(project([built({ ssh: [{ id: 'default' }] })]))).toEqual([
      'build-needs-buildkit',
      'build-ssh-agent',
    ]);
    expect(codes(project([built({ network: 'shop' })]))).toEqual(['build-network']);
    expect(codes(project([built({ network: 'host' })]))).toEqual([]);
  });

  it('gets a note for a context elsewhere, but not for one that docker fetches', () => {
    expect(noteContexts(project([built()])).map(({ code, path }) => [code, path])).toEqual([
      ['build-context-left', 'services.web.build'],
    ]);
    expect(noteContexts(project([built({ context: 'https://example.org/a.git' })]))).toEqual([]);
  });

  it('is refused where Docker could not hold its image, or a secret is missing', () => {
    const platforms = ['linux/amd64', 'linux/arm64'];
    expect(codes(project([built({ platforms })]))).toEqual(['build-platforms']);
    const secrets = new Map([['a', { key: 'a', from: { kind: 'external' as const } }]]);
    const withSecret = project([built({ secrets: [{ id: 'a', source: 'a' }] })], { secrets });
    expect(codes(withSecret)).toContain('build-secret');
  });
});
