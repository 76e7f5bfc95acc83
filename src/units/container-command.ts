/**
 * The docker options in the commands of a container unit, one by one: so that dockunit can compare two versions of a
 * unit in the words of docker-container-create(1), and not as two long lines.
 */
import { writtenPart } from './quoting.ts';
import { verbOf } from './scripts.ts';
import type { Argument, Command, Unit } from './unit-set.ts';
import { valuesOf } from './unit-set.ts';

/** Option without dashes, and its values in order; besides `image`, `command`, `network connect` and `slice`. */
type ContainerSettings = ReadonlyMap<string, readonly string[]>;

export interface ContainerCommands {
  readonly settings: ContainerSettings;
  /** Commands before the start that do not create the container: waiting and cleaning up. */
  readonly preliminary: readonly Command[];
  /** All others, such as those of `x-systemd`. */
  readonly others: readonly Command[];
}

/** Options of `docker create` without a value, docker-container-create(1); the others take the next word. */
const switches: ReadonlySet<string> = new Set([
  ...['--init', '--interactive', '--tty', '--read-only', '--privileged', '--oom-kill-disable'],
  ...['--no-healthcheck', '--publish-all', '--rm'],
]);

/** Options that are the same for every container, or that repeat other options. */
const unspoken = /^(pull never|label dockunit\.config=.*)$/;

/** Reads the ExecStartPre= of a container unit, as the compiler writes them. */
export function readContainerCommands(unit: Unit): ContainerCommands {
  const settings = new Map<string, string[]>();
  const add = (name: string, value: string): void => {
    if (unspoken.test(`${name} ${value}`)) return;
    settings.set(name, [...(settings.get(name) ?? []), value]);
  };
  const preliminary: Command[] = [];
  const others: Command[] = [];
  for (const value of valuesOf(unit, 'Service', 'ExecStartPre')) {
    if (value.kind !== 'exec') continue;
    const script = verbOf(value.command);
    const words = value.command.argv.map(textOf);
    const create = createIndex(words);
    if (create !== -1) {
      if (script === 'create-in-slice') add('slice', words[3] ?? '');
      readCreate(words.slice(create + 2), add);
    } else if (script === 'clean' || script === 'await-healthy') {
      preliminary.push(value.command);
    } else if (words.slice(0, 3).join(' ') === 'docker network connect') {
      add('network connect', words.slice(3).join(' '));
    } else {
      others.push(value.command);
    }
  }
  return { settings, preliminary, others };
}

/**
 * The label that says which version of its unit created a container; undefined for a container of an older dockunit.
 */
export function configurationOf(unit: Unit): string | undefined {
  for (const value of valuesOf(unit, 'Service', 'ExecStartPre')) {
    if (value.kind !== 'exec') continue;
    const label = value.command.argv.find(
      (word): word is string => typeof word === 'string' && word.startsWith('dockunit.config='),
    );
    if (label !== undefined) return label.slice('dockunit.config='.length);
  }
  return undefined;
}

/** The index of the image in a `docker create` command; undefined in all other commands. */
export function imageIndex({ argv }: Command): number | undefined {
  const words = argv.map(textOf);
  const create = createIndex(words);
  if (create === -1) return undefined;
  const at = create + 2 + readOptions(words.slice(create + 2), () => undefined);
  return at < words.length ? at : undefined;
}

function createIndex(words: readonly string[]): number {
  return words.findIndex((word, index) => word === 'docker' && words[index + 1] === 'create');
}

/** The words after `docker create`: options, the image, and the command. */
function readCreate(words: readonly string[], add: (name: string, value: string) => void): void {
  const [image, ...command] = words.slice(readOptions(words, add));
  if (image !== undefined) add('image', image);
  if (command.length > 0) add('command', command.map(quoteWord).join(' '));
}

/** @returns how many words are options and their values */
function readOptions(words: readonly string[], add: (name: string, value: string) => void): number {
  let at = 0;
  for (let word = words[at]; word?.startsWith('-'); word = words[at]) {
    const [, name = word, value] = /^(--?[^=]+)=(.*)$/s.exec(word) ?? [];
    const alone = value !== undefined || switches.has(name);
    add(name.replace(/^-+/, ''), value ?? (alone ? 'on' : (words[at + 1] ?? '')));
    at += alone ? 1 : 2;
  }
  return at;
}

/** The text in the unit, specifiers and variables included. */
export function textOf(argument: Argument): string {
  if (typeof argument === 'string') return argument;
  return argument.map((part) => (typeof part === 'string' ? part : writtenPart(part))).join('');
}

/** A word as one would type it. */
export function quoteWord(word: string): string {
  return /^[^\s"'\\]+$/.test(word) ? word : JSON.stringify(word);
}
