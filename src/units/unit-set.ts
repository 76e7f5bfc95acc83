/**
 * The unit set: the contract between compiler, systemd and supervisor. A model of plain systemd
 * units; unit-file.ts turns it into text and back without loss.
 */

/** The purpose of a unit of dockunit; also the value of `Kind=` in [X-Dockunit]. */
export const unitKinds = [
  'container',
  'image',
  'network',
  'volume',
  'gate',
  'watch',
  'slice',
  'target',
] as const;
export type UnitKind = (typeof unitKinds)[number];

export interface UnitSet {
  /** The project's name. */
  readonly project: string;
  /** Sorted by name. */
  readonly units: readonly Unit[];
  /** Files that the units read, written beside them; sorted by name. */
  readonly files: readonly AttachedFile[];
}

export interface Unit {
  /** Full name with suffix: `shop-web.service`. */
  readonly name: string;
  readonly kind: UnitKind;
  /** The first line of the file, for people; it is no part of the configuration. One line. */
  readonly comment?: string;
  /** In the order they are written: Unit, Service, Install, X-Dockunit. */
  readonly sections: readonly Section[];
}

export interface Section {
  readonly name: string;
  readonly directives: readonly Directive[];
}

export interface Directive {
  readonly key: string;
  readonly value: Value;
}

/**
 * The right-hand side of the `=`.
 * - `exec`: a command line; each argument is quoted as needed, `%` and `$` are doubled.
 * - `names`: unit names, separated by spaces.
 * - `paths`: absolute paths, separated by spaces, quoted, `%` doubled.
 * - `text`: one line for people; `%` is doubled.
 * - `word`: a keyword, number or time span that needs no escaping.
 * - `data`: text that only dockunit reads ([X-Dockunit]); C-escaped so that any string survives.
 * - `verbatim`: the user's own, in systemd's syntax, never escaped again.
 */
export type Value =
  | { readonly kind: 'exec'; readonly command: Command }
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'paths'; readonly paths: readonly string[] }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'data'; readonly text: string }
  | { readonly kind: 'verbatim'; readonly text: string };

export interface Command {
  /** systemd.service(5), COMMAND LINES: `-` ignores failure. */
  readonly ignoreFailure: boolean;
  readonly argv: readonly Argument[];
}

/** A literal string, or parts some of which systemd expands when it runs the command. */
export type Argument = string | readonly ArgumentPart[];
export type ArgumentPart = string | { readonly specifier: Specifier } | VariableArgument;

/**
 * A value that is in no unit: it is in a file of mode 0600 that EnvironmentFile= names.
 * - `word`: written `${NAME}`, which systemd replaces by the value as it runs the command.
 * - `name`: written `NAME`; the program takes the value from its environment.
 */
export interface VariableArgument {
  readonly variable: string;
  readonly as: 'word' | 'name';
  /** Until the unit is complete: keepPrivate() moves it into the file. */
  readonly value?: string;
}

/** systemd.unit(5), SPECIFIERS: U the manager's user id, Y the directory of the unit file (from 251). */
export const specifiers = ['U', 'Y'] as const;
type Specifier = (typeof specifiers)[number];

/** A file beside the units that is no unit: values and contents kept out of argv and of the units. */
export interface AttachedFile {
  readonly name: string;
  /** 0o600: such files contain secrets. */
  readonly mode: number;
  readonly content: string;
  /** The unit that reads it. */
  readonly unit: string;
  /** The lines shown instead of the content: `TOKEN=…`. */
  readonly outline: readonly string[];
}

/** The target that the units are written for. */
export interface Target {
  readonly scope: 'system' | 'user';
  /** systemd's major version, e.g. 252. */
  readonly systemd: number;
  /** Docker's major version, e.g. 20. */
  readonly docker: number;
  /** The directory of the units; used where systemd is too old for %Y. Absolute. */
  readonly directory: string;
  /** The host's name, where a placement asks for it; absent: unknown. */
  readonly hostname?: string;
  /** Containers of other projects, where a service names one. */
  readonly others?: readonly UnitContainer[];
}

/** A container that a unit of dockunit runs. */
export interface UnitContainer {
  readonly container: string;
  readonly unit: string;
  readonly project: string;
}

/** All values of a key in a section, in order; [] where there is none. */
export function valuesOf(unit: Unit, section: string, key: string): readonly Value[] {
  const values: Value[] = [];
  for (const { name, directives } of unit.sections) {
    if (name !== section) continue;
    for (const directive of directives) if (directive.key === key) values.push(directive.value);
  }
  return values;
}

/** The unit names a dependency directive such as After= lists, over all its lines; [] where there is none. */
export function namesOf(unit: Unit, key: string): readonly string[] {
  return valuesOf(unit, 'Unit', key).flatMap(namesIn);
}

/** The unit names of one line; [] where the line has another kind. */
export function namesIn(value: Value): readonly string[] {
  if (value.kind === 'names') return value.names;
  return value.kind === 'verbatim' ? value.text.split(/\s+/).filter((word) => word !== '') : [];
}

/** A field of [X-Dockunit], e.g. `Service`; undefined where the unit has none. */
export function dockunitField(unit: Unit, key: DockunitField): string | undefined {
  const value = valuesOf(unit, 'X-Dockunit', key)[0];
  return value?.kind === 'data' ? value.text : undefined;
}

/** The values of the option in the commands that create the unit's container: `--publish`. */
export function optionArguments(unit: Unit, option: string): readonly Argument[] {
  return valuesOf(unit, 'Service', 'ExecStartPre').flatMap((value) => {
    const argv = value.kind === 'exec' ? value.command.argv : [];
    return argv.flatMap((argument, index) => {
      const next = argv[index + 1];
      return argument === option && next !== undefined ? [next] : [];
    });
  });
}

/** The fields of [X-Dockunit], in the order they are written. */
export const dockunitFields = [
  'Project',
  'Service',
  'Kind',
  'Container',
  'Image',
  'Pin',
  'Source',
  'ConfigHash',
] as const;
export type DockunitField = (typeof dockunitFields)[number];
