/**
 * Unit sets written as text, for tests of the graph alone:
 * ```
 * project shop
 * shop-web.service container
 *   Service=web
 *   Requires=shop-db.service docker.service
 * ```
 * A value in double quotes is JSON, for names with blanks or newlines in them.
 */
import { dockunitFields, unitKinds } from '../../src/units/unit-set.ts';
import type { Directive, Section, Unit, UnitKind, UnitSet } from '../../src/units/unit-set.ts';

export function parseUnitSet(text: string): UnitSet {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const project = lines.find((line) => line.startsWith('project '))?.slice('project '.length) ?? 'test';
  const units: { name: string; kind: UnitKind; lines: string[] }[] = [];
  for (const line of lines) {
    if (line.startsWith('project ')) continue;
    if (line.startsWith(' ')) {
      const current = units.at(-1);
      if (current === undefined) throw new Error(`a directive before the first unit: ${line}`);
      current.lines.push(line.trim());
    } else {
      const [name, kind] = line.split(' ');
      const known = unitKinds.find((candidate) => candidate === kind);
      if (name === undefined || known === undefined) throw new Error(`not "NAME KIND": ${line}`);
      units.push({ name, kind: known, lines: [] });
    }
  }
  return {
    project,
    units: units.map((unit) => unitOf(unit.name, unit.kind, unit.lines)),
    files: [],
  };
}

export function unitOf(name: string, kind: UnitKind, lines: readonly string[]): Unit {
  const sections = new Map<string, Directive[]>();
  for (const line of lines) {
    const [, key = '', raw = ''] = /^([^=]+)=(.*)$/.exec(line) ?? [];
    if (key === '') throw new Error(`not "KEY=VALUE": ${line}`);
    const text = raw.startsWith('"') ? String(JSON.parse(raw)) : raw;
    const section = sectionOf(key);
    const directive: Directive =
      section === 'X-Dockunit'
        ? { key, value: { kind: 'data', text } }
        : key === 'DefaultDependencies'
          ? { key, value: { kind: 'word', word: text } }
          : { key, value: { kind: 'names', names: text.split(' ').filter((word) => word !== '') } };
    sections.set(section, [...(sections.get(section) ?? []), directive]);
  }
  return {
    name,
    kind,
    sections: [...sections].map(([sectionName, directives]): Section => ({ name: sectionName, directives })),
  };
}

function sectionOf(key: string): string {
  if (dockunitFields.some((field) => field === key)) return 'X-Dockunit';
  return ['WantedBy', 'RequiredBy', 'UpheldBy'].includes(key) ? 'Install' : 'Unit';
}

/** A unit set of containers named `u0.service`, `u1.service`…, each After (and requiring) some others. */
export function chainedUnits(count: number, after: (index: number) => readonly number[]): UnitSet {
  const name = (index: number): string => `u${String(index).padStart(5, '0')}.service`;
  return {
    project: 'test',
    files: [],
    units: Array.from({ length: count }, (_, index) => {
      const names = after(index).map(name);
      return {
        name: name(index),
        kind: 'container' as const,
        sections: [
          {
            name: 'Unit',
            directives: ['Requires', 'After'].map((key) => ({
              key,
              value: { kind: 'names' as const, names },
            })),
          },
        ],
      };
    }),
  };
}
