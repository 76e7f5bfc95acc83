/** A unit as a page for its reader: where it comes from, and its directives in the order of the man pages. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUnits, isEditedByHand } from '../../src/rollout/compare-units.ts';
import { configHash } from '../../src/units/config-hash.ts';
import { orderDirectives } from '../../src/units/directive-order.ts';
import { parseUnit, serialiseUnit } from '../../src/units/unit-file.ts';
import { type Target, type Unit, dockunitField } from '../../src/units/unit-set.ts';
import { compile, project, service, target, volume } from './project-builder.ts';

const shop = (where = (path: string) => path.split('.').length, file = '/srv/shop/compose.yaml') =>
  project(
    [
      service('web', {
        volumes: [{ type: 'volume', source: 'data', target: '/data', readOnly: false, noCopy: false }],
      }),
    ],
    {
      files: [file],
      volumes: new Map([['data', volume('data')]]),
      where: (path) => ({ file, line: where(path), column: 1 }),
    },
  );

const unitsOf = (of = shop(), to: Target = target): readonly Unit[] => compile(of, to).units;

const webOf = (units: readonly Unit[]): Unit => {
  const [web] = units.filter(({ name }) => name === 'shop-web.service');
  if (web === undefined) throw new Error('no unit of web');
  return web;
};

describe('what a unit says about its source', () => {
  it('names the file and the line first, and how to change it', () => {
    expect(serialiseUnit(webOf(unitsOf()))).toMatch(
      /^# From \/srv\/shop\/compose\.yaml, line 2\. Change it there, then run: dockunit apply\n\[Unit\]\n/,
    );
    expect(serialiseUnit(webOf(unitsOf(shop(), { ...target, scope: 'user' })))).toMatch(
      /^# From .*, then run: dockunit apply --user\n/,
    );
  });

  it('is in every unit, to systemd and to dockunit too', () => {
    for (const unit of unitsOf()) {
      const text = serialiseUnit(unit);
      expect(text).toMatch(/^# From \/srv\/shop\/compose\.yaml, line \d+\. /);
      expect(text).toContain('\nDocumentation=file:/srv/shop/compose.yaml man:dockunit(1)\n');
      expect(dockunitField(unit, 'Source')).toBe('/srv/shop/compose.yaml');
    }
  });

  it('leaves Documentation= to a user who sets it', () => {
    const own = {
      path: 'services.web.x-systemd.Unit.Documentation',
      key: 'Documentation',
      value: 'file:/srv/notes',
    };
    const plain = service('web');
    const web = { ...plain, systemd: { ...plain.systemd, Unit: [own] } };
    const text = serialiseUnit(webOf(unitsOf(project([web]))));
    expect(text.match(/^Documentation=.*$/gm)).toEqual(['Documentation=file:/srv/notes']);
  });

  it('is one line of comment and one URI, whatever the path', () => {
    const character = fc.constantFrom(
      'a',
      '/',
      ' ',
      '%',
      '\\',
      '\n',
      '\r',
      '\t',
      '#',
      '[',
      '"',
      '\u202e',
      'é',
    );
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 12 }), (name) => {
        const file = `/srv/${name}`;
        const unit = webOf(unitsOf(shop(() => 7, file)));
        const text = serialiseUnit(unit);
        const [first = '', second] = text.split('\n');
        expect(first.startsWith('# From /srv/') && second === '[Unit]').toBe(true);
        const reread = parseUnit(unit.name, text);
        expect(reread?.comment).toBe(unit.comment);
        expect(reread && dockunitField(reread, 'Source')).toBe(file);
        expect(isEditedByHand({ unit: reread ?? unit, text })).toBe(false);
        const uri = /^Documentation=file:([^\s"'\\]+) man:dockunit\(1\)$/m.exec(text)?.[1];
        expect(uri && decodeURI(uri.replaceAll('%%', '%')).replace('%22', '"')).toBe(file);
      }),
      { numRuns: 40 },
    );
  });

  it('is no part of the configuration: lines that move change no hash and restart nothing', () => {
    const [before, after] = [unitsOf(), unitsOf(shop(() => 99))];
    const installed = before.map((unit) => ({ unit, text: serialiseUnit(unit) }));
    const changes = compareUnits(
      { units: installed, files: [] },
      { project: 'shop', units: after, files: [] },
    );
    expect(changes.length).toBe(before.length);
    for (const change of changes) expect(change).toMatchObject({ change: 'changed', details: [] });
    for (const [index, unit] of after.entries()) {
      const text = serialiseUnit(unit);
      expect(configHash(text)).toBe(configHash(installed[index]?.text ?? ''));
      expect(text).not.toBe(installed[index]?.text);
    }
  });
});

describe('the order of directives', () => {
  const keys = [
    'Type',
    'ExecStart',
    'ExecStartPre',
    'Slice',
    'Restart',
    'TimeoutSec',
    'TimeoutStopSec',
    'OfAnother',
  ];
  const directives = fc
    .array(fc.constantFrom(...keys), { maxLength: 24 })
    .map((list) =>
      list.map((key, index) => ({ key, value: { kind: 'word' as const, word: String(index) } })),
    );

  it('is that of the man pages, but for commands', () => {
    const section = {
      name: 'Service',
      directives: keys.toReversed().map((key) => ({ key, value: { kind: 'word' as const, word: '' } })),
    };
    expect(orderDirectives(section).directives.map(({ key }) => key)).toEqual([
      ...[
        'Type',
        'ExecStartPre',
        'ExecStart',
        'TimeoutStopSec',
        'TimeoutSec',
        'Restart',
        'Slice',
        'OfAnother',
      ],
    ]);
  });

  it('changes no meaning: lines of one key, or that set the same, stay in their order', () => {
    fc.assert(
      fc.property(directives, (list) => {
        const sorted = orderDirectives({ name: 'Service', directives: list }).directives;
        for (const group of [...keys.map((key) => [key]), ['TimeoutSec', 'TimeoutStopSec']]) {
          const of = (all: typeof sorted): typeof sorted => all.filter(({ key }) => group.includes(key));
          expect(of(sorted)).toEqual(of(list));
        }
        expect(orderDirectives({ name: 'Service', directives: sorted }).directives).toEqual(sorted);
      }),
    );
  });
});
