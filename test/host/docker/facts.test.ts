import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readDockerInfo, registryAnswer } from '../../../src/host/docker/facts.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

it.each([
  [401, 'unauthorized: authentication required', 'refused'],
  [403, 'denied: requested access to the resource is denied', 'refused'],
  [500, 'errors: denied: requested access to the resource is denied', 'refused'],
  [404, 'manifest unknown', 'absent'],
  [500, 'manifest unknown: manifest unknown', 'absent'],
  [500, 'Get "https://nowhere.invalid/v2/": dial tcp: lookup nowhere.invalid: no such host', 'unreachable'],
  [undefined, 'no answer in 5 s', 'unreachable'],
] as const)('a registry’s answer %s %s: %s', (status, said, state) => {
  expect(registryAnswer(status, said)).toEqual({ state, said });
});

it('a missing Docker, and one that never answers, give no facts within the deadline', async () => {
  const directory = temporaryDirectory();
  const socketPath = join(directory, 'docker.sock');
  expect(await readDockerInfo({ socketPath }, 5_000)).toMatchObject({ state: 'silent' });
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  try {
    const before = performance.now();
    expect(await readDockerInfo({ socketPath }, 200)).toMatchObject({ state: 'silent' });
    expect(performance.now() - before).toBeLessThan(5_000);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
