/** The execution settings of a service's commands; systemd.exec(5). */
import { verbOf } from '../../units/scripts.ts';
import { extractWord } from '../../units/words.ts';
import type { ServiceConfig } from '../engine/unit-config.ts';
import { parseAssignment } from './environment.ts';
import type { ExecutionContext } from './loaded-unit.ts';
import type { Assignment, ReadDirective, UnitSettings } from './settings.ts';
import { type SpecifierValues, replaceSpecifiers, resolvePath } from './specifiers.ts';
import { parseMode } from './values.ts';

export function readExecution(
  settings: UnitSettings,
  specifiers: SpecifierValues,
  service: ServiceConfig,
): ExecutionContext {
  const workingDirectory = readWorkingDirectory(settings, specifiers);
  const user = lastText(settings, 'Service.User', specifiers);
  const group = lastText(settings, 'Service.Group', specifiers);
  const supplementaryGroups = readGroups(settings, specifiers);
  const umask = settings.last(parseMode, 'an octal mode', 'Service.UMask');
  const container = containerOf(service);
  return {
    environment: readEnvironment(settings, specifiers),
    environmentFiles: readEnvironmentFiles(settings, specifiers),
    unsetEnvironment: settings.list('Service.UnsetEnvironment').flatMap((each) => wordsOf(each, settings)),
    ...(workingDirectory && { workingDirectory }),
    ...(user !== undefined && { user }),
    ...(group !== undefined && { group }),
    ...(supplementaryGroups.length > 0 && { supplementaryGroups }),
    ...(umask !== undefined && { umask }),
    ...(container !== undefined && { container }),
  };
}

/** The container that the service's one command only waits for: see container.ts of the compiler. */
function containerOf({ commands }: ServiceConfig): string | undefined {
  const [start, ...others] = commands.start;
  if (start === undefined || others.length > 0) return undefined;
  const { argv, ignoreFailure, argv0 } = start;
  if (argv0 !== undefined) return undefined;
  const [program, ...rest] = argv;
  const isAttached =
    program === 'docker' && rest[0] === 'start' && rest[1] === '--attach' && rest.length === 3;
  if (isAttached) return rest[2];
  return verbOf({ ignoreFailure, argv }) === 'run' ? argv[3] : undefined;
}

function readEnvironment(settings: UnitSettings, specifiers: SpecifierValues): ReadonlyMap<string, string> {
  const environment = new Map<string, string>();
  for (const assignment of settings.list('Service.Environment')) {
    for (const word of wordsOf(assignment, settings)) {
      const outcome = replaceSpecifiers(word, specifiers);
      const variable = 'text' in outcome ? parseAssignment(outcome.text) : undefined;
      if (variable === undefined) invalid(assignment, `${word} is no NAME=value`, settings);
      else environment.set(...variable);
    }
  }
  return environment;
}

function wordsOf(assignment: Assignment, settings: UnitSettings): readonly string[] {
  const words: string[] = [];
  try {
    const { value } = assignment;
    for (let word = extractWord(value, 0); word !== undefined; word = extractWord(value, word.end)) {
      words.push(word.word);
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    invalid(assignment, error.message, settings);
  }
  return words;
}

function readEnvironmentFiles(
  settings: UnitSettings,
  specifiers: SpecifierValues,
): ExecutionContext['environmentFiles'] {
  return settings.list('Service.EnvironmentFile').flatMap((assignment) => {
    const optional = assignment.value.startsWith('-');
    const path = absolutePath(assignment, assignment.value.slice(optional ? 1 : 0), settings, specifiers);
    return path === undefined ? [] : [{ path, optional }];
  });
}

function readGroups(settings: UnitSettings, specifiers: SpecifierValues): readonly string[] {
  return settings.list('Service.SupplementaryGroups').flatMap(({ value }) => {
    const names = groupWords(value).map((word) => ownerName(word, specifiers));
    const wrong = names.indexOf(undefined);
    return names.slice(0, wrong === -1 ? undefined : wrong).flatMap((name) => name ?? []);
  });
}

const groupWords = (value: string): readonly string[] => value.split(/\s+/).filter((word) => word !== '');

/** `~` stands for the home directory of the user. */
function readWorkingDirectory(
  settings: UnitSettings,
  specifiers: SpecifierValues,
): ExecutionContext['workingDirectory'] {
  let directory: ExecutionContext['workingDirectory'];
  for (const assignment of settings.list('Service.WorkingDirectory')) {
    const optional = assignment.value.startsWith('-');
    const text = assignment.value.slice(optional ? 1 : 0);
    const path = text === '~' ? '~' : resolvePath(text, specifiers);
    // executionFault() reports the others.
    if (path === undefined && optional) invalid(assignment, `${text} is no absolute path`, settings);
    if (path !== undefined) directory = { path, optional };
  }
  return directory;
}

function absolutePath(
  assignment: Assignment,
  text: string,
  settings: UnitSettings,
  specifiers: SpecifierValues,
): string | undefined {
  const path = resolvePath(text, specifiers);
  if (path === undefined) invalid(assignment, `${text} is no absolute path`, settings);
  return path;
}

/** Reasons for which systemd starts no command: an invalid directory, or an invalid user. */
export function executionFault(
  { directive, value }: Assignment,
  specifiers: SpecifierValues,
): { readonly message: string; readonly remedy: string } | undefined {
  if (value === '') return undefined;
  if (directive === 'Service.WorkingDirectory') {
    if (value === '~' || value.startsWith('-') || resolvePath(value, specifiers) !== undefined)
      return undefined;
    return { message: `${value} is no absolute path`, remedy: 'Write an absolute path, or ~' };
  }
  const wrong = ownersOf(directive, value).find((name) => ownerName(name, specifiers) === undefined);
  if (wrong === undefined) return undefined;
  return { message: `${wrong} is no name of a user or group`, remedy: 'Write a name, or an id' };
}

/** The name or id; undefined where it is neither. */
function ownerName(text: string, specifiers: SpecifierValues): string | undefined {
  const outcome = replaceSpecifiers(text, specifiers);
  return 'text' in outcome && /^[^\p{Cc}:/]+$/u.test(outcome.text) ? outcome.text : undefined;
}

/** The users and groups in the value of the directive. */
function ownersOf(directive: string, value: string): readonly string[] {
  if (directive === 'Service.User' || directive === 'Service.Group') return [value];
  return directive === 'Service.SupplementaryGroups' ? groupWords(value) : [];
}

function lastText(
  settings: UnitSettings,
  directive: ReadDirective,
  specifiers: SpecifierValues,
): string | undefined {
  const assignment = settings.list(directive).at(-1);
  if (assignment === undefined) return undefined;
  const outcome = replaceSpecifiers(assignment.value, specifiers);
  return 'text' in outcome ? outcome.text : undefined;
}

function invalid({ position }: Assignment, what: string, settings: UnitSettings): void {
  settings.report(
    'warning',
    'invalid-value',
    `${what}, so it is ignored`,
    'Correct it, or remove it',
    position,
  );
}
