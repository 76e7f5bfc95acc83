/**
 * The names that [Install] adds to the unit's own, systemd.unit(5): an alias is a link of that name, which replaces any
 * unit with that name, and systemd enables and disables the units in Also= together with the unit. No other directive
 * adds a name: WantedBy= and its like create links in a directory of the named unit.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Project } from '../compose/project.ts';
import type { NameClaim } from './names.ts';
import { parseUnitName } from './unit-name.ts';
import { type Unit, namesIn, valuesOf } from './unit-set.ts';

/** The names of the unit once it is enabled, without its own. */
export function aliasesOf(unit: Unit): readonly string[] {
  return namesUnder(unit, 'Alias').filter((name) => name !== unit.name);
}

function namesUnder(unit: Unit, key: 'Alias' | 'Also'): readonly string[] {
  return valuesOf(unit, 'Install', key).flatMap(namesIn);
}

/** A unit, and the place in the specification that it comes from. */
interface PlacedUnit {
  readonly unit: Unit;
  readonly path: string;
}

/** The name that each alias claims, to be checked against all other names. */
export function aliasClaims(units: readonly PlacedUnit[]): readonly NameClaim[] {
  return units.flatMap(({ unit, path }) =>
    aliasesOf(unit).map((name) => ({ unit: name, path: placeOf(path, 'Alias') })),
  );
}

/** Names that cannot be checked, and foreign units that would be enabled and disabled with a unit of the project. */
export function checkInstallNames(project: Project, units: readonly PlacedUnit[]): readonly Diagnostic[] {
  const own = new Set(units.map(({ unit }) => unit.name));
  return units.flatMap(({ unit, path }) => {
    const report = (key: 'Alias' | 'Also', code: string, message: string, remedy: string): Diagnostic => {
      const at = placeOf(path, key);
      const position = project.where(at);
      return { severity: 'error', code, path: at, ...(position && { position }), message, remedy };
    };
    const type = parseUnitName(unit.name)?.type;
    const aliases = aliasesOf(unit).flatMap((name) => {
      const alias = parseUnitName(name);
      if (alias?.type === type && alias?.instance !== '') return [];
      const message = `Alias=${name} is not the name of a ${String(type)}`;
      const remedy = `Write a whole name that ends in .${String(type)}, without specifiers and quotes`;
      return report('Alias', 'unit-alias-invalid', message, remedy);
    });
    const others = namesUnder(unit, 'Also').flatMap((name) => {
      if (own.has(name)) return [];
      const message = `Also=${name} would have ${name}, which is not of this project, enabled and disabled with ${unit.name}`;
      return report('Also', 'unit-also-foreign', message, `Enable it by itself: systemctl enable ${name}`);
    });
    return [...aliases, ...others];
  });
}

function placeOf(path: string, key: string): string {
  return `${path}.x-systemd.Install.${key}`;
}
