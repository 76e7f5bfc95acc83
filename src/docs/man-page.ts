/**
 * The table of verbs as a manual page, man(7).
 */
import { version } from '../../package.json';
import { description, sentence } from '../cli/program.ts';
import { type OptionReference, type VerbReference, listVerbs } from '../cli/reference.ts';

/** roff; the same table gives the same bytes, so without a date. */
export function manPage(): string {
  const verbs = listVerbs();
  const common = commonOptions(verbs);
  return `${[
    '.\\" Made by `npm run docs` of src/cli/verbs.ts: change that, not this.',
    `.TH DOCKUNIT 1 "" "dockunit ${version}" "User Commands"`,
    '.SH NAME',
    text(`dockunit - ${description.charAt(0).toLowerCase()}${description.slice(1).replace(/\.$/, '')}`),
    '.SH SYNOPSIS',
    '.B dockunit',
    '.I VERB',
    text('[OPTION...] [SERVICE...]'),
    '.SH DESCRIPTION',
    ...paragraphs,
    '.SH VERBS',
    ...verbs.flatMap((verb) => describeVerb(verb, common)),
    '.SH COMMON OPTIONS',
    text('Verbs name those that they take.'),
    ...[...common.values()].flatMap(describeOption),
    '.SH EXAMPLES',
    ...verbs
      .flatMap(({ spec }) => spec.examples)
      .flatMap(([line, what]) => ['.TP', `.B ${text(line)}`, text(what)]),
    '.SH ENVIRONMENT',
    ...environment.flatMap(([names, what]) => ['.TP', `.BR ${names.map(text).join(' ", " ')}`, text(what)]),
    '.SH FILES',
    ...files.flatMap(([path, what]) => ['.TP', `.I ${text(path)}`, text(what)]),
    '.SH EXIT STATUS',
    ...exitCodes.flatMap(([code, what]) => ['.TP', `.B ${code}`, text(what)]),
    '.SH SEE ALSO',
    ...['systemctl(1)', 'systemd.unit(5)', 'systemd.service(5)', 'docker-create(1)', 'docker-compose(1)'].map(
      (page, index, all) =>
        page.replace(/^(.*)(\(\d\))/, (_all, name: string, section: string) => {
          const comma = index === all.length - 1 ? '' : ',';
          return `.BR ${text(name)} ${section}${comma}`;
        }),
    ),
  ].join('\n')}\n`;
}

const paragraphs = [
  'Compiles a Compose file into systemd units, one for each service, network, volume and image, and a',
  'target for all. The units need systemd, /bin/sh and docker, and neither Node nor dockunit.',
  '.PP',
  'Verbs that drive services take the name of a service, of a unit or of a project; without a name they',
  'mean the project that was compiled from the current directory or the nearest one above it.',
  'A verb that changes the host acts on no other project than that, unless \\-p or a name says which.',
  'dockunit knows its own units by their section [X\\-Dockunit] and touches no other.',
].map((line) => (line.startsWith('.') || line.includes('\\-') ? line : text(line)));

const environment: readonly (readonly [readonly string[], string])[] = [
  [
    ['COMPOSE_FILE', 'COMPOSE_PATH_SEPARATOR'],
    'Compose files, and what stands between them, where -f is not given.',
  ],
  [['COMPOSE_PROJECT_NAME'], 'Name of the project where -p is not given.'],
  [['COMPOSE_ENV_FILES', 'COMPOSE_DISABLE_ENV_FILE'], 'As docker compose reads them.'],
  [['NO_COLOR', 'FORCE_COLOR'], 'No colour on a terminal; colour elsewhere too.'],
];

