/** What is left to the docker client; that the rest equals its request is for the hosts' tests to show. */
import { expect, it } from 'vitest';
import type { ClientInputs } from '../../../src/supervisor/loop/create-options.ts';
import { createRequest } from '../../../src/supervisor/loop/create-request.ts';

const words = ['--name', 'web', '--pull', 'never', 'app:1', 'serve'];
const surroundings = (
  files: Readonly<Record<string, string>> = {},
  environment: Readonly<Record<string, string>> = {},
): ClientInputs => ({
  environment: new Map(Object.entries(environment)),
  home: '/root',
  readFile: (path) => files[path],
});

it('builds the request from known options', () => {
  expect(createRequest(words, surroundings())).toMatchObject({
    name: 'web',
    body: { Image: 'app:1', Cmd: ['serve'], HostConfig: { NetworkMode: 'default' } },
  });
});

it('mounts a volume as the client does, which adds a driver to any option of a volume', () => {
  const mount = 'type=volume,source=data,target=/d,readonly,volume-nocopy';
  expect(createRequest(['--mount', mount, ...words], surroundings())?.body).toMatchObject({
    HostConfig: { Mounts: [{ ReadOnly: true, VolumeOptions: { NoCopy: true, DriverConfig: {} } }] },
  });
});

it.each([
  ['an option it does not know', ['--gpus', 'all', ...words]],
  ['an option without its value', ['--name']],
  ['a value in a form it does not know', ['--memory', '1g', ...words]],
  ['a profile that the client reads', ['--security-opt', 'seccomp=/etc/profile.json', ...words]],
  ['several networks', ['--network', 'a', '--network', 'b', ...words]],
  ['an alias in a network that has none', ['--network', 'host', '--network-alias', 'w', ...words]],
  ['a file of variables that is not there', ['--env-file', '/none.env', ...words]],
  ['an image that may have to be pulled', ['--name', 'web', 'app:1']],
  ['no image', ['--name', 'web', '--pull', 'never']],
])('leaves to the client: %s', (_what, argv) => {
  expect(createRequest(argv, surroundings())).toBeUndefined();
});

it.each([
  ['a proxy for containers', surroundings({ '/root/.docker/config.json': '{"proxies": {}}' })],
  [
    'another context',
    surroundings({ '/home/a/.docker/config.json': '{"currentContext": "far"}' }, { HOME: '/home/a' }),
  ],
  [
    'a directory of its own',
    surroundings({ '/etc/d/config.json': '{"Proxies": {}}' }, { DOCKER_CONFIG: '/etc/d' }),
  ],
  ['a platform', surroundings({}, { DOCKER_DEFAULT_PLATFORM: 'linux/arm64' })],
])('leaves all to a client with %s', (_what, client) => {
  expect(createRequest(words, client)).toBeUndefined();
});

it.each([
  ['a name alone', 'A=1\nPATH\n', undefined],
  ['blanks before the name', ' A=1\n', undefined],
  ['a comment and blank lines', '# A=0\n\nA=1=2\nB=\n', ['A=1=2', 'B=']],
])(
  'reads a file of variables with %s as docker does, or leaves it to the client',
  (_what, text, variables) => {
    const request = createRequest(['--env-file', '/web.env', ...words], surroundings({ '/web.env': text }));
    expect((request?.body as { Env?: unknown } | undefined)?.Env).toEqual(variables);
  },
);
