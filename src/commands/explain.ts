/**
 * `explain`: what dockunit does with a key, and which line of the file gave a service which option and
 * directive.
 */
import type { Position } from '../model/diagnostic.ts';
import { nearestName } from '../text/nearest-name.ts';
import type { Project, Service } from '../compose/project.ts';
import { isPrivateFile } from '../units/environment.ts';
import {
  type KeyRule,
  networkKeyRules,
  serviceKeyRules,
  topLevelKeyRules,
  volumeKeyRules,
} from '../units/fields.ts';
import { serviceUnits } from '../units/names.ts';
import { quoteArgument } from '../units/quoting.ts';
import { serialiseValue } from '../units/unit-file.ts';
import { buildKeyRules, deployKeyRules, fileObjectKeyRules } from '../units/nested-key-rules.ts';
import type { Target, UnitSet } from '../units/unit-set.ts';
import { compileInput, displayPath, printDiagnostics } from '../session/compile-project.ts';
import { type Context, type ExitCode, type GlobalOptions, UsageError } from '../run/context.ts';
import { writeReport } from '../run/report.ts';

export interface KeyExplanation {
  /** Path in the specification: `services.web.ports`, or the kind of place: `services.*.ports`. */
  readonly path: string;
  readonly position?: Position;
  readonly fate: KeyRule['kind'];
  /** The effect of the key, or the reason why it has none. */
  readonly what: string;
  /** Options of `docker create`; [] where the key gives none. */
  readonly options: readonly string[];
  /** Lines of the container unit; [] where the key gives none. */
  readonly directives: readonly string[];
}

/** A path asks for a key's rule and needs no file; a service's name asks for the results of its lines. */
export async function run(
  context: Context,
  options: GlobalOptions,
  topics: readonly string[],
): Promise<ExitCode> {
  if (topics.length === 0) {
    throw new UsageError(
      'there is nothing to explain',
      'Name a key (services.web.ports, restart) or a service',
    );
  }
  const explanations: KeyExplanation[] = [];
  for (const topic of topics) {
    const keys = explainPath(topic);
    const matches = keys.length > 0 ? keys : await explainNamed(context, options, topic);
    if (matches === undefined) return 2;
    explanations.push(...matches);
  }
  if (options.json === true) writeReport(context.out, explanations);
  else context.out.write(explanations.map((entry) => renderKey(context, entry)).join(''));
  return 0;
}

const tables = {
  services: serviceKeyRules,
  networks: networkKeyRules,
  volumes: volumeKeyRules,
} satisfies Record<string, Readonly<Record<string, KeyRule>>>;

/** Keys that hold keys with rules of their own. */
const nestedTables: Readonly<Record<string, Readonly<Record<string, KeyRule>>>> = {
  'services.*.build': buildKeyRules,
  'services.*.deploy': deployKeyRules,
  configs: fileObjectKeyRules,
  secrets: fileObjectKeyRules,
};

/**
 * The rule of the key that a path names: `services.web.ports`, `networks.default.driver`; for one word, or
 * a path that begins with a key (`deploy.resources`), every key of that name. [] where there is none.
 */
export function explainPath(path: string): readonly KeyExplanation[] {
  const segments = path.split(/[.[\]]+/).filter((segment) => segment !== '');
  const [first = '', , third] = segments;
  const within = Object.entries(tables).filter(([section]) => section === first);
  if (within.length > 0 && third !== undefined) {
    return within.flatMap(([section, table]) => explainKey(section, table, third, segments[3]));
  }
  const everywhere = Object.entries(tables).flatMap(([section, table]) =>
    explainKey(section, table, first, segments[1]),
  );
  return segments.length === 1 ? [...explainKey('', topLevelKeyRules, first), ...everywhere] : everywhere;
}

function explainKey(
  section: string,
  table: Readonly<Record<string, KeyRule>>,
  key: string,
  below?: string,
): readonly KeyExplanation[] {
  const rule = Object.hasOwn(table, key) ? table[key] : undefined;
  if (rule === undefined) return [];
  const path = section === '' ? key : `${section}.*.${key}`;
  const children = Object.entries(nestedTables[path] ?? {}).map(([name, each]) =>
    explanationOf(`${path}${section === '' ? '.*' : ''}.${name}`, name, each),
  );
  const matches = children.filter((each) => below !== undefined && each.path.endsWith(`.${below}`));
  return matches.length > 0 ? matches : [explanationOf(path, key, rule), ...children];
}

