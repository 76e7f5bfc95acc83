/** Exec*= lines; systemd.service(5), COMMAND LINES. */
import { extractWord, skipWhitespace } from '../../units/words.ts';
import type { ExecCommand } from '../engine/unit-config.ts';
import { type SpecifierValues, replaceSpecifiers } from './specifiers.ts';

/** The content of a line: commands, in order; and why systemd would refuse the unit or ignore the line. */
export interface CommandLine {
  readonly commands: readonly ExecCommand[];
  /** Set where a command is invalid: the reason. The commands before it still count. */
  readonly refusal?: string;
  /** The refused command had the prefix `-`, or no word could be read: the line is dropped and the unit stays. */
  readonly isIgnored: boolean;
  /** Escapes that stay unchanged. */
  readonly unknownEscapes: readonly string[];
}

/** The commands of a line that is not empty. */
export function parseCommandLine(line: string, specifiers: SpecifierValues): CommandLine {
  const commands: ExecCommand[] = [];
  const unknownEscapes: string[] = [];
  let at = skipWhitespace(line, 0);
  while (at < line.length) {
    let prefixes: Prefixes | undefined;
    try {
      const first = takeWord(line, at, unknownEscapes);
      if (first.word === ';') {
        at = first.end;
        continue;
      }
      prefixes = readPrefixes(first.word);
      const path = programOf(prefixes.rest, specifiers);
      const rest = takeArguments(line, first.end, specifiers, unknownEscapes);
      at = rest.end;
      commands.push(commandOf(path, prefixes, rest.words));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const isIgnored = prefixes?.ignoreFailure ?? true;
      return { commands, refusal: error.message, isIgnored, unknownEscapes };
    }
  }
  return { commands, isIgnored: false, unknownEscapes };
}

function commandOf(path: string, prefixes: Prefixes, words: readonly string[]): ExecCommand {
  const { ignoreFailure, ownName, literalDollar, privileged } = prefixes;
  const [argv0, ...others] = words;
  const hasName = ownName && argv0 !== undefined;
  if (ownName && !hasName) throw new SyntaxError('after the prefix @ a name for the program is missing');
  return {
    ignoreFailure,
    literalDollar,
    privileged,
    argv: [path, ...(hasName ? others : words)],
    ...(hasName && { argv0 }),
  };
}

interface Prefixes {
  readonly ignoreFailure: boolean;
  /** `@` */
  readonly ownName: boolean;
  readonly literalDollar: boolean;
  readonly privileged: boolean;
  /** The word without its prefixes. */
  readonly rest: string;
}

/** Prefixes precede the program in any order, each once; `+`, `!` and `!!` exclude each other. */
function readPrefixes(word: string): Prefixes {
  const [all = ''] = /^[-@:+!]*/.exec(word) ?? [];
  const seenPrefixes = new Set<string>();
  let at = 0;
  for (const character of all) {
    const isDouble =
      character === '!' && seenPrefixes.has('!') && !seenPrefixes.has('!!') && !seenPrefixes.has('+');
    const second = seenPrefixes.has(character) && !isDouble;
    const isExcluded =
      (character === '+' && seenPrefixes.has('!')) || (character === '!' && seenPrefixes.has('+'));
    if (second || isExcluded) break;
    seenPrefixes.add(isDouble ? '!!' : character);
    at += 1;
  }
  return {
    ignoreFailure: seenPrefixes.has('-'),
    ownName: seenPrefixes.has('@'),
    literalDollar: seenPrefixes.has(':'),
    privileged: seenPrefixes.has('+') || (seenPrefixes.has('!') && !seenPrefixes.has('!!')),
    rest: word.slice(at),
  };
}

/** The path of the program, or a name to look up; throws for a program that systemd refuses. */
function programOf(word: string, specifiers: SpecifierValues): string {
  const path = resolveText(word, specifiers);
  if (path === '') throw new SyntaxError('the command is empty');
  // eslint-disable-next-line no-control-regex -- string_is_safe()
  if (/[\x00-\x1f\x7f"'\\]/.test(path))
    throw new SyntaxError(`${path} holds characters no program's name has`);
  if (path.endsWith('/')) throw new SyntaxError(`${path} is a directory`);
  if (!path.startsWith('/') && (path.includes('/') || path === '.' || path === '..')) {
    throw new SyntaxError(`${path} is neither an absolute path nor a plain name`);
  }
  return path;
}

/** Words up to the end, or to a `;` that stands alone and ends the command; `\;` stands for it. */
function takeArguments(
  line: string,
  start: number,
  specifiers: SpecifierValues,
  unknownEscapes: string[],
): { readonly words: readonly string[]; readonly end: number } {
  const words: string[] = [];
  let at = start;
  while (at < line.length) {
    const [separator] = /^\\?;(?=[ \t\n\r]|$)/.exec(line.slice(at, at + 3)) ?? [];
    if (separator === ';') return { words, end: skipWhitespace(line, at + 1) };
    if (separator !== undefined) {
      words.push(';');
      at = skipWhitespace(line, at + 2);
      continue;
    }
    const word = takeWord(line, at, unknownEscapes);
    words.push(resolveText(word.word, specifiers));
    at = word.end;
  }
  return { words, end: at };
}

function takeWord(
  line: string,
  at: number,
  unknownEscapes: string[],
): { readonly word: string; readonly end: number } {
  const word = extractWord(line, at);
  unknownEscapes.push(...(word?.unknownEscapes ?? []));
  return word ?? { word: '', end: line.length };
}

function resolveText(text: string, specifiers: SpecifierValues): string {
  const outcome = replaceSpecifiers(text, specifiers);
  if ('unknown' in outcome) throw new SyntaxError(`${outcome.unknown} stands for nothing`);
  return outcome.text;
}
