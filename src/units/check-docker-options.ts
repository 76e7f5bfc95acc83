/**
 * Checks every docker option in a unit's commands against the table of options: an option that the target's Docker
 * lacks, or an empty value, would fail at every start.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Project } from '../compose/project.ts';
import { type ServiceFinding, findingsAt } from './check-service.ts';
import {
  type DockerCommand,
  type DockerOption,
  type GivenOption,
  type NewerField,
  dockerOptions,
  optionOf,
  readOptions,
} from './docker-options.ts';
import { givenText } from './given-text.ts';
import { type RunVerb, verbOf } from './scripts.ts';
import type { Argument, Command, Target, Unit } from './unit-set.ts';

/** Options that the unit cannot give to the target's docker; `path` is that of the unit's source. */
export function checkDockerOptions(project: Project, path: string, unit: Unit, target: Target): Diagnostic[] {
  const places = writtenPlaces(project, path);
  const findings = linesOf(unit).flatMap((line) =>
    line.options.flatMap((option): ServiceFinding[] => {
      const place = placeOf(places, line, option);
      if (optionOf(line.command, option.name) === undefined)
        return [passesForOption(place, line.command, option)];
      return [
        ...emptyValue(place, line.command, option),
        ...tooNew(place, line.command, option, target.docker),
      ];
    }),
  );
  return findingsAt(project, path, findings);
}

/** A docker command in a unit. */
interface DockerLine {
  readonly command: DockerCommand;
  readonly options: readonly GivenOption[];
  readonly rest: readonly string[];
}

/** The docker commands in a unit. */
export function linesOf(unit: Unit): readonly DockerLine[] {
  return unit.sections
    .flatMap(({ directives }) => directives)
    .flatMap(({ value }) => (value.kind === 'exec' ? (lineOf(value.command) ?? []) : []));
}

/**
 * The docker words among the parameters of each script: from which on, or after which words; undefined where there are
 * none.
 */
const dockerWords = {
  'await-completed': undefined,
  'await-healthy': undefined,
  'await-running': undefined,
  build: 3,
  'build-missing': 3,
  'copy-files': undefined,
  'create-in-slice': 3,
  network: { after: ['network', 'create'], from: 3 },
  volume: { after: ['volume', 'create'], from: 1 },
  pull: { after: ['pull'], from: 1 },
  'pull-or-build': { after: ['pull'], from: 1 },
  'pull-missing': { after: ['pull'], from: 1 },
  'pull-missing-or-build': { after: ['pull'], from: 1 },
  create: 1,
  clean: undefined,
  'pre-stop': 2,
  run: undefined,
  'watch-health': undefined,
} as const satisfies Record<
  RunVerb,
  number | { readonly after: readonly string[]; readonly from: number } | undefined
>;

/** The docker command that a unit's command is, or passes to a script. */
export function lineOf(command: Command): DockerLine | undefined {
  const script = verbOf(command);
  if (script === undefined) return command.argv[0] === 'docker' ? readLine(command.argv.slice(1)) : undefined;
  const parameters = command.argv.slice(3);
  const words = dockerWords[script];
  if (words === undefined) return undefined;
  if (typeof words === 'number') return readLine(parameters.slice(words));
  return readLine([...words.after, ...parameters.slice(words.from)]);
}

function readLine(argv: readonly Argument[]): DockerLine | undefined {
  const words = argv.map(givenText);
  const [first = '', second = ''] = words;
  const pair = `${first} ${second}`;
  if (isDockerCommand(pair)) return { command: pair, ...readOptions(pair, words.slice(2)) };
  return isDockerCommand(first) ? { command: first, ...readOptions(first, words.slice(1)) } : undefined;
}

function isDockerCommand(words: string): words is DockerCommand {
  return Object.hasOwn(dockerOptions, words);
}

/**
 * The table of options covers everything dockunit writes: any other option is a value that begins with a dash, for
 * instance a name.
 */
function passesForOption(path: string, command: DockerCommand, { name }: GivenOption): ServiceFinding {
  return {
    path,
    code: 'option-unknown',
    message: `docker ${command} reads ${JSON.stringify(name)} as an option`,
    remedy: 'Change the name or the value that begins with a dash',
  };
}

function emptyValue(path: string, command: DockerCommand, { name, value }: GivenOption): ServiceFinding[] {
  if (value !== '' || knownOption(command, name).empty !== undefined) return [];
  return [
    {
      path,
      code: 'option-empty',
      message: `docker ${command} refuses an empty value of ${name}`,
      remedy: 'Remove the empty value, or set the variable that it comes from',
    },
  ];
}

