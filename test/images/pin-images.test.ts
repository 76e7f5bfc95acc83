import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUnits, isEditedByHand } from '../../src/rollout/compare-units.ts';
import { configurationOf, readContainerCommands } from '../../src/units/container-command.ts';
import { keptPins, pinFor, pinImages, pinsOf, runImage } from '../../src/images/pin-images.ts';
import { parseUnit, serialiseUnit } from '../../src/units/unit-file.ts';
import type { Unit, UnitSet } from '../../src/units/unit-set.ts';
import { dockunitField } from '../../src/units/unit-set.ts';
import { compileSpec, install } from '../rollout/installed.ts';

const [one, two] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
const spec = {
  name: 'shop',
  services: {
    web: {
      image: 'nginx:1.27',
      command: ['nginx:1.27', 'docker', 'create'],
      init: true,
      environment: { A: 'b' },
      pull_policy: 'always',
      platform: 'linux/amd64',
    },
    api: { image: 'api:1', scale: 2 },
    made: { build: '.' },
    idle: { image: 'idle:1', pull_policy: 'never' },
  },
};
const set = compileSpec(spec);
const unit = ({ units }: UnitSet, name: string): Unit => {
  const found = units.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no ${name} among ${units.map((each) => each.name).join(' ')}`);
  return found;
};
const pins = new Map([
  ['web', `nginx:1.27@${one}`],
  ['api', two],
  ['made', two],
]);
const pinned = pinImages(set, pins);

describe('pinImages', () => {
  it('gives docker the pinned image in place of the one of the file, and changes nothing else of the container', () => {
    for (const [name, pin] of [
      ['shop-web.service', pins.get('web')],
      ['shop-api@1.service', two],
      ['shop-api@2.service', two],
      ['shop-made.service', two],
    ] as const) {
      const [before, after] = [unit(set, name), unit(pinned, name)];
      const settings = readContainerCommands(after).settings;
      expect(settings.get('image')).toEqual([pin]);
      expect(new Map([...settings, ['image', []]])).toEqual(
        new Map([...readContainerCommands(before).settings, ['image', []]]),
      );
      expect([dockunitField(after, 'Image'), runImage(after)]).toEqual([dockunitField(before, 'Image'), pin]);
      // Else every container would count as made of another unit.
      expect(configurationOf(after)).toBe(configurationOf(before));
    }
    expect(unit(pinned, 'shop-idle.service')).toBe(unit(set, 'shop-idle.service'));
  });

  it('pulls a pinned image only where it is missing; others are fetched the usual way', () => {
    const pull = serialiseUnit(unit(pinned, 'shop-web-image.service'));
    expect(pull).toContain(`nginx:1.27@${one} --platform linux/amd64\n`);
    expect(pull).not.toContain('timeout 120');
    for (const name of ['shop-api-image.service', 'shop-made-image.service']) {
      expect(unit(pinned, name)).toBe(unit(set, name));
    }
    const byId = pinImages(pinned, new Map([['web', two]]));
    expect(serialiseUnit(unit(byId, 'shop-web-image.service'))).not.toContain(one);
  });

  it('gives the same bytes for units that were read from disk, again and again', () => {
    const read = { ...set, units: install(set).units.map(({ unit: each }) => each) };
    const texts = ({ units }: UnitSet): readonly string[] => units.map(serialiseUnit);
    expect(texts(pinImages(read, pins))).toEqual(texts(pinned));
    fc.assert(
      fc.property(fc.constantFrom(one, two, `nginx:1.27@${two}`), (other) => {
        const through = pinImages(pinImages(read, new Map([['web', other]])), pins);
        expect(texts(through)).toEqual(texts(pinned));
        expect(pinsOf(through.units)).toEqual(pins);
      }),
    );
  });

  it('shows an edit by hand only where there was one', () => {
    for (const entry of install(pinned).units) expect(isEditedByHand(entry)).toBe(false);
    const text = serialiseUnit(unit(set, 'shop-web.service')).replace(
      'TimeoutStopSec=30',
      'TimeoutStopSec=31',
    );
    const edited = parseUnit('shop-web.service', text);
    if (edited === undefined) throw new Error('not read');
    const [after] = pinImages({ ...set, units: [edited] }, pins).units;
    if (after === undefined) throw new Error('not pinned');
    expect(isEditedByHand({ unit: after, text: serialiseUnit(after) })).toBe(true);
  });

  it('is reported as a change of the image', () => {
    const change = compareUnits(install(set), pinned).find((each) => each.unit === 'shop-web.service');
    expect(change).toMatchObject({
      change: 'changed',
      details: [{ name: 'image', removed: ['nginx:1.27'], added: [`nginx:1.27@${one}`], need: 'restart' }],
    });
  });
});

describe('keptPins', () => {
  it('carries pins over to a recompiled file, but not to a renamed image', () => {
    const installed = pinned.units;
    expect(keptPins(set, installed)).toEqual(pins);
    const other = { ...spec, services: { ...spec.services, web: { image: 'nginx:1.28' } } };
    expect([...keptPins(compileSpec(other), installed).keys()].sort()).toEqual(['api', 'made']);
    expect(keptPins(pinned, set.units)).toEqual(new Map());
  });
});

describe('pinFor', () => {
  const id = `sha256:${'a'.repeat(64)}`;
  it.each([
    ['nginx:1', [`nginx@${one}`], `nginx:1@${one}`],
    ['docker.io/library/nginx:1', [`nginx@${one}`], `docker.io/library/nginx:1@${one}`],
    [
      'r.example:5000/a/nginx',
      [`nginx@${one}`, `r.example:5000/a/nginx@${two}`],
      `r.example:5000/a/nginx@${two}`,
    ],
    ['nginx:1', [`nginx@${two}`, `nginx@${one}`], `nginx:1@${one}`],
    ['nginx:1', [`other@${one}`], id],
    ['own:1', [], id],
  ])('%s of an image with %j is %s', (reference, digests, pin) => {
    expect(pinFor(reference, { id, digests })).toBe(pin);
  });

  it('stays where it stands for the same image', () => {
    const image = { id, digests: [`nginx@${one}`, `nginx@${two}`] };
    expect(pinFor('nginx:1', image, `nginx:1@${two}`)).toBe(`nginx:1@${two}`);
    expect(pinFor('nginx:1', image, `nginx:1@sha256:${'9'.repeat(64)}`)).toBe(`nginx:1@${one}`);
  });
});
