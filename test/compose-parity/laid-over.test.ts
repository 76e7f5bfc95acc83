import { expect, it } from 'vitest';
import { buildKeys, fileObjectKeys, networkKeys, serviceKeys, volumeKeys } from '../../src/compose/keys.ts';
import { formKeys } from './forms.ts';

/** What cannot be asked of docker compose 2.26, or is the way of laying over itself. */
const apart: Readonly<Record<string, readonly string[]>> = {
  service: ['extends'],
  network: ['enable_ipv4'],
  config: ['driver', 'driver_opts'],
  secret: ['content'],
};

it.each([
  ['service', serviceKeys],
  ['build', buildKeys],
  ['network', networkKeys],
  ['volume', volumeKeys],
  ['config', fileObjectKeys],
  ['secret', fileObjectKeys],
] as const)('every key of a %s has its forms', (section, keys) => {
  const written = (formKeys().get(section) ?? []).filter((key) => !key.startsWith('x-'));
  expect([...written, ...(apart[section] ?? [])].sort()).toEqual([...keys].sort());
});
