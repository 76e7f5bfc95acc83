/** The dependencies in a unit's own files and links; systemd.unit(5). */
import type { UnitFiles } from '../../model/ports.ts';
import { type UnitName, escapePath, instantiate, parseUnitName } from '../../units/unit-name.ts';
import { extractWord } from '../../units/words.ts';
import { type Dependencies, type DependencyKind, dependencyKinds } from '../engine/unit-config.ts';
import type { Assignment, ReadDirective, UnitSettings } from './settings.ts';
import { type SpecifierValues, forNames, replaceSpecifiers, resolvePath } from './specifiers.ts';

/** Old directives that mean one of today's. */
const otherNames: Readonly<Partial<Record<DependencyKind, readonly ReadDirective[]>>> = {
  BindsTo: ['Unit.BindTo'],
  Requires: ['Unit.RequiresOverridable'],
  Requisite: ['Unit.RequisiteOverridable'],
};

/** Mount points of the host: only those configured have a unit that can be required. */
export interface Mounts {
  readonly configuredPaths: ReadonlySet<string>;
  readonly mountedPaths: ReadonlySet<string>;
}

/** Dependencies on the names of each kind, without repetition. */
export function byKind(namesOf: (kind: DependencyKind) => readonly string[]): Dependencies {
  return Object.fromEntries(
    dependencyKinds.map((kind): [DependencyKind, readonly string[]] => [kind, [...new Set(namesOf(kind))]]),
  ) as Record<DependencyKind, readonly string[]>;
}

export const noDependencies: Dependencies = byKind(() => []);

/** The dependencies of each kind from both, without repetition. */
export function mergeDependencies(first: Dependencies, second: Partial<Dependencies>): Dependencies {
  return byKind((kind) => [...first[kind], ...(second[kind] ?? [])]);
}

/** The dependencies in [Unit]; an empty assignment removes nothing. */
export function readDependencies(
  settings: UnitSettings,
  name: UnitName,
  specifiers: SpecifierValues,
): Dependencies {
  return byKind((kind) => {
    const assignments = settings.all(`Unit.${kind}`, ...(otherNames[kind] ?? []));
    return readNames(assignments, name, specifiers, settings);
  });
}

/** The unit names in the assignments; reports invalid names and drops them. Turns a template into an instance. */
export function readNames(
  assignments: readonly Assignment[],
  name: UnitName,
  specifiers: SpecifierValues,
  settings: UnitSettings,
): readonly string[] {
  const names = assignments.flatMap(({ directive, value, position }) =>
    value.split(/[ \t\n\r]+/).flatMap((word): string[] => {
      if (word === '') return [];
      const outcome = replaceSpecifiers(word, forNames(specifiers));
      const other = 'text' in outcome ? parseUnitName(outcome.text) : undefined;
      if (other === undefined) {
        const key = directive.slice(directive.indexOf('.') + 1);
        const message = `${word} in ${key}= is no unit's name, so it is ignored`;
        settings.report('warning', 'invalid-unit-name', message, 'Write names like web.service', position);
        return [];
      }
      return [other.instance === '' ? instantiate(other, name.instance || name.prefix) : other.full];
    }),
  );
  // Nothing depends on itself.
  return [...new Set(names)].filter((other) => other !== name.full);
}

/** The dependencies from the links in NAME.wants and similar directories. */
export function linkedDependencies({ links }: UnitFiles): Partial<Dependencies> {
  return { Wants: links.wants, Requires: links.requires, Upholds: links.upholds };
}

/** The paths of RequiresMountsFor= or WantsMountsFor=: removes quotes, keeps backslashes. */
export function readMountPaths(
  settings: UnitSettings,
  directive: 'Unit.RequiresMountsFor' | 'Unit.WantsMountsFor',
  specifiers: SpecifierValues,
): readonly string[] {
  return settings.all(directive).flatMap(({ value, position }) => {
    const paths: string[] = [];
    const refuse = (what: string): void => {
      const message = `${what} is no absolute path, so it is ignored`;
      settings.report('warning', 'invalid-value', message, 'Write an absolute path', position);
    };
    try {
      const text = value.replaceAll('\\', '\\\\');
      for (let word = extractWord(text, 0); word !== undefined; word = extractWord(text, word.end)) {
        const path = resolvePath(word.word, specifiers);
        if (path === undefined) refuse(word.word);
        else paths.push(path);
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      refuse(value);
    }
    return paths;
  });
}

/**
 * The mounts that contain a path: the unit is ordered after all of them, and requires those that are configured. The
 * root is always mounted.
 */
export function mountDependencies(
  paths: readonly string[],
  mounts: Mounts,
  kind: 'Requires' | 'Wants',
): Partial<Dependencies> {
  const prefixes = [...new Set(paths.flatMap(prefixesOf))].filter((path) => !isKernelMount(path));
  const unitOf = (path: string): string => `${escapePath(path)}.mount`;
  const units = prefixes.filter((path) => mounts.configuredPaths.has(path)).map(unitOf);
  const mountPaths = prefixes.filter(
    (path) => mounts.configuredPaths.has(path) || mounts.mountedPaths.has(path),
  );
  return { [kind]: units, After: mountPaths.map(unitOf) };
}

/** Mounts that exist before anything runs, and appear in no dependency; mount_point_is_api() of systemd. */
function isKernelMount(path: string): boolean {
  return ['/proc', '/sys', '/dev', '/run', '/dev/shm', '/dev/pts'].includes(path) || path.startsWith('/sys/');
}

/** `/srv/data` → `/srv`, `/srv/data`. */
function prefixesOf(path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}
