/**
 * `import`: turns a `docker run` line, or running containers, into a Compose file. dockunit compiles the
 * written file at once, so that it prints its findings together with it.
 */
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import { boundDiagnostics, hasErrors, messageOf } from '../model/diagnostic.ts';
import { readSpecificationFile } from '../host/units/compose-files.ts';
import { isCode } from '../host/machine/error-codes.ts';
import { localFiles } from '../host/machine/files.ts';
import { HostError } from '../model/ports.ts';
import { readStandardInput } from '../host/process/standard-input.ts';
import { userName } from '../host/machine/user-name.ts';
import { literal } from '../import/compose-text.ts';
import { importContainers } from '../import/import-containers.ts';
import { type ImportResult, importRuns } from '../import/import-runs.ts';
import { type Caller, type ShellLines, readShellLines } from '../import/shell-line.ts';
import { writeComposeFile } from '../import/write-compose-file.ts';
import { loadProject } from '../compose/load.ts';
import { renderDiagnostics } from '../ui/render-diagnostic.ts';
import { compileProject } from '../units/compile.ts';
import { chooseTarget, displayPath } from '../session/compile-project.ts';
import { type Context, type ExitCode, type GlobalOptions, UsageError } from '../run/context.ts';

export interface ImportOptions extends GlobalOptions {
  readonly output?: string;
  readonly running?: boolean;
}

/** Exit 0 with the file written; 1 where dockunit does not compile it unchanged; 2 where a line cannot be read. */
export async function run(
  context: Context,
  options: ImportOptions,
  words: readonly string[],
): Promise<ExitCode> {
  const result =
    options.running === true
      ? await importRunning(context, options, words)
      : importLines(context, options, words);
  const path = resolve(context.workingDirectory, options.output ?? 'compose.yaml');
  if (result.file === undefined) {
    print(context, result.diagnostics, path, '');
    return 2;
  }
  const text = writeComposeFile(result.file);
  const diagnostics = await compileText(context, options, path, text);
  print(context, [...result.diagnostics, ...diagnostics], path, text);
  if (options.output === undefined) context.out.write(text);
  else writeNew(path, text);
  return hasErrors(diagnostics) ? 1 : 0;
}

function importLines(context: Context, options: ImportOptions, words: readonly string[]): ImportResult {
  const { workingDirectory } = context;
  const lines = words.length > 0 ? linesOfWords(words, callerOf(context)) : linesOfInput(callerOf(context));
  if (lines.problem !== undefined) {
    const { message, remedy } = lines.problem;
    return { diagnostics: [{ severity: 'error', code: 'shell-syntax', message, remedy }] };
  }
  const result = importRuns({
    runs: lines.commands.map((command) => ({ words: command })),
    workingDirectory,
    readFile: (path) => {
      const read = readSpecificationFile(path);
      return read.ok ? read.text : undefined;
    },
    ...(options.projectName !== undefined && { projectName: options.projectName }),
  });
  const variables = lines.variables.map((name): Diagnostic => ({
    severity: 'note',
    code: 'shell-variable',
    message: `\${${name}} is that of the environment when the units are made`,
    remedy: `Set ${name} then, or in .env, or write its value in its place`,
  }));
  const values = lines.replacements.map(({ text, value }): Diagnostic => ({
    severity: 'note',
    code: 'shell-value',
    message: `${text} is written as ${value}, which is what it gives here and now`,
    remedy: 'Write another value in its place if the containers are for another user or host',
  }));
  return { ...result, diagnostics: [...result.diagnostics, ...variables, ...values] };
}

/** The user whose shell the lines are pasted from: of this machine, with --host too. */
function callerOf({ uid }: Context): Caller {
  const userId = process.geteuid?.() ?? uid;
  const groupId = process.getegid?.() ?? userId;
  return { userId, groupId, user: userName(userId), hostname: hostname() };
}

/** Words as a shell has split them; a single one with spaces is a line that the user quoted whole. */
function linesOfWords(words: readonly string[], caller: Caller): ShellLines {
  const [line = ''] = words;
  if (words.length === 1 && /\s/.test(line)) return readShellLines(line, caller);
  return { commands: [words.map(literal)], variables: [], replacements: [] };
}

function linesOfInput(caller: Caller): ShellLines {
  const text = readStandardInput();
  if (text !== undefined) return readShellLines(text, caller);
  throw new UsageError(
    'there is no docker run line to import',
    'Give it after --: dockunit import -- docker run …; or on standard input; or name containers after --running',
  );
}

async function importRunning(
  context: Context,
  options: ImportOptions,
  names: readonly string[],
): Promise<ImportResult> {
  const option = names.find((name) => name.startsWith('-'));
  if (option !== undefined)
    throw new UsageError(`${option} stands after the names of containers`, 'Put options before the names');
  const { dockerInspector } = await import('../host/docker/inspect.ts');
  const objects = await dockerInspector.readObjects(names);
  if (objects.containers.length === 0)
    throw new HostError('No container runs', 'Name one that is stopped: docker ps --all');
  const { workingDirectory } = context;
  const { projectName } = options;
  return importContainers(objects, { workingDirectory, ...(projectName !== undefined && { projectName }) });
}

/** The findings of dockunit about the file; a variable that is not set now is no error in it. */
async function compileText(
  context: Context,
  options: ImportOptions,
  path: string,
  text: string,
): Promise<readonly Diagnostic[]> {
  const environment = new Map(
    Object.entries(context.variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const outcome = loadProject({
    files: [{ path, text }],
    directory: dirname(path),
    dotenv: [],
    environment,
    readFile: readSpecificationFile,
  });
  const project = outcome.value ?? outcome.partial;
  const target = await chooseTarget(context, options, outcome, undefined);
  const unitDiagnostics = project === undefined ? [] : compileProject(project, target).diagnostics;
  const diagnostics = [...outcome.diagnostics, ...unitDiagnostics];
  return boundDiagnostics(diagnostics.filter(({ code }) => code !== 'unset-variable'));
}

function print(context: Context, diagnostics: readonly Diagnostic[], path: string, text: string): void {
  const lines = renderDiagnostics(diagnostics, {
    style: context.err.style,
    source: (file) => (file === path ? text : undefined),
    display: (file) => displayPath(context, file),
  });
  if (lines.length > 0) context.err.write(`${lines.join('\n')}\n`);
}

/** Never overwrites an existing file: it may be the user's own. */
function writeNew(path: string, text: string): void {
  try {
    localFiles.within(dirname(path), (inside) => {
      localFiles.create(join(inside, basename(path)), text, 0o666 & ~process.umask());
    });
  } catch (error) {
    if (error instanceof HostError) throw error;
    if (isCode(error, 'EEXIST'))
      throw new HostError(`${path} is there already`, 'Choose another name, or move it away', {
        cause: error,
      });
    throw new HostError(
      `${path} cannot be written: ${messageOf(error)}`,
      'Choose a place that you may write to',
      { cause: error },
    );
  }
}
