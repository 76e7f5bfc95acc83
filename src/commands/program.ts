/**
 * The table of verbs as a commander program.
 */
import { Command, CommanderError, Option } from 'commander';
import { version } from '../../package.json';
import { type OptionSpec, type VerbSpec, shells, verbs } from './verbs.ts';

/** The program, with its verbs but without having read anything. */
export function buildProgram(
  run: (spec: VerbSpec, options: object, names: readonly string[]) => Promise<void>,
): Command {
  const program = new Command('dockunit')
    .description('Compile a Compose file into systemd units for Docker containers, install and drive them.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [verb]', 'show help of a verb')
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .addHelpText('after', examplesText(firstSteps));
  for (const [name, spec] of Object.entries<VerbSpec>(verbs)) {
    const command = program.command(name).description(spec.summary).exitOverride();
    if (spec.takes === 'services')
      command.argument('[service...]', 'services; all of the project when none is named');
    if (spec.takes === 'shell') command.argument('<shell>', shells.join(', '));
    for (const option of spec.options) command.addOption(buildOption(option));
    command.addHelpText('after', examplesText(spec.examples));
    command.action(async (...given: unknown[]) => {
      const names =
        spec.takes === 'nothing' ? [] : [given[0]].flat().filter((name) => typeof name === 'string');
      await run(spec, command.opts(), names);
    });
  }
  return program;
}

const firstSteps = [
  ['dockunit generate -o /etc/systemd/system', 'write the units'],
  ['dockunit enable web && dockunit start web', 'start now and at boot'],
  ['dockunit status', 'see what runs'],
] as const;

function examplesText(examples: readonly (readonly [string, string])[]): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  return ['', 'Examples:', ...examples.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`)].join('\n');
}

function buildOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.what);
  if (spec.choices !== undefined) option.choices(spec.choices);
  if (spec.parse === 'list') option.argParser((value, list: readonly string[] = []) => [...list, value]);
  if (spec.parse === 'number') {
    option.argParser((value) => {
      if (/^\d+$/.test(value)) return Number(value);
      throw new CommanderError(2, 'dockunit.number', `error: ${spec.flags}: '${value}' is not a number`);
    });
  }
  return option;
}
