/** Evaluates Condition*= and Assert*= of units on the host now; systemd.unit(5). */
import { accessSync, constants, lstatSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { globPaths } from '../machine/glob.ts';
import { cutEnd } from '../../text/cut-end.ts';
import type { Environment } from '../../model/environment.ts';

type CheckCondition = (parameter: string, environment: Environment) => boolean;

const stat = (path: string): ReturnType<typeof statSync> => statSync(path, { throwIfNoEntry: false });

/** The check of each test, without its negation. A check that fails is false. */
const conditionTest = {
  PathExists: (path) => stat(path) !== undefined,
  PathExistsGlob: (pattern) => globPaths(pattern).length > 0,
  PathIsDirectory: (path) => stat(path)?.isDirectory() ?? false,
  PathIsSymbolicLink: (path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false,
  PathIsMountPoint: (path) =>
    readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .some((line) => unescapeMount(line.split(' ')[4] ?? '') === (cutEnd(path, /\//) || '/')),
  PathIsReadWrite: (path) => {
    accessSync(path, constants.W_OK);
    return true;
  },
  DirectoryNotEmpty: (path) => readdirSync(path).length > 0,
  FileNotEmpty: (path) => {
    const stats = stat(path);
    return stats !== undefined && stats.isFile() && Number(stats.size) > 0;
  },
  FileIsExecutable: (path) => {
    const stats = stat(path);
    return stats !== undefined && stats.isFile() && (Number(stats.mode) & 0o111) !== 0;
  },
  User: (user) => {
    const { uid, username } = userInfo();
    // @system: ids below 1000, as distributions assign them.
    return user === '@system' ? uid < 1000 : user === username || user === String(uid);
  },
  Host: (host) => hostname() === host || readFileSync('/etc/machine-id', 'utf8').trim() === host,
  KernelCommandLine: (word) =>
    readFileSync('/proc/cmdline', 'utf8')
      .trim()
      .split(/\s+/)
      .some((argument) => argument === word || (!word.includes('=') && argument.startsWith(`${word}=`))),
  Environment: (assignment, environment) => {
    const [name = '', ...value] = assignment.split('=');
    const current = environment[name];
    return current !== undefined && (value.length === 0 || current === value.join('='));
  },
  FirstBoot: (value) =>
    (stat('/run/systemd/first-boot') !== undefined) === /^(1|yes|true|on|y|t)$/i.test(value),
} as const satisfies Readonly<Record<string, CheckCondition>>;

export interface HostCondition {
  readonly assert: boolean;
  readonly test: keyof typeof conditionTest;
  readonly triggering: boolean;
  readonly isNegated: boolean;
  readonly parameter: string;
}

/** All non-triggering tests must hold, and one of the triggering ones; conditions come before asserts. */
export function testConditions(
  conditions: readonly HostCondition[],
  environment: Environment,
): 'met' | 'condition-unmet' | 'assert-failed' {
  const holds = ({ test, isNegated, parameter }: HostCondition): boolean => {
    try {
      return conditionTest[test](parameter, environment) !== isNegated;
    } catch {
      return isNegated;
    }
  };
  const allHold = (assert: boolean): boolean => {
    const mine = conditions.filter((condition) => condition.assert === assert);
    const triggering = mine.filter((condition) => condition.triggering);
    return (
      mine.filter((condition) => !condition.triggering).every(holds) &&
      (triggering.length === 0 || triggering.some(holds))
    );
  };
  if (!allHold(false)) return 'condition-unmet';
  return allHold(true) ? 'met' : 'assert-failed';
}

/** mountinfo writes blanks as `\040`. */
function unescapeMount(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_match, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
