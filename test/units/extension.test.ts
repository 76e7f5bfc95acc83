import { describe, expect, it } from 'vitest';
import type { Project, Service } from '../../src/compose/project.ts';
import { compileProject } from '../../src/units/compile.ts';
import { readTemplates, templateNames } from '../../src/units/templates.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import { type UnitSet, unitKinds } from '../../src/units/unit-set.ts';
import { codes, compile, project, service, target, unitOf } from './project-builder.ts';

describe('x-systemd', () => {
  const web = (directives: readonly [string, string][]): Project =>
    project([
      service('web', {
        systemd: {
          Unit: [],
          Install: [],
          Service: directives.map(([key, value]) => ({
            key,
            value,
            path: `services.web.x-systemd.Service.${key}`,
          })),
        },
      }),
    ]);
  const lines = (input: Project): readonly string[] =>
    serialiseUnit(unitOf(compile(input), 'shop-web.service')).split('\n');

  it('runs preparations before the container is created, verbatim', () => {
    const written = lines(web([['ExecStartPre', '-/bin/touch /tmp/%n $HOME']]));
    expect(written.filter((line) => line.startsWith('ExecStartPre='))[0]).toBe(
      'ExecStartPre=-/bin/touch /tmp/%n $HOME',
    );
  });

  it('replaces directives that can occur only once', () => {
    expect(lines(web([['RestartSec', '7s']])).filter((line) => line.startsWith('RestartSec'))).toEqual([
      'RestartSec=7s',
    ]);
  });

  it('warns of a directive the target’s systemd ignores', () => {
    expect(codes(web([['RestartMode', 'direct']]))).toEqual(['x-systemd-too-new']);
  });

  it.each(['ExecStart', 'Type'])('refuses %s=, which makes the unit run the container', (key) => {
    expect(codes(web([[key, 'x']]))).toEqual(['x-systemd-refused']);
  });

  it.each([
    ['User', 'nobody', /`user:`/],
    ['DynamicUser', 'yes', /`user:`/],
    ['WatchdogSec', '10', /on_unhealthy/],
    ['RootDirectory', '/srv/root', /`image:`/],
    ['PIDFile', '/run/web.pid', /Remove/],
    ['PAMName', 'login', /`user:`/],
    ['InaccessiblePaths', '-/var/run /srv', /`volumes:`/],
    ['TemporaryFileSystem', '/run:ro', /`tmpfs:`/],
    ['RestrictAddressFamilies', 'AF_INET', /`networks:`/],
    ['Environment', 'A=1 "DOCKER_HOST=tcp://other"', /environment\.d/],
  ])(
    'refuses %s=%s, which keeps the unit from its container, and says what is meant',
    (key, value, meant) => {
      const { diagnostics } = compileProject(web([[key, value]]), target);
      expect(diagnostics).toMatchObject([
        { severity: 'error', code: 'x-systemd-refused', path: `services.web.x-systemd.Service.${key}` },
      ]);
      expect(diagnostics[0]?.remedy).toMatch(meant);
    },
  );

  it.each([
    ['MemoryMax', '1G', /`mem_limit:`.*Slice/],
    ['LimitNOFILE', '1024', /`ulimits:`/],
    ['PrivateNetwork', 'yes', /`network_mode: none`/],
    ['Environment', 'TOKEN=x', /`environment:`/],
    ['InaccessiblePaths', '/srv', undefined],
    ['RestrictAddressFamilies', 'AF_UNIX AF_INET', undefined],
    ['StandardOutput', 'append:/var/log/web.log', undefined],
  ])('warns of %s=%s where it affects only the client', (key, value, meant) => {
    const { value: set, diagnostics } = compileProject(web([[key, value]]), target);
    expect(serialiseUnit(unitOf(set as UnitSet, 'shop-web.service'))).toContain(`\n${key}=${value}\n`);
    expect(diagnostics.map(({ code }) => code)).toEqual(meant ? ['x-systemd-client-only'] : []);
    if (meant) expect(diagnostics[0]?.remedy).toMatch(meant);
  });

  it.each([
    ['User', 'root'],
    ['DynamicUser', 'no'],
    ['WatchdogSec', '0'],
    ['MemoryMax', 'infinity'],
    ['RestartSec', '5s'],
    ['RuntimeDirectory', 'web'],
    ['Slice', 'big.slice'],
  ])('accepts %s=%s', (key, value) => {
    expect(codes(web([[key, value]]))).toEqual([]);
  });

  it('reports an invalid directive for all services once', () => {
    const Service = [{ key: 'User', value: 'nobody', path: 'x-systemd.Service.User' }];
    const systemd = { Unit: [], Install: [], Slice: [], Service };
    expect(codes(project([service('web'), service('db')], { systemd }))).toEqual(['x-systemd-refused']);
  });
});

