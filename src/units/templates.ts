/**
 * House defaults: plain unit files in templates/, over which a user may merge others. They fill in what the
 * specification leaves open.
 */
import containerTemplate from '../../templates/container.service?raw';
import gateTemplate from '../../templates/gate.service?raw';
import imageTemplate from '../../templates/image.service?raw';
import watchTemplate from '../../templates/watch.service?raw';
import networkTemplate from '../../templates/network.service?raw';
import sliceTemplate from '../../templates/project.slice?raw';
import targetTemplate from '../../templates/project.target?raw';
import volumeTemplate from '../../templates/volume.service?raw';
import { isKnownTo } from './directive-versions.ts';
import { commandKeys, nameListKeys, parseSections } from './unit-file.ts';
import type { Directive, Section, Target, Unit, UnitKind } from './unit-set.ts';

/** The default sections for a unit of each kind; a later directive of a key wins over an earlier one. */
export type Templates = Readonly<Record<UnitKind, readonly Section[]>>;

/**
 * The file name of a user's template for a kind.
 * @internal exported for tests: the test goes over all of them
 */
export const templateNames = {
  container: 'container.service',
  image: 'image.service',
  network: 'network.service',
  volume: 'volume.service',
  gate: 'gate.service',
  watch: 'watch.service',
  slice: 'project.slice',
  target: 'project.target',
} satisfies Record<UnitKind, string>;

const shippedTemplates = {
  container: containerTemplate,
  image: imageTemplate,
  network: networkTemplate,
  volume: volumeTemplate,
  gate: gateTemplate,
  watch: watchTemplate,
  slice: sliceTemplate,
  target: targetTemplate,
} satisfies Record<UnitKind, string>;

/** The shipped templates merged with the user's texts, by file name. */
export function readTemplates(overrides: ReadonlyMap<string, string> = new Map()): Templates {
  const read = (kind: UnitKind): readonly Section[] => [
    ...parseSections(shippedTemplates[kind]),
    ...parseSections(overrides.get(templateNames[kind]) ?? ''),
  ];
  return {
    container: read('container'),
    image: read('image'),
    network: read('network'),
    volume: read('volume'),
    gate: read('gate'),
    watch: read('watch'),
    slice: read('slice'),
    target: read('target'),
  };
}

/**
 * The unit merged with its kind's template: the unit's own directives win; lists of units and of commands are extended,
 * the unit's own first; other directives are added at the end of the section.
 */
export function layTemplate(unit: Unit, templates: Templates, target: Target): Unit {
  const template = templates[unit.kind];
  const sections = unit.sections.map((section) => {
    const defaults = template
      .filter(({ name }) => name === section.name)
      .flatMap(({ directives }) => directives)
      .filter(({ key }) => isKnownTo(key, target.systemd));
    return { ...section, directives: laidOver(section.directives, defaults) };
  });
  return { ...unit, sections };
}

/** Of variables the later line wins, systemd.exec(5): those of the template come before the unit's own. */
const variableKeys: ReadonlySet<string> = new Set(['Environment', 'EnvironmentFile']);

function laidOver(ours: readonly Directive[], defaults: readonly Directive[]): readonly Directive[] {
  const variables = defaults.filter(({ key }) => variableKeys.has(key));
  const others = defaults.filter(({ key }) => !variableKeys.has(key));
  const first = ours.findIndex(({ key }) => variableKeys.has(key));
  const at = first === -1 ? ours.length : first;
  return [...ours.slice(0, at), ...variables, ...ours.slice(at), ...fillIn(ours, others)];
}

function fillIn(ours: readonly Directive[], defaults: readonly Directive[]): readonly Directive[] {
  const keys = new Set(ours.map(({ key }) => key));
  const single = new Map<string, Directive>();
  const lists: Directive[] = [];
  for (const directive of defaults) {
    if (nameListKeys.has(directive.key) || commandKeys.has(directive.key)) lists.push(directive);
    else if (!keys.has(directive.key)) single.set(directive.key, directive);
  }
  return [...single.values(), ...lists];
}
