/**
 * `generate`: the Compose file as systemd units, on standard output, in a directory, or as a tar.
 */
import { isAbsolute, resolve } from 'node:path';
import { machine } from '../host/machine/machine.ts';
import { noteContexts } from '../units/build.ts';
import { serialiseUnit } from '../units/unit-file.ts';
import type { AttachedFile, UnitSet } from '../units/unit-set.ts';
import { type Compilation, compileInput, setOrPrint } from '../session/compile-project.ts';
import { type Context, type ExitCode, type GlobalOptions, UsageError } from '../run/context.ts';
import { writeTar } from './write-tar.ts';
import { writeReport } from '../run/report.ts';

export interface GenerateOptions extends GlobalOptions {
  readonly output?: string;
  readonly tar?: boolean;
}

export async function run(context: Context, options: GenerateOptions): Promise<ExitCode> {
  const form = chooseForm(options);
  const directory = outputDirectory(context, options);
  const input = await compileInput(
    context,
    options,
    directory === undefined ? {} : { directory, over: directory },
  );
  // With --host they have been noted already.
  const leaves = form === 'tar' && machine().name === undefined;
  const notes = leaves && input.project !== undefined ? noteContexts(input.project) : [];
  const compilation = { ...input, diagnostics: [...input.diagnostics, ...notes] };
  const set = setOrPrint(context, compilation);
  return set === undefined ? 2 : forms[form](context, options, compilation, set);
}

function outputDirectory({ workingDirectory }: Context, { output }: GenerateOptions): string | undefined {
  if (output === undefined) return undefined;
  if (machine().name !== undefined && !isAbsolute(output)) {
    throw new UsageError(
      'With --host there is no directory that -o could start from',
      'Give -o a path from / on',
    );
  }
  return resolve(workingDirectory, output);
}

type OutputForm = 'stream' | 'directory' | 'tar' | 'json';

function chooseForm(options: GenerateOptions): OutputForm {
  if (options.output !== undefined && options.tar === true) {
    throw new UsageError('-o and --tar exclude each other', 'Give one of the two');
  }
  if (options.tar === true) return 'tar';
  if (options.output !== undefined) return 'directory';
  return options.json === true ? 'json' : 'stream';
}

const forms = {
  stream: (context, _options, compilation, set) => {
    const { style } = context.out;
    const sheets = [
      ...set.files.map((file) => [file.name, maskValues(file)] as const),
      ...set.units.map((unit) => [unit.name, serialiseUnit(unit)] as const),
    ];
    const blocks = sheets.map(
      ([name, text]) => `${style.path(`# ${compilation.target.directory}/${name}`)}\n${text}`,
    );
    context.out.write(blocks.join('\n'));
    return Promise.resolve(0);
  },
  json: (context, _options, compilation, set) => {
    const value = {
      project: set.project,
      directory: compilation.target.directory,
      units: set.units.map((unit) => ({ name: unit.name, kind: unit.kind, text: serialiseUnit(unit) })),
      files: set.files.map((file) => ({ name: file.name, mode: file.mode.toString(8), unit: file.unit })),
    };
    writeReport(context.out, value);
    return Promise.resolve(0);
  },
  tar: (context, _options, _compilation, set) => Promise.resolve(writeTar(context, set)),
  directory: async (context, options, compilation, set) => {
    const { installUnits } = await import('../rollout/install-units.ts');
    return installUnits(context, options, compilation, set);
  },
} satisfies Record<
  OutputForm,
  (context: Context, options: GenerateOptions, compilation: Compilation, set: UnitSet) => Promise<ExitCode>
>;

/**
 * A file beside the units without its content: output on a terminal, or redirected into a file with the
 * umask's mode, must not carry secrets. -o and --tar write them.
 */
function maskValues({ mode, outline }: AttachedFile): string {
  const note =
    outline.length === 0 ? 'not shown: see it with -o DIRECTORY or --tar' : 'the values are not shown';
  return [`# mode ${mode.toString(8)}; ${note}`, ...outline, ''].join('\n');
}
