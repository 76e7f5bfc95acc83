/**
 * The program: reads the command line, runs one verb, prints errors, and exits. No other module does either
 * of the last two.
 */
import { CommanderError } from 'commander';
import { applyConfiguration } from './cli/option-defaults.ts';
import type { ExitCode, Output } from './run/context.ts';
import { UsageError } from './run/context.ts';
import { buildProgram } from './cli/program.ts';
import { type UnauditedContext, runVerb } from './cli/run-verb.ts';
import { verbs } from './cli/verbs.ts';
import { messageOf } from './model/diagnostic.ts';
import { configurationPaths, readConfiguration } from './host/units/configuration.ts';
import { mayBeTerminal, writeAll } from './host/machine/descriptors.ts';
import { isCode } from './host/machine/error-codes.ts';
import { systemError } from './host/machine/file-errors.ts';
import { HostError } from './model/ports.ts';
import { createStyle, plainStyle } from './ui/style.ts';
import { terminalText } from './ui/terminal-text.ts';

const standardOutput = 1;
const standardError = 2;
type Descriptor = typeof standardOutput | typeof standardError;
const terminals = { [standardOutput]: () => process.stdout, [standardError]: () => process.stderr };

const interruption = new AbortController();
const saidAtEnd: string[] = [];

async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = buildProgram(async (name, spec, options, names) => {
    const allOptions = spec.internal === true ? options : await configure(name, options);
    code = await runVerb(await buildContext(), { verb: name, spec, options: { ...allOptions }, names });
  }, argv[0]);
  for (const command of [program, ...program.commands]) {
    command.configureOutput({
      writeOut: (text) => {
        write(standardOutput, text);
      },
      writeErr: (text) => {
        write(standardError, text);
      },
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    return report(error);
  } finally {
    for (const text of saidAtEnd) write(standardError, text);
  }
}

/** The options of the command line, merged over those of dockunit.ini. */
async function configure(verb: string, options: object): Promise<object> {
  const files = await readConfiguration(configurationPaths(process.env));
  if (files.length === 0) return options;
  return applyConfiguration(verb, verbs, { ...options }, files);
}

async function buildContext(): Promise<UnauditedContext> {
  return {
    out: await buildOutput(standardOutput),
    err: await buildOutput(standardError),
    environment: process.env,
    variables: process.env,
    workingDirectory: process.cwd(),
    uid: process.geteuid?.() ?? 0,
    now: () => Date.now(),
    signal: interruption.signal,
    atEnd: (text) => {
      saidAtEnd.push(text);
    },
  };
}

async function buildOutput(descriptor: Descriptor): Promise<Output> {
  // Node's streams take longer to load than a small project to compile.
  const terminal = mayBeTerminal(descriptor) ? terminals[descriptor]() : undefined;
  const isTTY = terminal?.isTTY === true;
  return {
    write: (text) => {
      write(descriptor, text);
    },
    isTTY,
    columns: isTTY ? terminal?.columns : undefined,
    style:
      isTTY || process.env.FORCE_COLOR !== undefined
        ? await createStyle({ isTTY, env: process.env })
        : plainStyle,
  };
}

/** Ends the process when its reader is gone: `dockunit logs | head` is no failure. */
function write(descriptor: Descriptor, text: string | Uint8Array): void {
  try {
    writeAll(descriptor, typeof text === 'string' && mayBeTerminal(descriptor) ? terminalText(text) : text);
  } catch (error) {
    if (isCode(error, 'EPIPE')) process.exit(0);
    if (descriptor === standardError) process.exit(1);
    const reason = messageOf(error);
    throw new HostError(
      `standard output cannot be written: ${reason}`,
      'Look at the file or the program that it goes to',
      { cause: error },
    );
  }
}

/** Prints the error and its remedy; returns the exit code. */
function report(cause: unknown): ExitCode {
  // A full disk is not an internal error, wherever it occurs.
  const error = systemError(cause) ?? cause;
  if (error instanceof CommanderError) {
    // Help and version end this way too; commander has written all output already.
    return error.exitCode === 0 ? 0 : 2;
  }
  if (error instanceof UsageError || error instanceof HostError) {
    write(standardError, `error: ${error.message}\n→ ${error.remedy}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  write(standardError, `internal error; please report it with these lines:\n${text}\n`);
  return 1;
}

// The first signal asks the verb to end in its own way; a second ends it at once.
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const) {
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(128 + number);
    interruption.abort();
  });
}

// All output is written by now; exiting here saves the time to free the heap.
void main(process.argv.slice(2)).then((code) => process.exit(code));
