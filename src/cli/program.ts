/**
 * The table of verbs as a commander program.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { version } from '../../package.json';
import { nearestName } from '../text/nearest-name.ts';
import { host, readings } from '../run/verb.ts';
import { type OptionSpec, type VerbName, type VerbSpec, shells, verbNames, verbs } from './verbs.ts';

/**
 * The program with its verbs; it has read no arguments yet. Wrong usage is a CommanderError, and has been
 * written to standard error by then, with its remedy.
 * @param firstWord the first word of the command line: where it is a verb, the others are left out, since
 *   creating them takes longer than many a verb does.
 */
export function buildProgram(
  run: (verb: VerbName, spec: VerbSpec, options: object, names: readonly string[]) => Promise<void>,
  firstWord?: string,
): Command {
  const program = setUp(new Command('dockunit'))
    .description(description)
    .usage('VERB [OPTION...] [SERVICE...]')
    .version(version, '-V, --version', 'print the version')
    .helpCommand(false)
    .enablePositionalOptions()
    .commandsGroup('Verbs:')
    .addHelpText('after', examplesText(firstSteps));
  const isVerb = firstWord !== undefined && Object.hasOwn(verbs, firstWord);
  for (const name of verbNames) {
    const spec: VerbSpec = verbs[name];
    if (isVerb && name !== firstWord) continue;
    const command = setUp(program.command(name, { hidden: spec.internal === true }))
      .summary(spec.summary)
      .description(sentence(spec.summary));
    if (spec.takes === 'services')
      command.argument('[service...]', 'services; all of the project when none is named');
    if (spec.takes === 'topics') command.argument('<topic...>', 'keys of the specification, or services');
    if (spec.takes === 'shell') command.argument('<shell>', shells.join(', '));
    if (spec.takes === 'path') command.argument('[path]', 'a Compose file, or a directory of units');
    if (spec.takes === 'project')
      command.argument('[project]', 'a project; that of the directory when none is named');
    if (spec.takes === 'state')
      command.argument('[n]', 'a state, as dockunit history numbers them; the one before when none is named');
    if (spec.takes === 'command') {
      command.argument('[word...]', 'docker run and its words, or names of containers');
      // Options after the first word belong to the command.
      command.passThroughOptions();
    }
    for (const option of spec.options) command.addOption(buildOption(option));
    // The other verbs know it too, so that they can say why they refuse it.
    if (!spec.options.includes(host)) command.addOption(buildOption(host).hideHelp());
    if (spec.examples.length > 0) command.addHelpText('after', examplesText(spec.examples));
    command.action(async (...args: unknown[]) => {
      const names =
        spec.takes === 'nothing' ? [] : [args[0]].flat().filter((name) => typeof name === 'string');
      await run(name, spec, command.opts(), names);
    });
  }
  addHelpVerb(program);
  return program;
}

/** The program in one line. */
export const description =
  'Compile a Compose file into systemd units for Docker containers, install and drive them.';

const firstSteps = [
  ['dockunit apply', 'install and start what the Compose file names, now and at boot'],
  ['dockunit status', 'see what runs'],
] as const;

/** Replaces commander's own, which ignores an unknown verb. */
function addHelpVerb(program: Command): void {
  setUp(program.command('help'))
    .summary('show help of a verb')
    .description('Show help of a verb.')
    .argument('[verb]')
    .action((name: string | undefined) => {
      const command = name === undefined ? program : program.commands.find((each) => each.name() === name);
      if (command !== undefined) command.help();
      const nearest = nearestName(name ?? '', verbNames);
      program.error(`error: unknown verb '${name}'${nearest ? `\n(Did you mean ${nearest}?)` : ''}`);
    });
}

/** One way to end and to report errors, for the program and its verbs alike. */
function setUp(command: Command): Command {
  const path = command.parent === null ? command.name() : `${command.parent.name()} ${command.name()}`;
  return command
    .helpOption('-h, --help', 'show help')
    .exitOverride()
    .configureHelp({ subcommandTerm: (verb) => verb.name() })
    .configureOutput({
      outputError: (message, write) => {
        write(usageError(message, path));
      },
    });
}

/** commander's message in the form of all others: the problem, then the remedy. */
function usageError(message: string, command: string): string {
  const [what = '', suggestion] = message.trimEnd().split('\n');
  const [, flag] = /^error: unknown option '--([^'=]+)/.exec(what) ?? [];
  const hint =
    suggestion?.replace(/^\((.*)\)$/, '$1 ') ??
    (flag === undefined || !command.includes(' ') ? '' : optionElsewhere(flag));
  return `${what.replace('unknown command', 'unknown verb')}\n→ ${hint}See ${command} --help\n`;
}

/** How many verbs a remedy names that have an option. */
const mostVerbsNamed = 3;

/** An option of other verbs that has this name or nearly so, as a sentence; '' where none has. */
function optionElsewhere(flag: string): string {
  const verbsOf = new Map<string, VerbName[]>();
  for (const verb of verbNames) {
    const spec: VerbSpec = verbs[verb];
    if (spec.internal === true) continue;
    for (const { flags } of spec.options) {
      const [, name] = /--([a-z-]+)/.exec(flags) ?? [];
      if (name !== undefined) verbsOf.set(name, [...(verbsOf.get(name) ?? []), verb]);
    }
  }
  const name = nearestName(flag, verbsOf.keys());
  if (name === undefined) return '';
  const having = verbsOf.get(name) ?? [];
  const verbList = having.slice(0, mostVerbsNamed).join(', ');
  return `--${name} is an option of ${verbList}${having.length > mostVerbsNamed ? ' and others' : ''}. `;
}

/** `show units` → `Show units.` */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function examplesText(examples: readonly (readonly [string, string])[]): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  return ['', 'Examples:', ...examples.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`)].join('\n');
}

function buildOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.what);
  if (spec.choices !== undefined) option.choices(spec.choices);
  if (spec.parse === 'list') option.argParser((value, list: readonly string[] = []) => [...list, value]);
  else if (spec.parse !== undefined) {
    const { wants, read } = readings[spec.parse];
    option.argParser((value) => {
      const number = read(value);
      if (number !== undefined) return number;
      throw new InvalidArgumentError(`It takes ${wants}.`);
    });
  }
  return option;
}
