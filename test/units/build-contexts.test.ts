/** The image of another service as a context of a build: gotten first, and named as docker knows it. */
import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../src/graph/build.ts';
import { findCycles } from '../../src/graph/cycles.ts';
import { compileText, filesOf, setOf } from '../exactness/compile-services.ts';

const compiled = (services: object): ReturnType<typeof compileText> =>
  compileText(JSON.stringify({ name: 'shop', services }));
const withBase = (base: object, reference = 'service:base'): object => ({
  web: { build: { context: '/srv/web', additional_contexts: { base: reference } } },
  base,
});

describe('a context that is another service', () => {
  it.each([
    ['that is built', { build: '/srv/base' }, 'shop-base', true],
    ['that is built under a name', { image: 'base:1', build: '/srv/base' }, 'base:1', true],
    ['that is pulled', { image: 'base:1' }, 'base:1', true],
    ['whose image is there', { image: 'base:1', pull_policy: 'never' }, 'base:1', false],
  ])('%s', (_what, base, image, hasUnit) => {
    const unit = filesOf(compiled(withBase(base))).get('shop-web-image.service')?.content ?? '';
    expect(unit).toContain(`--build-context base=docker-image://${image}`);
    for (const key of ['Wants', 'After']) {
      expect(new RegExp(`^${key}=.*\\bshop-base-image\\.service`, 'm').test(unit)).toBe(hasUnit);
    }
    expect(unit).not.toMatch(/^Requires=.*base/m);
  });

  it.each([
    ['is not there', withBase({ image: 'a' }, 'service:other')],
    ['takes no part', withBase({ image: 'a', profiles: ['x'] })],
    ['is the service itself', withBase({ image: 'a' }, 'service:web')],
  ])('is refused where it %s', (_what, services) => {
    expect(compiled(services).diagnostics.map(({ code }) => code)).toContain('build-context-service');
  });

  it('and is built from the first is a cycle', () => {
    const base = { build: { context: '/srv/base', additional_contexts: { web: 'service:web' } } };
    expect(findCycles(buildGraph(setOf(compiled(withBase(base))))).map(({ units }) => units)).toEqual([
      ['shop-base-image.service', 'shop-web-image.service'],
    ]);
  });
});
