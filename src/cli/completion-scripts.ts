/**
 * Completion scripts, line by line. They contain the verbs and options; they ask for the names of services
 * at each completion, and get none where dockunit cannot find them out.
 */
import { quoteWord } from '../text/shell-word.ts';
import type { OptionReference, ValueReference, VerbReference } from './reference.ts';
import { shells } from './verbs.ts';

type Offer = ValueReference['offer'];

/**
 * The command by which a shell gets names: one a line. `graph` reads the Compose file, the other verbs
 * the installed units.
 */
const listServices = {
  installed: `dockunit status --json 2>/dev/null | sed -n 's/.*"service": "\\(.*\\)".*/\\1/p' | sort -u`,
  written: `dockunit graph --json 2>/dev/null | sed -n '/"label":/h; /"kind": "container"/{x; s/.*"label": "\\(.*\\)".*/\\1/p;}' | sort -u`,
} as const;

const sourceOf = (verb: VerbReference): keyof typeof listServices =>
  verb.name === 'graph' ? 'written' : 'installed';
const allNames = (options: readonly OptionReference[]): readonly string[] =>
  options.flatMap(({ names }) => names);

/** bash(1), Programmable Completion; needs no bash-completion package. */
export function bashCompletion(verbs: readonly VerbReference[]): readonly string[] {
  const offers = {
    directories: () => 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current")',
    files: () => 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current")',
    choices: ({ choices }) => `mapfile -t COMPREPLY < <(compgen -W "${choices.join(' ')}" -- "$current")`,
    nothing: () => ':',
  } satisfies Record<Offer, (value: ValueReference) => string>;
  const valueCases = verbs.flatMap(({ name, options }) =>
    options.flatMap(({ names, value }) =>
      value === undefined
        ? []
        : [
            `    ${names.map((flag) => `${name}:${flag}`).join('|')}) ${offers[value.offer](value)}; return ;;`,
          ],
    ),
  );
  const wordCases = verbs.map((verb) => {
    const words = [...allNames(verb.options), '--help'].join(' ');
    const more = {
      services: ` $(_dockunit_${sourceOf(verb)})`,
      topics: ` $(_dockunit_${sourceOf(verb)})`,
      shell: ` ${shells.join(' ')}`,
      path: '',
      command: '',
      project: '',
      state: '',
      nothing: '',
    }[verb.spec.takes];
    return `    ${verb.name}) words="${words}${more}" ;;`;
  });
  return [
    '# dockunit completion for bash: source <(dockunit completion bash)',
    `_dockunit_installed() { ${listServices.installed}; }`,
    `_dockunit_written() { ${listServices.written}; }`,
    '_dockunit() {',
    "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb='' words",
    '  COMPREPLY=()',
    '  # --option=value comes as three words',
    '  if [ "$current" = = ]; then current=; elif [ "$before" = = ]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi',
    '  [ "$COMP_CWORD" -lt 2 ] || verb=${COMP_WORDS[1]}',
    '  case $verb:$before in',
    ...valueCases,
    '  esac',
    '  case $verb in',
    ...wordCases,
    `    ''|help) words="${verbs.map(({ name }) => name).join(' ')} help --help --version" ;;`,
    '    *) return ;;',
    '  esac',
    '  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")',
    '}',
    'complete -F _dockunit dockunit',
  ];
}

