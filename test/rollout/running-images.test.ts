import { expect, it } from 'vitest';
import { readRunningImages } from '../../src/rollout/running-images.ts';
import { pinImages } from '../../src/images/pin-images.ts';
import type { DockerResources, ImagePort, LocalImage } from '../../src/model/ports.ts';
import { dockunitField } from '../../src/units/unit-set.ts';
import { compileSpec, install } from './installed.ts';

const id = (digit: string): string => `sha256:${digit.repeat(64)}`;
const image = (version: number): LocalImage => ({
  id: id(String(version)),
  digests: [`app@${id(`${version}`)}`],
});
const pin = (version: number): string => `app:1@${id(String(version))}`;

/** A disk where the tag app:1 stands for version 2 by now, and what runs is older. */
const disk = new Map<string, LocalImage>([
  ['app:1', image(2)],
  ...[0, 1, 2].map((version): [string, LocalImage] => [id(String(version)), image(version)]),
  ...[0, 1, 2].map((version): [string, LocalImage] => [pin(version), image(version)]),
]);
const images = {
  inspect: (names: readonly string[]) =>
    Promise.resolve(new Map([...disk].filter(([name]) => names.includes(name)))),
} as Partial<ImagePort> as ImagePort;

const set = compileSpec({
  name: 'shop',
  services: {
    two: { image: 'app:1', scale: 2 },
    ended: { image: 'app:1' },
    lost: { image: 'app:1' },
    never: { image: 'app:1' },
    pinned: { image: 'app:1' },
    absent: { image: 'gone:1' },
  },
});

function container(
  name: string,
  status: 'running' | 'exited',
  imageId: string,
): [string, DockerResources['containers'] extends ReadonlyMap<string, infer V> ? V : never] {
  const unit = set.units.find((each) => dockunitField(each, 'Container') === name)?.name ?? '';
  return [name, { imageId, status, startedAt: 1, labels: new Map([['dockunit.unit', unit]]) }];
}

it('finds the image of every service that has one on the disk, whether it runs, ended or never ran', async () => {
  const containers = new Map([
    // The first replica is down; what the other runs is what both run.
    container('shop-two-1', 'exited', id('0')),
    container('shop-two-2', 'running', id('1')),
    container('shop-ended', 'exited', id('0')),
    // Its image was removed by force: what it would run now is left.
    container('shop-lost', 'exited', id('9')),
    container('shop-pinned', 'running', id('1')),
  ]);
  const installed = install(pinImages(set, new Map([['pinned', pin(0)]])));
  const running = await readRunningImages(installed, { containers }, images);
  expect(Object.fromEntries([...running].map(([service, each]) => [service, each.pin]))).toEqual({
    two: pin(1),
    ended: pin(0),
    lost: pin(2),
    never: pin(2),
    pinned: pin(0),
  });
});