describe('templates', () => {
  const withTemplate = (text: string, fields: Partial<Service> = {}): string => {
    const templates = readTemplates(new Map([['container.service', text]]));
    const { value } = compileProject(project([service('web', fields)]), target, templates);
    return serialiseUnit(unitOf(value as UnitSet, 'shop-web.service'));
  };

  it('of the user override the house’s', () => {
    expect(withTemplate('[Service]\nRestartSec=9s\n')).toMatch(/^RestartSec=9s$/m);
    expect(withTemplate('[Service]\nRestartSec=9s\n')).not.toMatch(/^RestartSec=1s$/m);
  });

  it('give way to the specification', () => {
    expect(withTemplate('[Service]\nRestart=no\nTimeoutStopSec=1\n')).toMatch(/^Restart=always$/m);
  });

  it('extend lists of units and commands', () => {
    const text = withTemplate('[Unit]\nAfter=mnt.mount\n[Service]\nExecStartPre=/bin/true\n');
    expect(text).toMatch(/^After=docker.service .*\nAfter=mnt.mount$|^After=mnt.mount$/m);
    expect(text.match(/^ExecStartPre=/gm)?.length).toBe(3);
  });

  it('extend variables, before those of the unit: the later of two with one name wins', () => {
    const own = { key: 'Environment', value: 'A=own', path: 'services.web.x-systemd.Service.Environment' };
    const text = withTemplate('[Service]\nEnvironment=A=house\nEnvironment=B=house\n', {
      systemd: { Unit: [], Install: [], Service: [own] },
    });
    expect(text.match(/^Environment=.*$/gm)).toEqual([
      'Environment=A=house',
      'Environment=B=house',
      'Environment=A=own',
    ]);
    const templates = readTemplates(
      new Map([['image.service', '[Service]\nEnvironment=DOCKER_CONFIG=/x\n']]),
    );
    const { value } = compileProject(project([service('web')]), target, templates);
    expect(serialiseUnit(unitOf(value as UnitSet, 'shop-web-image.service'))).toContain(
      '\nEnvironment=HOME=%h\nEnvironment=DOCKER_CONFIG=/x\n',
    );
  });

  it('have a file for each kind of unit', () => {
    expect(Object.keys(templateNames).sort()).toEqual([...unitKinds].sort());
  });
});

describe('on_unhealthy: restart', () => {
  const watched = (fields: Partial<Service>): Project =>
    project([service('web', { dockunit: { onUnhealthy: 'restart' }, ...fields })]);
  const command = (fields: Partial<Service>): string =>
    serialiseUnit(unitOf(compile(watched(fields)), 'shop-web-watch.service'));

  it('stops the container with its grace where any end leads to a restart', () => {
    expect(command({})).toMatch(/ shop-web stop$/m);
    expect(serialiseUnit(unitOf(compile(watched({})), 'shop-web.service'))).toContain(
      'shop-web-watch.service',
    );
  });

  it('kills it where only a failure leads to one', () => {
    expect(command({ restart: { policy: 'on-failure' } })).toMatch(/ shop-web kill$/m);
  });

  it('is refused where nothing restarts it', () => {
    expect(codes(watched({ restart: { policy: 'no' } }))).toEqual(['on-unhealthy-without-restart']);
  });
});

describe('pull_policy: build', () => {
  it('builds only where the image is missing', () => {
    const built = service('web', { pullPolicy: 'build' });
    expect(codes(project([built]))).toEqual(['build-once']);
  });
});
