import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  registryCredentials,
  registryOf,
  storedLogin,
} from '../../../src/host/docker/registry-credentials.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('registryOf', () => {
  it.each([
    ['nginx', ''],
    ['library/nginx:1', ''],
    ['docker.io/library/nginx', ''],
    ['index.docker.io/nginx', ''],
    ['localhost/nginx', 'localhost'],
    ['127.0.0.1:5000/a/b:1', '127.0.0.1:5000'],
    ['r.example/nginx@sha256:0', 'r.example'],
    ['team/r.example/nginx', ''],
  ])('of %s is %j', (reference, registry) => {
    expect(registryOf(reference)).toBe(registry);
  });
});

describe('storedLogin', () => {
  it('finds an entry by its host name, with scheme and path or without', () => {
    const entry = { auth: base64('ann:a:b\0') };
    const login = { username: 'ann', password: 'a:b', identitytoken: '', registrytoken: '' };
    for (const key of ['r.example', 'https://r.example', 'http://r.example/v1/']) {
      expect(storedLogin({ other: {}, [key]: entry }, 'r.example'), key).toEqual(login);
    }
    expect(storedLogin({ 'r.example': entry }, 'example')).toBeUndefined();
  });
});

/** A client's environment: its directory holds config.json, and its $PATH the helper `keeper`. */
function client(config: unknown, helper = 'exit 1'): Record<string, string> {
  const HOME = temporaryDirectory();
  mkdirSync(join(HOME, '.docker'));
  writeFileSync(
    join(HOME, '.docker/config.json'),
    typeof config === 'string' ? config : JSON.stringify(config),
  );
  writeFileSync(join(HOME, 'docker-credential-keeper'), `#!/bin/sh\nread -r server || :\n${helper}\n`);
  chmodSync(join(HOME, 'docker-credential-keeper'), 0o755);
  return { HOME, PATH: `${HOME}:/usr/bin:/bin` };
}

async function login(image: string, environment: Record<string, string>): Promise<unknown> {
  const { header, complaint } = await registryCredentials(image, environment, 5_000);
  return header === undefined ? complaint : JSON.parse(Buffer.from(header, 'base64').toString());
}

describe('registryCredentials', () => {
  it('are those of auths; for docker.io under its name there', async () => {
    const auths = {
      'r.example': { auth: base64('ann:one') },
      'https://index.docker.io/v1/': { identitytoken: 'two' },
    };
    expect(await login('r.example/a:1', client({ auths }))).toMatchObject({
      username: 'ann',
      password: 'one',
      serveraddress: 'r.example',
    });
    expect(await login('nginx', client({ auths }))).toMatchObject({ identitytoken: 'two' });
    expect(await login('other.example/a:1', client({ auths }))).toBeUndefined();
    expect(await login('r.example/a:1', client('{'))).toBeUndefined();
  });

  it('are those of a helper, which gets only the given environment', async () => {
    const helper = 'printf \'{"Username":"%s","Secret":"%s"}\' "$server" "$HOME:${MARK-unset}"';
    process.env['MARK'] = 'of the session';
    const environment = client({ credsStore: 'none', credHelpers: { 'r.example': 'keeper' } }, helper);
    expect(await login('r.example/a:1', environment)).toMatchObject({
      username: 'r.example',
      password: `${environment['HOME'] ?? ''}:unset`,
    });
    delete process.env['MARK'];
    const token = client({ credsStore: 'keeper' }, 'echo \'{"Username":"<token>","Secret":"three"}\'');
    expect(await login('nginx', token)).toMatchObject({ identitytoken: 'three' });
  });

  it('say why a helper failed, but not where it has no login', async () => {
    const store = { credsStore: 'keeper' };
    const unknown = client(store, 'echo credentials not found in native keychain; exit 1');
    expect(await login('nginx', unknown)).toBeUndefined();
    expect(await login('nginx', client(store, 'echo locked; exit 1'))).toBe(
      'docker-credential-keeper: locked',
    );
    expect(await login('nginx', client(store, 'echo what'))).toBe(
      'docker-credential-keeper: its answer is no JSON',
    );
    expect(await login('nginx', client({ credsStore: 'none' }))).toMatch(
      /^docker-credential-none: there is no such program on \$PATH \(.*:\/usr\/bin:\/bin\)$/,
    );
  });

  it('reach Docker unchanged, whatever they contain', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (password) => {
        fc.pre(!password.includes('\0'));
        const environment = client({ auths: { 'r.example': { auth: base64(`ann:${password}`) } } });
        const { header = '' } = await registryCredentials('r.example/a', environment, 5_000);
        expect(header).toMatch(/^[A-Za-z0-9_-]+={0,2}$/);
        expect(header.length % 4).toBe(0);
        const answer = JSON.parse(Buffer.from(header, 'base64url').toString()) as { password: string };
        expect(answer.password).toBe(password);
      }),
      { numRuns: 20 },
    );
  });
});
