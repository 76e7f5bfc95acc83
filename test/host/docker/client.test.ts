import { describe, expect, it } from 'vitest';
import { readContainer } from '../../../src/host/docker/container-state.ts';
import { dockerError } from '../../../src/host/docker/client.ts';

describe('readContainer', () => {
  it('reads the output of docker container inspect', () => {
    const state = readContainer({
      Id: 'f00',
      Name: '/shop-web',
      State: {
        Status: 'running',
        ExitCode: 0,
        OOMKilled: false,
        StartedAt: '2025-01-31T08:00:00.123456789Z',
        Health: { Status: 'healthy' },
      },
      Config: { Image: 'web:1', Labels: { 'org.example': 'x' } },
      NetworkSettings: {
        Ports: {
          '80/tcp': [
            { HostIp: '0.0.0.0', HostPort: '8000' },
            { HostIp: '::', HostPort: '8000' },
          ],
          '53/udp': null,
        },
      },
    });
    expect(state).toEqual({
      id: 'f00',
      name: 'shop-web',
      image: 'web:1',
      status: 'running',
      exitCode: 0,
      startedAt: Date.UTC(2025, 0, 31, 8, 0, 0, 123),
      health: 'healthy',
      oomKilled: false,
      ports: [
        { hostIp: '0.0.0.0', hostPort: 8000, containerPort: 80, protocol: 'tcp' },
        { hostIp: '::', hostPort: 8000, containerPort: 80, protocol: 'tcp' },
      ],
      labels: new Map([['org.example', 'x']]),
    });
  });

  it('reads the year 1 as never, and missing labels and health as none', () => {
    const state = readContainer({ State: { StartedAt: '0001-01-01T00:00:00Z' }, Config: { Labels: null } });
    expect(state.startedAt).toBe(0);
    expect(state.labels.size).toBe(0);
    expect(state).not.toHaveProperty('health');
  });

  it.each([null, undefined, 7, 'text', []])('accepts %j', (value) => {
    expect(readContainer(value).name).toBe('');
  });
});

describe('dockerError', () => {
  it.each([
    ['ENOENT', false, '', /apt install docker\.io/],
    [undefined, true, '', /journalctl -u docker/],
    [
      undefined,
      false,
      'permission denied while trying to connect to the Docker daemon socket',
      /docker group/,
    ],
    [
      undefined,
      false,
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock',
      /systemctl start docker/,
    ],
    [undefined, false, 'unknown flag: --format', /docker version/],
  ])('%s, timed out %s, %j', (code, timedOut, stderr, remedy) => {
    const error = dockerError(code, timedOut, stderr);
    expect(error.remedy).toMatch(remedy);
    expect(error.message).not.toMatch(/undefined/);
  });
});