/** zshcompsys(1). */
export function zshCompletion(verbs: readonly VerbReference[]): readonly string[] {
  const escape = (text: string): string => text.replace(/[\\:[\]]/g, '\\$&');
  const offers = {
    directories: () => '_files -/',
    files: () => '_files',
    choices: ({ choices }) => `(${choices.join(' ')})`,
    nothing: () => ' ',
  } satisfies Record<Offer, (value: ValueReference) => string>;
  const specification = ({ names, what, value, repeatable }: OptionReference): readonly string[] => {
    const argument = value === undefined ? '' : `:${value.name}:${offers[value.offer](value)}`;
    const others = repeatable ? '*' : names.length > 1 ? `(${names.join(' ')})` : '';
    return names.map((name) => quoteWord(`${others}${name}[${escape(what)}]${argument}`));
  };
  const cases = verbs.map((verb) => {
    const rest = {
      services: [quoteWord(`*:service:_dockunit_${sourceOf(verb)}`)],
      topics: [quoteWord(`*:topic:_dockunit_${sourceOf(verb)}`)],
      shell: [quoteWord(`1:shell:(${shells.join(' ')})`)],
      path: [quoteWord('1:path:_files')],
      command: [],
      project: [],
      state: [],
      nothing: [],
    }[verb.spec.takes];
    const words = [...verb.options.flatMap(specification), quoteWord('(-)--help[show help]'), ...rest];
    return `    ${verb.name}) _arguments ${words.join(' ')} ;;`;
  });
  return [
    '#compdef dockunit',
    '# dockunit completion for zsh: source <(dockunit completion zsh), or as _dockunit in a directory of $fpath',
    `_dockunit_installed() { compadd -- \${(f)"$(${listServices.installed})"} }`,
    `_dockunit_written() { compadd -- \${(f)"$(${listServices.written})"} }`,
    '_dockunit() {',
    `  local -a verbs=(${verbs.map(({ name, spec }) => quoteWord(`${name}:${escape(spec.summary)}`)).join(' ')} 'help:show help of a verb')`,
    '  if (( CURRENT == 2 )) || [[ $words[2] == help ]]; then',
    '    _describe verb verbs; return',
    '  fi',
    '  local verb=$words[2]; shift words; (( CURRENT-- ))',
    '  case $verb in',
    ...cases,
    '  esac',
    '}',
    'if [[ $funcstack[1] == _dockunit ]]; then _dockunit "$@"; else compdef _dockunit dockunit; fi',
  ];
}

/** complete(1) of fish. */
export function fishCompletion(verbs: readonly VerbReference[]): readonly string[] {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const offers = {
    directories: () => ` -xa '(__fish_complete_directories)'`,
    files: () => ' -rF',
    choices: ({ choices }) => ` -xa ${quote(choices.join(' '))}`,
    nothing: () => ' -x',
  } satisfies Record<Offer, (value: ValueReference) => string>;
  const nameOption = (name: string): string =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`;
  const describe = (verb: VerbReference): readonly string[] => {
    const within = `complete -c dockunit -n '__fish_seen_subcommand_from ${verb.name}'`;
    const rest = {
      services: [`${within} -a '(__dockunit_${sourceOf(verb)})' -d service`],
      topics: [`${within} -a '(__dockunit_${sourceOf(verb)})' -d service`],
      shell: [`${within} -a ${quote(shells.join(' '))}`],
      path: [`${within} -F`],
      command: [],
      project: [],
      state: [],
      nothing: [],
    }[verb.spec.takes];
    return [
      `complete -c dockunit -n __fish_use_subcommand -a ${verb.name} -d ${quote(verb.spec.summary)}`,
      ...verb.options.map(
        ({ names, what, value }) =>
          `${within} ${names.map(nameOption).join(' ')}${value === undefined ? '' : offers[value.offer](value)} -d ${quote(what)}`,
      ),
      ...rest,
    ];
  };
  return [
    '# dockunit completion for fish: dockunit completion fish | source',
    'function __dockunit_installed',
    `    ${listServices.installed}`,
    'end',
    'function __dockunit_written',
    `    ${listServices.written}`,
    'end',
    'complete -c dockunit -f',
    "complete -c dockunit -l help -d 'show help'",
    "complete -c dockunit -n __fish_use_subcommand -l version -d 'print the version'",
    "complete -c dockunit -n __fish_use_subcommand -a help -d 'show help of a verb'",
    `complete -c dockunit -n '__fish_seen_subcommand_from help' -a ${quote(verbs.map(({ name }) => name).join(' '))}`,
    ...verbs.flatMap(describe),
  ];
}
