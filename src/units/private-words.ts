/**
 * Words of commands that may be secrets: they are in a file of mode 0600 beside the unit, and systemd inserts them when
 * it runs the command. A unit is world-readable, and `systemctl show` prints it to anyone.
 */
import { environmentFile } from './directives.ts';
import { besideUnit, formatSystemdEnvFile, outlineOf } from './environment.ts';
import { writtenPart } from './quoting.ts';
import { commandKeys } from './unit-file.ts';
import type { Argument, ArgumentPart, AttachedFile, Command, Section, Unit, Target } from './unit-set.ts';

/** A word that only the command receives. @param key its name */
export function privateWord(key: string, value: string): Argument {
  return [{ variable: `PRIVATE_${key.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`, as: 'word', value }];
}

/** The name of a variable that the program looks up in its environment, as in `--build-arg NAME`. */
export function privateVariable(name: string, value: string): Argument {
  return [{ variable: name, as: 'name', value }];
}

/** The value of `--option KEY=VALUE` for each entry: the whole word is private where the value is. */
export function privatePairs(
  option: string,
  entries: ReadonlyMap<string, string>,
  isPublic: (key: string, value: string) => boolean,
): readonly Argument[] {
  return [...entries].flatMap(([key, value]): readonly Argument[] => {
    if (isPublic(key, value)) return [option, `${key}=${value}`];
    const [part = ''] = privateWord(key, value);
    return [option, [`${key}=`, part]];
  });
}

/** The unit with its private values moved into a file beside it; unchanged where it has none. */
export function keepPrivate(
  unit: Unit,
  target: Target,
): { readonly unit: Unit; readonly files: readonly AttachedFile[] } {
  const values = new Map<string, string>();
  // Variables that a program looks up need their exact names, so the others give way.
  for (const { variable, value } of privateParts(unit, 'name')) values.set(variable, value);
  const names = new Map<string, string>();
  for (const { variable, value } of privateParts(unit, 'word')) {
    const name = freeName(variable, value, values);
    names.set(`${variable}\0${value}`, name);
    values.set(name, value);
  }
  if (values.size === 0) return { unit, files: [] };
  const seal = (part: ArgumentPart): ArgumentPart => {
    if (typeof part === 'string' || !('variable' in part) || part.value === undefined) return part;
    if (part.as === 'name') return part.variable;
    return { variable: names.get(`${part.variable}\0${part.value}`) ?? part.variable, as: 'word' };
  };
  const name = `${unit.name.replace(/\.service$/, '')}.private.env`;
  const lines = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
  const content = formatSystemdEnvFile(unit.name, lines);
  const sections = unit.sections.map((section) =>
    section.name === 'Service' ? readingFile(mapCommands(section, seal), besideUnit(target, name)) : section,
  );
  return {
    unit: { ...unit, sections },
    files: [{ name, mode: 0o600, unit: unit.name, outline: outlineOf(lines), content }],
  };
}

/** A command to run at once, as its unit would run it: its arguments, and the variables it looks up. */
export function readPrivate(argv: readonly Argument[]): {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
} {
  const environment: Record<string, string> = {};
  const textOf = (part: ArgumentPart): string => {
    if (typeof part === 'string' || !('variable' in part))
      return typeof part === 'string' ? part : writtenPart(part);
    if (part.as === 'word') return part.value ?? '';
    if (part.value !== undefined) environment[part.variable] = part.value;
    return part.variable;
  };
  const words = argv.map((argument) =>
    typeof argument === 'string' ? argument : argument.map(textOf).join(''),
  );
  return { words, environment };
}

/** An argument with variables replaced. @param values by name */
export function withValues(argument: Argument, values: ReadonlyMap<string, string>): string {
  if (typeof argument === 'string') return argument;
  const textOf = (part: Exclude<ArgumentPart, string>): string =>
    'variable' in part && part.as === 'word' ? (values.get(part.variable) ?? '') : writtenPart(part);
  return argument.map((part) => (typeof part === 'string' ? part : textOf(part))).join('');
}

function privateParts(
  unit: Unit,
  as: 'word' | 'name',
): { readonly variable: string; readonly value: string }[] {
  return unit.sections
    .flatMap(({ directives }) => directives)
    .flatMap(({ value }) => (value.kind === 'exec' ? value.command.argv : []))
    .flatMap((argument) => (typeof argument === 'string' ? [] : argument))
    .flatMap((part) =>
      typeof part === 'object' && 'variable' in part && part.as === as && part.value !== undefined
        ? [{ variable: part.variable, value: part.value }]
        : [],
    );
}

/** The name, with a number added where another value already uses it. */
function freeName(variable: string, value: string, values: ReadonlyMap<string, string>): string {
  let name = variable;
  for (let count = 2; (values.get(name) ?? value) !== value; count += 1)
    name = `${variable}_${String(count)}`;
  return name;
}

function mapCommands(section: Section, change: (part: ArgumentPart) => ArgumentPart): Section {
  const changeCommand = ({ argv, ...command }: Command): Command => ({
    ...command,
    argv: argv.map((argument) => (typeof argument === 'string' ? argument : argument.map(change))),
  });
  return {
    ...section,
    directives: section.directives.map((directive) =>
      directive.value.kind === 'exec'
        ? { ...directive, value: { kind: 'exec', command: changeCommand(directive.value.command) } }
        : directive,
    ),
  };
}

/** Below the last EnvironmentFile=, since an empty one resets earlier ones; else above the commands. */
function readingFile(section: Section, path: Argument): Section {
  const { directives } = section;
  const last = directives.findLastIndex(({ key }) => key === 'EnvironmentFile');
  const at = last < 0 ? directives.findIndex(({ key }) => commandKeys.has(key)) : last + 1;
  return { ...section, directives: directives.toSpliced(at, 0, environmentFile(path)) };
}