const files = [
  [
    'compose.yaml, compose.yml, docker-compose.yml, docker-compose.yaml',
    'The first of these, with its override file beside it, is read where none is named.',
  ],
  ['.env', 'Variables for ${...} in the Compose file.'],
  [
    'dockunit.lock',
    'Beside the Compose file: the digests of the images, for --locked. Written by update and rollback when all runs, where the Compose file of the units is on this machine.',
  ],
  ['/etc/systemd/system', 'Units of the system manager.'],
  [
    '/var/lib/dockunit/applied, ~/.local/state/dockunit/applied',
    'The last twenty states of each project, which history lists and rollback puts back; the latter for --user.',
  ],
  ['~/.config/systemd/user', 'Units of the user manager, for --user.'],
  [
    '/etc/dockunit/dockunit.ini, ~/.config/dockunit/dockunit.ini',
    'Defaults for options: a section a verb, an option without its dashes a key. Keys before the first section are for every verb that has the option. The command line wins.',
  ],
  [
    '/etc/dockunit/templates, ~/.config/dockunit/templates',
    'House defaults of each kind of unit, laid over the shipped ones; the latter for --user.',
  ],
  [
    '/run/dockunit, /var/lib/dockunit, /var/log/dockunit',
    'Socket, journal and logs of the supervisor on a host without systemd; for --user in $XDG_RUNTIME_DIR/dockunit and ~/.local/state/dockunit.',
  ],
  [
    '/var/log/dockunit/audit.log, ~/.local/state/dockunit/audit.log',
    'Who changed what: a JSON object a line, when a verb begins to change the host and when it ends; of the last megabytes. Under systemd in the journal as well: journalctl -t dockunit.',
  ],
  [
    'NAME.env',
    'Environment values, beside the unit, readable by its owner alone; in NAME.private.env what else may be a secret.',
  ],
] as const;

const exitCodes = [
  ['0', 'Done.'],
  ['1', 'A job failed, there are findings, a service asked about is not active, or the host is at fault.'],
  ['2', 'Wrong usage, or an error in the Compose file.'],
] as const;

/** Options that several verbs have, and describe in the same words, by their names. */
function commonOptions(verbs: readonly VerbReference[]): ReadonlyMap<string, OptionReference> {
  const options = verbs.flatMap((verb) => verb.options);
  const counts = new Map<string, number>();
  for (const option of options) counts.set(keyOf(option), (counts.get(keyOf(option)) ?? 0) + 1);
  return new Map(
    options.flatMap((option) =>
      (counts.get(keyOf(option)) ?? 0) > 3 ? [[keyOf(option), option] as const] : [],
    ),
  );
}

const keyOf = (option: OptionReference): string => JSON.stringify(option);

const nameOf = ({ names }: OptionReference): string =>
  names.map((name) => `\\fB${text(name)}\\fR`).join(', ');

function describeVerb(
  { spec, name, options }: VerbReference,
  common: ReadonlyMap<string, OptionReference>,
): readonly string[] {
  const own = options.filter((option) => !common.has(keyOf(option)));
  const others = options.filter((option) => common.has(keyOf(option)));
  const operand = {
    services: ' [SERVICE...]',
    topics: ' TOPIC...',
    shell: ' SHELL',
    path: ' [PATH]',
    command: ' [--] [WORD...]',
    project: ' [PROJECT]',
    state: ' [N]',
    nothing: '',
  }[spec.takes];
  return [
    `.SS dockunit ${name}${options.length > 0 ? ' [OPTION...]' : ''}${operand}`,
    text(sentence(spec.summary)),
    ...own.flatMap(describeOption),
    ...(others.length === 0 ? [] : ['.PP', `Common options: ${others.map(nameOf).join(', ')}.`]),
  ];
}

function describeOption({ names, what, value, repeatable }: OptionReference): readonly string[] {
  const argument = value === undefined ? '' : ` \\fI${text(value.name)}\\fR`;
  const choices = value === undefined || value.choices.length === 0 ? '' : `: ${value.choices.join(', ')}`;
  const more = repeatable && !what.includes('repeat') ? '; repeatable' : '';
  return [
    '.TP',
    names.map((name) => `\\fB${text(name)}\\fR${argument}`).join(', '),
    text(sentence(`${what}${choices}${more}`)),
  ];
}

/** Text that is no request and no escape, with the hyphens of options as they are typed. */
function text(plain: string): string {
  return plain.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/, '\\&$&');
}
