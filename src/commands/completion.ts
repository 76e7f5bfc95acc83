/**
 * `completion`: a script for the shell, made of the table of verbs.
 */
import { type Context, type ExitCode, UsageError } from './context.ts';
import { type Shell, type VerbSpec, shells, verbs } from './verbs.ts';

export function run(context: Context, _options: object, names: readonly string[]): Promise<ExitCode> {
  const shell = shells.find((candidate) => candidate === names[0]);
  if (shell === undefined)
    throw new UsageError(`no completions for ${names[0] ?? 'that'}`, `Name one of ${shells.join(', ')}`);
  context.out.write(scripts[shell]());
  return Promise.resolve(0);
}

interface Entry {
  readonly verb: string;
  readonly spec: VerbSpec;
  readonly flags: readonly { readonly flag: string; readonly what: string; readonly value: boolean }[];
}

function entries(): Entry[] {
  return Object.entries<VerbSpec>(verbs).map(([verb, spec]) => ({
    verb,
    spec,
    flags: spec.options.flatMap((option) =>
      [...option.flags.matchAll(/(?<!\S)--?[a-z][a-z-]*/g)].map(([flag]) => ({
        flag,
        what: option.what,
        value: option.flags.includes('<'),
      })),
    ),
  }));
}

/** What a shell runs to learn the installed services' names; nothing where dockunit is not usable. */
const listServices = 'dockunit status --json 2>/dev/null | sed -n \'s/.*"service": *"\\([^"]*\\)".*/\\1/p\'';

const scripts = {
  bash: () => {
    const cases = entries().map(({ verb, spec, flags }) => {
      const words =
        spec.takes === 'shell' ? `"${shells.join(' ')}"` : `"${flags.map(({ flag }) => flag).join(' ')}"`;
      const services = spec.takes === 'services' ? ` $(${listServices})` : '';
      return `    ${verb}) words=${words.slice(0, -1)}${services}" ;;`;
    });
    return [
      '# dockunit completion for bash: source <(dockunit completion bash)',
      '_dockunit() {',
      '  local current=${COMP_WORDS[COMP_CWORD]} words',
      '  case ${COMP_WORDS[COMP_CWORD-1]} in',
      '    -o|--output|--project-directory) COMPREPLY=($(compgen -d -- "$current")); return ;;',
      '    -f|--file|--env-file) COMPREPLY=($(compgen -f -- "$current")); return ;;',
      '  esac',
      '  if [ "$COMP_CWORD" -eq 1 ]; then',
      `    words="${Object.keys(verbs).join(' ')} help --help --version"`,
      '  else case ${COMP_WORDS[1]} in',
      ...cases,
      '  esac; fi',
      '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
      '}',
      'complete -F _dockunit dockunit',
      '',
    ].join('\n');
  },
  zsh: () => {
    const quote = (text: string): string =>
      text.replaceAll("'", "'\\''").replaceAll(':', '\\:').replace(/[[\]]/g, '\\$&');
    const cases = entries().map(({ verb, spec, flags }) => {
      const options = flags.map(
        ({ flag, what, value }) => `'${flag}[${quote(what)}]${value ? ':value:_files' : ''}'`,
      );
      const rest = {
        services: `'*:service:($(${listServices.replaceAll("'", "'\\''")}))'`,
        shell: `'1:shell:(${shells.join(' ')})'`,
        nothing: '',
      };
      return `    ${verb}) _arguments ${[...options, rest[spec.takes]].filter((word) => word !== '').join(' ')} ;;`;
    });
    return [
      '#compdef dockunit',
      '# dockunit completion for zsh: source <(dockunit completion zsh)',
      '_dockunit() {',
      '  if (( CURRENT == 2 )); then',
      `    local -a verbs=(${entries()
        .map(({ verb, spec }) => `'${verb}:${quote(spec.summary)}'`)
        .join(' ')})`,
      '    _describe verb verbs; return',
      '  fi',
      '  local verb=$words[2]; shift words; (( CURRENT-- ))',
      '  case $verb in',
      ...cases,
      '  esac',
      '}',
      'compdef _dockunit dockunit',
      '',
    ].join('\n');
  },
  fish: () => {
    const quote = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
    return [
      '# dockunit completion for fish: dockunit completion fish | source',
      'complete -c dockunit -f',
      ...entries().flatMap(({ verb, spec, flags }) => {
        const within = `complete -c dockunit -n '__fish_seen_subcommand_from ${verb}'`;
        const option = (flag: string): string =>
          flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
        return [
          `complete -c dockunit -n __fish_use_subcommand -a ${verb} -d '${quote(spec.summary)}'`,
          ...flags.map(
            ({ flag, what, value }) => `${within} ${option(flag)}${value ? ' -rF' : ''} -d '${quote(what)}'`,
          ),
          ...(spec.takes === 'services' ? [`${within} -a '(${quote(listServices)})'`] : []),
          ...(spec.takes === 'shell' ? [`${within} -a '${shells.join(' ')}'`] : []),
        ];
      }),
      '',
    ].join('\n');
  },
} satisfies Record<Shell, () => string>;
