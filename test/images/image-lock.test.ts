import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImageLock, LockedImage } from '../../src/images/image-lock.ts';
import { applyLock, lockOf, readLock, writeLock } from '../../src/images/image-lock.ts';
import { pinImages } from '../../src/images/pin-images.ts';
import { compileSpec } from '../rollout/installed.ts';

const hash = (digit: string): string => `sha256:${digit.repeat(64)}`;
const spec = {
  name: 'shop',
  services: {
    web: { image: 'nginx:1.27' },
    own: { image: 'own:1', pull_policy: 'never' },
    made: { build: '.' },
    fixed: { image: `redis@${hash('f')}` },
  },
};
const set = compileSpec(spec);

const entry: fc.Arbitrary<LockedImage> = fc
  .tuple(fc.stringMatching(/^[a-z]{1,8}(:[a-z0-9]{1,5})?$/), fc.constantFrom('0', '9', 'c'), fc.boolean())
  .map(([image, digit, byId]) => ({ image, pin: byId ? hash(digit) : `${image}@${hash(digit)}` }));
const lock: fc.Arbitrary<ImageLock> = fc
  .array(fc.tuple(fc.string({ minLength: 1 }), entry))
  .map((entries) => new Map(entries));

describe('dockunit.lock', () => {
  it('is read as it was written, whatever the order of its entries', () => {
    fc.assert(
      fc.property(lock, (some) => {
        const text = writeLock(some);
        expect(readLock(text)).toEqual(some);
        expect(writeLock(new Map([...some].reverse()))).toBe(text);
        expect(writeLock(readLock(text))).toBe(text);
      }),
    );
  });

  it('is JSON in which a person finds the digest of a service', () => {
    const pins = new Map([
      ['web', `nginx:1.27@${hash('a')}`],
      ['own', hash('b')],
      ['made', hash('c')],
    ]);
    expect(writeLock(lockOf(pinImages(set, pins).units))).toBe(
      `{
  "version": 1,
  "services": {
    "own": {
      "image": "own:1",
      "id": "${hash('b')}"
    },
    "web": {
      "image": "nginx:1.27",
      "digest": "${hash('a')}"
    }
  }
}
`,
    );
  });

  it('pins the images it names, needs no entry for built or fixed ones, and reports its gaps', () => {
    const whole = new Map([
      ['web', { image: 'nginx:1.27', pin: `nginx:1.27@${hash('a')}` }],
      ['own', { image: 'own:1', pin: hash('b') }],
      ['gone', { image: 'gone:1', pin: hash('c') }],
    ]);
    const { pins, gaps } = applyLock(set, whole);
    expect(gaps).toEqual([]);
    expect(lockOf(pinImages(set, pins).units)).toEqual(
      new Map([...whole].filter(([name]) => name !== 'gone')),
    );
    expect(applyLock(set, new Map([['web', { image: 'nginx:1.26', pin: hash('a') }]])).gaps).toEqual([
      { kind: 'lacking', service: 'own', image: 'own:1' },
      { kind: 'stale', service: 'web', image: 'nginx:1.27', locked: 'nginx:1.26' },
    ]);
  });

  it.each([
    ['[]', 'no JSON object'],
    ['{"version":2,"services":{}}', 'version is 2'],
    ['{"version":1}', 'no "services"'],
    ['{"version":1,"services":{"web":{"image":"a"}}}', 'the entry of web'],
    ['{"version":1,"services":{"web":{"image":"a","digest":"sha256:1"}}}', 'the entry of web'],
    [`{"version":1,"services":{"web":{"image":"a","digest":"${hash('a')}","id":"x"}}}`, 'the entry of web'],
    ['{', 'JSON'],
  ])('refuses %s', (text, said) => {
    expect(() => readLock(text)).toThrow(said);
  });
});
