import { describe, expect, it } from 'vitest';
import { explainPath, explainService } from '../../src/commands/explain.ts';
import { deployKeys, networkKeys, serviceKeys, topLevelKeys, volumeKeys } from '../../src/compose/keys.ts';
import { compile, project, service, target } from '../units/project-builder.ts';

const paths = (topic: string): readonly string[] => explainPath(topic).map(({ path }) => path);

describe('explain', () => {
  it.each([
    ['services.web.ports', ['services.*.ports']],
    ['services.web.ports[0].target', ['services.*.ports']],
    ['deploy.resources', ['services.*.deploy.resources']],
    ['services.web.build.args', ['services.*.build.args']],
    ['name', ['name', 'networks.*.name', 'volumes.*.name']],
    ['networks.default.driver', ['networks.*.driver']],
    ['services', ['services']],
    ['nonsense', []],
    ['constructor', []],
  ])('finds %s', (topic, found) => {
    expect(paths(topic)).toEqual(found);
  });

  it('lists the keys within a key, as the reference does', () => {
    const nested = deployKeys.map((key) => `services.*.deploy.${key}`);
    expect([...paths('deploy')].sort()).toEqual(['services.*.deploy', ...nested]);
  });

  it('explains every key', () => {
    for (const key of serviceKeys) expect(explainPath(`services.x.${key}`)[0]?.what, key).not.toBe('');
    for (const key of networkKeys) expect(paths(`networks.x.${key}`), key).toHaveLength(1);
    for (const key of volumeKeys) expect(paths(`volumes.x.${key}`), key).toHaveLength(1);
    for (const key of topLevelKeys) expect(paths(key), key).toContain(key);
  });

  it('shows which line gave which option and directive', () => {
    const web = service('web', {
      keys: ['image', 'restart', 'ports'],
      restart: { policy: 'on-failure', retries: 2 },
      ports: [{ target: 80, published: '8080', protocol: 'tcp' }],
    });
    const shop = project([web]);
    const explained = explainService(shop, web, compile(shop), target);
    const of = (key: string): object | undefined =>
      explained.find(({ path }) => path === `services.web.${key}`);
    expect(of('ports')).toMatchObject({ options: ['--publish', '8080:80/tcp'], position: { line: 3 } });
    expect(of('restart')).toMatchObject({
      directives: ['StartLimitIntervalSec=infinity', 'StartLimitBurst=3', 'Restart=on-failure'],
    });
  });
});
