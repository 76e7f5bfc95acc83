/**
 * Environment values in files of mode 0600 beside the unit: ps shows values in argv, `systemctl show` those in
 * Environment=.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Project } from '../compose/project.ts';
import type { Argument, AttachedFile, Target } from './unit-set.ts';

export interface EnvironmentPlan {
  readonly files: readonly AttachedFile[];
  /** Flags of `docker create` and `docker exec` alike. */
  readonly flags: readonly Argument[];
  /** The path for EnvironmentFile=, where one is needed. */
  readonly environmentFile?: Argument;
  /** Names for UnsetEnvironment=: the client would use a value of its own environment for them. */
  readonly unset: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Variables of one process in a container. */
export interface Variables {
  /** null: the process has no such variable, even if its image has. */
  readonly values: ReadonlyMap<string, string | null>;
  /** Their path in the specification. */
  readonly path: string;
  /** The prefix of the names of their files. */
  readonly stem: string;
  /** The unit that passes them on. */
  readonly unit: string;
}

/**
 * Docker's own --env-file carries any name and any value of one line, literally, and keeps the service's variables out
 * of the docker client's environment, where PATH or DOCKER_HOST would change what the client does. Values it cannot
 * carry (newline, trailing CR, lines over 64 KiB: docker reads it with a bufio.Scanner) go by EnvironmentFile= and
 * `--env NAME`. The same option removes a variable from the image's environment where the client has none of that name
 * (Config.Env of Docker's API, an entry without `=`).
 */
export function planEnvironment(
  project: Project,
  { values, path: base, stem, unit }: Variables,
  target: Target,
): EnvironmentPlan {
  const diagnostics: Diagnostic[] = [];
  const lines: [string, string][] = [];
  const blocks: [string, string][] = [];
  const removals: string[] = [];
  for (const [name, value] of sortByName(values)) {
    const problem = value === null ? checkRemoval(name) : checkVariable(name, value);
    if (problem !== undefined) {
      const path = `${base}.${name}`;
      const position = project.where(path);
      diagnostics.push({ severity: 'error', path, ...problem, ...(position && { position }) });
    } else if (value === null) removals.push(name);
    else (fitsLine(name, value) ? lines : blocks).push([name, value]);
  }
  const files: AttachedFile[] = [];
  const flags: Argument[] = [];
  if (lines.length > 0) {
    const name = `${stem}.env`;
    files.push({
      name,
      mode: 0o600,
      unit,
      outline: outlineOf(lines),
      content: formatDockerEnvFile(unit, lines),
    });
    flags.push('--env-file', besideUnit(target, name));
  }
  flags.push(...removals.flatMap((variable) => ['--env', variable]));
  const unset = removals.filter((variable) => isIdentifier.test(variable) && !ofClient.test(variable));
  if (blocks.length === 0) return { files, flags, unset, diagnostics };
  const name = `${stem}.multiline.env`;
  files.push({
    name,
    mode: 0o600,
    unit,
    outline: outlineOf(blocks),
    content: formatSystemdEnvFile(unit, blocks),
  });
  flags.push(...blocks.flatMap(([variable]) => ['--env', variable]));
  return { files, flags, environmentFile: besideUnit(target, name), unset, diagnostics };
}

/** The names, for showing a file without its values. */
export function outlineOf(variables: readonly (readonly [string, string])[]): string[] {
  return variables.map(([name]) => `${name}=…`);
}

/** The path of a file beside the unit: relocatable through %Y where systemd knows it (since 251). */
export function besideUnit(target: Target, name: string): Argument {
  return target.systemd >= 251 ? [{ specifier: 'Y' }, `/${name}`] : `${target.directory}/${name}`;
}

/** MAX_ARG_STRLEN, execve(2): 32 pages, the terminating NUL included. */
const longestVariable = 131_071;
/** bufio.MaxScanTokenSize, minus room for the line's end. */
const longestLine = 65_000;

/** Variables that would change what the docker client or the shell in a unit does. */
const clientVariable =
  /^(PATH|HOME|IFS|ENV|BASH_ENV|SHELL|TMPDIR|LD_.*|DOCKER_.*|BUILDKIT_.*|.*_PROXY|.*_proxy|GO[A-Z]+|SSL_CERT_.*|XDG_.*|MAINPID|NOTIFY_SOCKET|LC_.*|LANG|LANGUAGE)$/;

/** Variable names that systemd.exec(5) accepts in a unit. */
const isIdentifier = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Without these the client would reach another Docker, or run other code. */
const ofClient = /^(?:DOCKER_.*|LD_.*)$/;