const explanationOf = (path: string, key: string, rule: KeyRule): KeyExplanation => ({
  path,
  fate: rule.kind,
  what: describeRule(key, rule),
  options: [],
  directives: [],
});

function describeRule(key: string, rule: KeyRule): string {
  switch (rule.kind) {
    case 'flags':
    case 'unit':
      return rule.what;
    case 'without-effect':
      return `without effect: ${key} ${rule.why}`;
    case 'refused':
      return `refused: ${key} ${rule.why}. ${rule.remedy}`;
  }
}

/** The keys of the service of that name; undefined where the file has errors, which this prints. */
async function explainNamed(
  context: Context,
  options: GlobalOptions,
  name: string,
): Promise<readonly KeyExplanation[] | undefined> {
  const compilation = await compileInput(context, options, { names: [name] });
  const { project, set } = compilation;
  const service = project?.services.get(name);
  if (project === undefined || service === undefined) {
    const candidates = [...(project?.services.keys() ?? []), ...Object.keys(serviceKeyRules)];
    const nearest = nearestName(name, candidates);
    throw new UsageError(
      `there is no key and no service called ${name}`,
      nearest === undefined
        ? 'Name a key of the specification or a service of the file'
        : `Write ${nearest} if that is meant`,
    );
  }
  if (set === undefined) {
    printDiagnostics(context, compilation);
    return undefined;
  }
  return explainService(project, service, set, compilation.target);
}

/** Lines of the container unit that a key of the service decides, beside the options of docker create. */
const directiveKeys: Readonly<Record<string, readonly string[]>> = {
  depends_on: ['Requires', 'Wants', 'After', 'PartOf'],
  environment: ['EnvironmentFile'],
  env_file: ['EnvironmentFile'],
  image: ['Description'],
  links: ['Requires', 'After', 'PartOf'],
  post_start: ['ExecStartPost'],
  pre_stop: ['ExecStop'],
  restart: ['Restart', 'StartLimitIntervalSec', 'StartLimitBurst'],
  stop_grace_period: ['ExecStop', 'TimeoutStopSec'],
  volumes: ['RequiresMountsFor'],
};

/** The result of each written key of the service, in the order of the file. */
export function explainService(
  project: Project,
  service: Service,
  set: UnitSet,
  target: Target,
): readonly KeyExplanation[] {
  const unit = set.units.find(({ name }) => name === serviceUnits(project, service)[0]);
  const lines = (unit?.sections ?? [])
    .flatMap(({ directives }) => directives)
    .map(({ key, value }) => ({ key, line: `${key}=${serialiseValue(value)}` }));
  const rules: Readonly<Record<string, KeyRule>> = serviceKeyRules;
  return service.keys
    .map((key): KeyExplanation => {
      const rule = rules[key] as KeyRule;
      const path = `services.${service.name}.${key}`;
      const position = project.where(path);
      const directives = directiveKeys[key] ?? [];
      const options = rule.kind === 'flags' ? rule.flags(service, project, target) : [];
      const hasVariables = options.some(
        (option) =>
          typeof option === 'object' && option.some((part) => typeof part === 'object' && 'variable' in part),
      );
      return {
        path,
        ...(position && { position }),
        fate: rule.kind,
        what: describeRule(key, rule),
        options: options.map(quoteArgument),
        directives: lines
          .filter(({ key: directive, line }) =>
            isPrivateFile(line) ? hasVariables : directives.includes(directive),
          )
          .map(({ line }) => line),
      };
    })
    .sort((a, b) => (a.position?.line ?? 0) - (b.position?.line ?? 0));
}

function renderKey(context: Context, entry: KeyExplanation): string {
  const { style } = context.out;
  const { position } = entry;
  const where =
    position === undefined ? '' : style.path(`${displayPath(context, position.file)}:${position.line}  `);
  const details = [entry.options.join(' '), ...entry.directives].filter((line) => line !== '');
  return [
    `${where}${style.unit(entry.path)}`,
    `  ${entry.what}`,
    ...details.map((line) => `  ${style.dim('→')} ${line}`),
    '',
  ].join('\n');
}