function tooNew(path: string, command: DockerCommand, option: GivenOption, docker: number): ServiceFinding[] {
  const { since, key } = knownOption(command, option.name);
  const fields = newerFieldsOf(command, option);
  return [...(since === undefined ? [] : [{ since, what: `\`${key ?? option.name}\`` }]), ...fields]
    .filter((newer) => docker < newer.since)
    .map(({ since: first, what }) => ({
      path,
      code: 'docker-too-old',
      message: `${what} needs Docker ${String(first)}; the units are written for Docker ${String(docker)}`,
      remedy: `Remove it, or upgrade Docker and give --docker-version ${String(first)}`,
    }));
}

function newerFieldsOf(command: DockerCommand, { name, value }: GivenOption): readonly NewerField[] {
  const { fields = {} } = knownOption(command, name);
  const fieldTexts = fieldsOf(value ?? '');
  return Object.entries(fields).flatMap(([beginning, field]) =>
    fieldTexts.some((text) => text.startsWith(beginning)) ? [field] : [],
  );
}

/** The fields of a CSV record (csv.ts). */
function fieldsOf(value: string): readonly string[] {
  return Array.from(value.matchAll(/(?:^|,)(?:"([^"]*(?:""[^"]*)*)"|([^,]*))/g), ([, quotedText, bare]) =>
    quotedText === undefined ? (bare ?? '') : quotedText.replaceAll('""', '"'),
  );
}

/** The sources of a unit, by the names in its options. */
interface WrittenPlaces {
  /** Index of each mount by its target; absent where the unit belongs to no service. */
  readonly mounts?: ReadonlyMap<string, number>;
  /** Key of each network by its name. */
  readonly networks: ReadonlyMap<string, string>;
}

function writtenPlaces(project: Project, path: string): WrittenPlaces {
  const service = project.services.get(path.replace(/^services\./, ''));
  if (service === undefined) return { networks: new Map() };
  const networks = [...service.networks.keys()].map(
    (key) => [project.networks.get(key)?.name ?? key, key] as const,
  );
  return {
    mounts: new Map(service.volumes.map(({ target }, index) => [target, index])),
    networks: new Map(networks),
  };
}

/** The source of an option, below the source of its unit. */
function placeOf({ mounts, networks }: WrittenPlaces, line: DockerLine, option: GivenOption): string {
  const { key } = knownOption(line.command, option.name);
  const fields = fieldsOf(option.value ?? '');
  if (mounts !== undefined && option.name === '--mount') {
    const target = fields.find((field) => field.startsWith('target='))?.slice('target='.length);
    const index = mounts.get(target ?? '');
    return index === undefined ? '' : `.volumes[${String(index)}]`;
  }
  const [newer] = newerFieldsOf(line.command, option);
  const ofNetwork = newer?.key ?? (line.command === 'network connect' ? key : undefined);
  if (ofNetwork === undefined) return key === undefined ? '' : `.${key}`;
  const name =
    line.command === 'network connect'
      ? line.rest[0]
      : fields.find((field) => field.startsWith('name='))?.slice('name='.length);
  return `.networks.${networks.get(name ?? '') ?? name ?? ''}.${ofNetwork}`;
}

/** An option of `create` without the parts that this Docker lacks and can do without, and the findings about them. */
export function fitOptions(
  project: Project,
  path: string,
  words: readonly Argument[],
  { docker }: Target,
): { readonly words: readonly Argument[]; readonly diagnostics: readonly Diagnostic[] } {
  const findings: ServiceFinding[] = [];
  const result: Argument[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const option = typeof word === 'string' ? optionOf('create', word) : undefined;
    if (option?.without === undefined || docker >= (option.since ?? 0)) result.push(word);
    else {
      findings.push(leftOut(option, docker));
      at += 1;
    }
  }
  return { words: result, diagnostics: findingsAt(project, path, findings) };
}

function leftOut({ since = 0, key = '', without = '' }: DockerOption, docker: number): ServiceFinding {
  return {
    path: `.${key}`,
    severity: 'warning',
    code: 'docker-too-old',
    message: `\`${key}\` is left out: it needs Docker ${String(since)}, and the units are written for Docker ${String(docker)}. Without it, ${without}`,
    remedy: `Remove it, or upgrade Docker and give --docker-version ${String(since)}`,
  };
}

/** Whether one of the lines holds an option that only some versions of Docker know. */
export function holdsNewerOption({ command, options }: DockerLine): boolean {
  return options.some(
    (option) =>
      knownOption(command, option.name).since !== undefined || newerFieldsOf(command, option).length > 0,
  );
}

const knownOption = (command: DockerCommand, name: string): DockerOption => optionOf(command, name) ?? {};
