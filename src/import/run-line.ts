/**
 * The words of a command → the options of `docker run` in it, as the docker client reads them
 * (github.com/spf13/pflag): short ones in a row, values beside or attached, no options after the image.
 */
import { nearestName } from '../text/nearest-name.ts';
import { cutAt } from './compose-text.ts';
import type { ImportReport } from './draft.ts';
import { optionAliases, type RunOption } from './run-option-names.ts';
import { type OptionRule, runOptions } from './run-options.ts';

export interface RunLine {
  /** In the order of the line; a switch has `true` or `false`. */
  readonly options: readonly (readonly [RunOption, string])[];
  readonly image: string;
  /** The words after the image. */
  readonly command: readonly string[];
  /** `A=1 docker run …`. */
  readonly assignments: ReadonlyMap<string, string>;
}

/** Options of the docker client itself that take a value, docker(1). */
const clientValues = /^(?:-[cHl]|--(?:config|context|host|log-level|tlscacert|tlscert|tlskey))$/;

/**
 * The position of the options of `docker run` or `docker create`, and the assignments before; undefined
 * for another command.
 */
function skipToOptions(
  words: readonly string[],
): { readonly rest: readonly string[]; readonly assignments: ReadonlyMap<string, string> } | undefined {
  const assignments = new Map<string, string>();
  let at = 0;
  // A prompt, and sudo with its options.
  if (words[at] === '$$') at += 1;
  for (;;) {
    const word = words[at] ?? '';
    const [name, value] = cutAt(word, '=');
    if (/^[A-Za-z_]\w*$/.test(name) && value !== undefined) assignments.set(name, value);
    else if (word !== 'sudo' && word !== 'exec' && !(at > 0 && /^-/.test(word))) break;
    at += 1;
  }
  if (!/^(?:.*\/)?docker$/.test(words[at] ?? '')) return undefined;
  at += 1;
  while (words[at]?.startsWith('-')) at += clientValues.test(words[at] ?? '') ? 2 : 1;
  if (words[at] === 'container') at += 1;
  if (words[at] !== 'run' && words[at] !== 'create') return undefined;
  return { rest: words.slice(at + 1), assignments };
}

/** Undefined, with the reason reported, where the words are not a `docker run` of an image. */
export function readRunLine(words: readonly string[], report: ImportReport): RunLine | undefined {
  const start = skipToOptions(words);
  if (start === undefined) {
    report(
      'warning',
      'not-docker-run',
      `\`${words.slice(0, 3).join(' ')}\` is left out: it is not docker run`,
      'Give lines that begin with docker run or docker create',
    );
    return undefined;
  }
  const { rest, assignments } = start;
  const reader = new OptionReader(rest, report);
  const at = reader.read();
  if (at === undefined) return undefined;
  const [image, ...command] = rest.slice(at);
  if (image !== undefined && image !== '') return { options: reader.options, image, command, assignments };
  report('error', 'no-image', 'the line names no image', 'Add the image after the options');
  return undefined;
}

const shorts: ReadonlyMap<string, RunOption> = new Map(
  Object.entries<OptionRule>(runOptions).flatMap(([name, { short }]) =>
    short === undefined ? [] : [[short, name as RunOption] as const],
  ),
);

class OptionReader {
  readonly options: (readonly [RunOption, string])[] = [];
  #at = 0;

  constructor(
    readonly words: readonly string[],
    readonly report: ImportReport,
  ) {}

  /** The position of the image; undefined, with the reason reported, where an option cannot be read. */
  read(): number | undefined {
    for (;;) {
      const word = this.words[this.#at];
      if (word === undefined || word === '-' || !word.startsWith('-')) return this.#at;
      this.#at += 1;
      if (word === '--') return this.#at;
      const isRead = word.startsWith('--') ? this.#long(word.slice(2)) : this.#shorts(word.slice(1));
      if (!isRead) return undefined;
    }
  }

  #long(text: string): boolean {
    const [longName, value] = cutAt(text, '=');
    const name =
      optionAliases[longName] ?? (Object.hasOwn(runOptions, longName) ? (longName as RunOption) : undefined);
    return name === undefined ? this.#unknown(`--${longName}`) : this.#give(name, `--${longName}`, value);
  }

  #shorts(letters: string): boolean {
    for (let at = 0; at < letters.length; at += 1) {
      const letter = letters.charAt(at);
      const name = shorts.get(letter);
      if (name === undefined) return this.#unknown(`-${letter}`);
      const rest = letters.slice(at + 1);
      const value = rest.startsWith('=') ? rest.slice(1) : rest;
      if (runOptions[name].kind === 'value')
        return this.#give(name, `-${letter}`, rest === '' ? undefined : value);
      if (rest.startsWith('=')) return this.#give(name, `-${letter}`, value);
      this.options.push([name, 'true']);
    }
    return true;
  }

  #give(name: RunOption, spelling: string, optionValue: string | undefined): boolean {
    if (runOptions[name].kind === 'switch') {
      // strconv.ParseBool
      const isOn = /^(?:1|t|T|TRUE|true|True)$/.test(optionValue ?? 'true');
      const isOff = /^(?:0|f|F|FALSE|false|False)$/.test(optionValue ?? 'true');
      if (isOn || isOff) this.options.push([name, String(isOn)]);
      else {
        this.report(
          'error',
          'option-value',
          `${spelling} is on or off, not \`${optionValue ?? ''}\``,
          'Write it alone',
        );
      }
      return isOn || isOff;
    }
    const value = optionValue ?? this.words[this.#at++];
    if (value === undefined)
      this.report('error', 'option-value', `${spelling} has no value`, 'Add it, and the image');
    else this.options.push([name, value]);
    return value !== undefined;
  }

  #unknown(spelling: string): false {
    const nearest = nearestName(spelling.slice(2), Object.keys(runOptions));
    this.report(
      'error',
      'unknown-option',
      `docker run has no option ${spelling}`,
      nearest === undefined ? 'Leave it out, or correct it' : `Write --${nearest}`,
    );
    return false;
  }
}
