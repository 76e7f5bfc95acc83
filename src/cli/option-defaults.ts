/**
 * Defaults for options from dockunit.ini: keys before the first section apply to every verb that has such
 * an option, a section applies to the verb it is named after. The command line wins.
 */
import { UsageError } from '../model/diagnostic.ts';
import { readings } from '../run/verb.ts';
import type { OptionSpec, VerbSpec } from './verbs.ts';

export interface ConfigurationFile {
  readonly path: string;
  /** As the ini package reads it. */
  readonly values: Readonly<Record<string, unknown>>;
}

type OptionValue = string | number | boolean | readonly string[];

/**
 * The options a verb runs with: those of the command line, and under them those of the files; the last file
 * wins.
 * @throws UsageError for an unknown verb, option or value: a typing error must not silently drop a default
 */
export function applyConfiguration(
  verb: string,
  verbs: Readonly<Record<string, VerbSpec>>,
  options: Readonly<Record<string, unknown>>,
  files: readonly ConfigurationFile[],
): Readonly<Record<string, unknown>> {
  const defaults: Record<string, OptionValue> = {};
  for (const file of files) {
    for (const [key, value] of Object.entries(file.values)) {
      if (isSection(value)) {
        const spec = verbs[key];
        if (spec === undefined) throw unknown(file, `the verb [${key}]`, Object.keys(verbs));
        if (key === verb) Object.assign(defaults, readSection(file, spec.options, value));
        else readSection(file, spec.options, value);
      } else {
        const everywhere = Object.values(verbs).flatMap(({ options }) => options);
        const read = readSection(file, everywhere, { [key]: value });
        const own = new Set(verbs[verb]?.options.map(attributeOf));
        Object.assign(defaults, Object.fromEntries(Object.entries(read).filter(([name]) => own.has(name))));
      }
    }
  }
  return { ...defaults, ...options };
}

function readSection(
  file: ConfigurationFile,
  options: readonly OptionSpec[],
  section: Readonly<Record<string, unknown>>,
): Record<string, OptionValue> {
  return Object.fromEntries(
    Object.entries(section).map(([key, value]) => {
      const option = options.find((candidate) => longName(candidate) === key);
      if (option === undefined) throw unknown(file, `the option ${key}`, [...new Set(options.map(longName))]);
      return [attributeOf(option), readValue(file, option, value)];
    }),
  );
}

function readValue(file: ConfigurationFile, option: OptionSpec, value: unknown): OptionValue {
  const name = longName(option);
  const wrong = (kind: string): UsageError =>
    new UsageError(
      `${file.path}: ${name} wants ${kind}, not ${JSON.stringify(value)}`,
      `Correct ${name} in the file`,
    );
  if (!option.flags.includes('<')) {
    if (typeof value === 'boolean') return value;
    throw wrong('true or false');
  }
  if (option.parse === 'list') {
    if (Array.isArray(value)) return value.map(String);
    return [String(value)];
  }
  if (option.parse !== undefined) {
    const { wants, read } = readings[option.parse];
    const number = read(String(value));
    if (number !== undefined) return number;
    throw wrong(wants);
  }
  if (option.choices !== undefined && !option.choices.includes(String(value)))
    throw wrong(option.choices.join(' or '));
  return String(value);
}

/** `-o, --output <dir>` → `output`. */
function longName(option: OptionSpec): string {
  return /--([a-z-]+)/.exec(option.flags)?.[1] ?? option.flags;
}

/** The name commander gives an option's value: `--env-file` → envFile; `--no-block` → block. */
function attributeOf(option: OptionSpec): string {
  return longName(option)
    .replace(/^no-/, '')
    .replace(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknown(file: ConfigurationFile, what: string, names: readonly string[]): UsageError {
  return new UsageError(`${file.path}: ${what} is not known`, `Use one of ${names.join(', ')}`);
}