/** Variables that every unit's commands have and need: the client would pass on their values. */
function checkRemoval(name: string): Problem | undefined {
  if (!/^(?:PATH|MAINPID|NOTIFY_SOCKET)$/.test(name)) return checkName(name);
  return {
    severity: 'warning',
    code: 'environment-not-removed',
    message: `the variable ${name} stays as the image has it: the unit's commands need one of their own`,
    remedy: `Give ${name} a value, or remove the line`,
  };
}

/** Whether a variable goes by --env-file, and not by EnvironmentFile=. */
export function fitsLine(name: string, value: string): boolean {
  return !value.includes('\n') && !value.endsWith('\r') && Buffer.byteLength(name + value) < longestLine;
}

type Problem = Pick<Diagnostic, 'code' | 'message' | 'remedy'> & Partial<Pick<Diagnostic, 'severity'>>;

function checkName(name: string): Problem | undefined {
  if (name !== '' && !/[\s=\p{Cc}]/u.test(name) && !name.startsWith('#')) return undefined;
  return {
    code: 'environment-name',
    message: `Docker cannot be given a variable called ${JSON.stringify(name)}`,
    remedy: 'Use a name without spaces, `=` or a leading `#`',
  };
}

function checkVariable(name: string, value: string): Problem | undefined {
  const label = JSON.stringify(name);
  if (value.includes('\0') || name.includes('\0')) {
    return {
      code: 'environment-nul',
      message: `the variable ${label} holds a NUL character, which no process can be given`,
      remedy: 'Remove the NUL, or encode the value',
    };
  }
  if (!value.isWellFormed() || !name.isWellFormed()) {
    return {
      code: 'environment-not-unicode',
      message: `the variable ${label} holds a byte that does not belong to a character`,
      remedy: 'Save the file that it comes from in UTF-8',
    };
  }
  const wrongName = checkName(name);
  if (wrongName !== undefined) return wrongName;
  if (Buffer.byteLength(name + value) + 1 > longestVariable) {
    return {
      code: 'environment-too-long',
      message: `the variable ${label} is longer than the 128 KiB the kernel passes to a process`,
      remedy: 'Put the value into a file and mount it',
    };
  }
  if (!fitsLine(name, value) && (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || clientVariable.test(name))) {
    return {
      code: 'environment-multiline-name',
      message: `a value with a newline cannot be handed to Docker under the name ${label}`,
      remedy: 'Rename the variable to letters, digits and underscores, or mount the value as a file',
    };
  }
  if (!fitsLine(name, value) && /\p{NChar}/u.test(value)) {
    return {
      code: 'environment-multiline-noncharacter',
      message: `the value of ${label} has several lines and a Unicode noncharacter, at which systemd ignores all of it`,
      remedy: 'Remove the noncharacter (such as U+FFFF), encode the value, or mount it as a file',
    };
  }
  return undefined;
}

function formatDockerEnvFile(unit: string, variables: readonly [string, string][]): string {
  const header = `# Environment of ${unit}, as docker --env-file reads it: values are literal.\n`;
  return header + variables.map(([name, value]) => `${name}=${value}\n`).join('');
}

/** systemd.exec(5), EnvironmentFile=: in double quotes `\ " $` and the backtick are escaped, the rest is literal. */
export function formatSystemdEnvFile(
  unit: string,
  variables: readonly (readonly [string, string])[],
): string {
  const header = `# Environment of ${unit}, as EnvironmentFile= reads it.\n`;
  const quote = (value: string): string => `"${value.replace(/[\\"$`]/g, '\\$&')}"`;
  return header + variables.map(([name, value]) => `${name}=${quote(value)}\n`).join('');
}

/** Whether a file holds private words of commands (private-words.ts), and no variables of a container. */
export function isPrivateFile(file: string): boolean {
  return file.endsWith('.private.env');
}

/** The variables of a file that dockunit writes; its first line says who reads it. */
export function readEnvironment(text: string): ReadonlyMap<string, string> {
  if (!/^#.* as EnvironmentFile= reads it\.$/m.test(text.split('\n', 1)[0] ?? '')) {
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(lines.map((line) => [line.split('=', 1)[0] ?? '', line.replace(/^[^=]*=/, '')]));
  }
  const block = /^([A-Za-z_][A-Za-z0-9_]*)="([^"\\]*(?:\\.[^"\\]*)*)"$/gms;
  return new Map(
    [...text.matchAll(block)].map(([, name = '', value = '']) => [name, value.replace(/\\(.)/gs, '$1')]),
  );
}

function sortByName<Value>(variables: ReadonlyMap<string, Value>): [string, Value][] {
  return [...variables].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
