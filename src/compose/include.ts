/**
 * `include`: reads other Compose files as models of their own, with their own directory and variables, then merges
 * their parts in. Compose Specification, "Include".
 */
import { posix as path } from 'node:path';
import { budgets } from './budget.ts';
import { readDotenv } from './dotenv.ts';
import { entriesOf, rootField } from './field.ts';
import { type NamedFile, namedPath } from './named-file.ts';
import type { ModelSource, LoadContext } from './model-source.ts';
import { resolveRelativePaths } from './relative-paths.ts';
import { scalarText } from './scalar.ts';
import { topLevelOf } from './top-level.ts';
import type { MapEntry, Mapping, Mark, Node, Scalar } from './tree.ts';
import { SourceText, isNull, keyPath } from './tree.ts';

/** The merged parts; `name` and `version` of an included file apply only to it. */
const parts = ['services', 'networks', 'volumes', 'configs', 'secrets', 'models'] as const;

/** One item of the list. */
interface Inclusion {
  /** The main file, then those merged over it. */
  readonly paths: readonly Scalar[];
  readonly directory?: string;
  /** Absent: the `.env` of its directory, if it exists. */
  readonly envFiles?: readonly Scalar[];
  readonly at: string;
}

export class IncludedFiles {
  /** Trees whose top-level keys are checked: a file that is included twice is reported once. */
  readonly #checkedTrees = new Set<Mapping>();
  /** Results by all their inputs: files that include one another twice double with each level. */
  readonly #models = new Map<string, Mapping | undefined>();
  /** The variables of included files by content, and a number for each; the project's own have number 0. */
  readonly #environments = new Map<string, ReadonlyMap<string, string>>();
  readonly #numbers = new Map<ReadonlyMap<string, string>, number>();

  constructor(readonly reader: ModelSource) {}

  /** The document merged with the parts of all it includes. */
  into(tree: Mapping, surroundings: LoadContext): Mapping {
    const include = tree.entries.get('include');
    if (!include) return tree;
    const entries = new Map(tree.entries);
    entries.delete('include');
    for (const inclusion of this.#inclusions(include)) {
      const model = this.#model(inclusion, surroundings);
      if (model) this.#takeOver(model, entries, inclusion.at);
    }
    return { ...tree, entries };
  }

  #inclusions(include: MapEntry): readonly Inclusion[] {
    if (isNull(include.value)) return [];
    if (include.value.kind !== 'list') {
      const remedy = 'Write `include:` with `- path` lines below it';
      this.reader.refuse(include, 'include', 'wrong-kind', '`include` is a list of files', remedy);
      return [];
    }
    return include.value.items.flatMap(
      (item, index) => this.#inclusion(item, `include[${String(index)}]`) ?? [],
    );
  }

  #inclusion(item: Node, at: string): Inclusion | undefined {
    if (item.kind === 'scalar' && !isNull(item)) return { paths: [item], at };
    const entry = (key: string): Node | undefined =>
      item.kind === 'map' ? item.entries.get(key)?.value : undefined;
    const paths = this.#texts(entry('path'), `${at}.path`);
    if (paths === undefined || paths.length === 0) {
      const message = 'this item of `include` names no file';
      return this.reader.refuse(item, at, 'missing-key', message, 'Write `- path: FILE`, or the path alone');
    }
    if (item.kind === 'map') this.#checkKeys(item, at);
    const [directory] = this.#texts(entry('project_directory'), `${at}.project_directory`) ?? [];
    const envFiles = this.#texts(entry('env_file'), `${at}.env_file`);
    return {
      paths,
      at,
      ...(directory !== undefined && directory.text !== '' && { directory: directory.text }),
      ...(envFiles !== undefined && envFiles.length > 0 && { envFiles }),
    };
  }

  /** One text or several; undefined for an empty value. */
  #texts(node: Node | undefined, at: string): readonly Scalar[] | undefined {
    if (!node || isNull(node)) return undefined;
    const items = node.kind === 'list' ? node.items : [node];
    return items.flatMap((item) => {
      if (item.kind === 'scalar') return isNull(item) ? [] : [item];
      const message = `\`${at}\` holds a ${item.kind} where a path belongs`;
      return this.reader.refuse(item, at, 'wrong-kind', message, 'Write the path alone') ?? [];
    });
  }

  #checkKeys(item: Mapping, at: string): void {
    for (const [key, entry] of item.entries) {
      if (['path', 'project_directory', 'env_file'].includes(key) || key.startsWith('x-')) continue;
      const remedy = 'Write path, project_directory or env_file';
      this.reader.refuse(entry, keyPath(at, key), 'unknown-key', `unknown key \`${key}\``, remedy);
    }
  }

  #model(inclusion: Inclusion, from: LoadContext): Mapping | undefined {
    const files = inclusion.paths.map((mark): NamedFile => {
      const file = namedPath(mark.text, from.directory);
      return { path: file, mark, at: inclusion.at, what: 'the included' };
    });
    const [main] = files;
    if (!main) return undefined;
    const including = [...from.including, main.path];
    if (from.including.includes(main.path)) return this.#refuseCycle(main, including);
    const { findings } = this.reader;
    if (including.length > budgets.levels.limit) {
      findings.refuseTooMuch('levels', main.mark, main.at);
      return undefined;
    }
    const directory =
      inclusion.directory === undefined
        ? path.dirname(main.path)
        : path.resolve(from.directory, inclusion.directory);
    const environment = this.#environment(inclusion, directory, from);
    const of = [from.environment, environment].map((variables) => this.#numbers.get(variables) ?? 0);
    const key = JSON.stringify([files.map((file) => file.path), directory, of]);
    if (!this.#models.has(key)) {
      const isAllowed = findings.spend('inclusions', 1, main.mark, main.at);
      const surroundings = { directory, environment, including };
      this.#models.set(key, isAllowed ? this.#read(files, surroundings, from) : undefined);
    }
    return this.#models.get(key);
  }

  #read(
    files: readonly NamedFile[],
    { directory, environment, including }: Omit<LoadContext, 'interpolation'>,
    from: LoadContext,
  ): Mapping | undefined {
    const treesOfFiles = files.map((file) => this.reader.open(file));
    if (treesOfFiles.some((trees) => trees === undefined)) return undefined;
    const trees = treesOfFiles.flatMap((documents) => documents ?? []);
    for (const tree of trees) this.#checkTop(tree);
    const surroundings = this.reader.surroundings(directory, environment, including);
    const model = resolveRelativePaths(this.reader.model(trees, surroundings), directory);
    return withOwnVariables(model, environment, from.environment);
  }

  /** As for the project's own file: keys that are not merged are reported, not dropped silently. */
  #checkTop(tree: Mapping): void {
    if (this.#checkedTrees.has(tree)) return;
    this.#checkedTrees.add(tree);
    const { findings } = this.reader;
    const { fields, systemd } = topLevelOf(rootField(tree, findings));
    for (const part of parts) {
      const field = fields[part];
      // Reports a value that is not a map.
      if (field) entriesOf(field);
    }
    if (systemd === undefined) return;
    const message =
      '`x-systemd` at the top of an included file has no effect: that of the project’s own file counts';
    const remedy = 'Write it there, or below each service of this file';
    findings.add('warning', systemd.keyMark, systemd.path, 'included-systemd', message, remedy);
  }

  /** The variables of the including project, then those of the env_files, else of the `.env` there. */
  #environment(inclusion: Inclusion, directory: string, from: LoadContext): ReadonlyMap<string, string> {
    const variables = new Map<string, string>();
    const read = (file: string, text: string) => {
      const lookup = (name: string) => from.environment.get(name);
      readDotenv(new SourceText(file, text), variables, lookup, this.reader.findings);
    };
    if (inclusion.envFiles) {
      for (const mark of inclusion.envFiles) {
        if (mark.text === '/dev/null') continue;
        const file = path.resolve(from.directory, mark.text);
        const content = this.reader.readFile(file);
        const at = `${inclusion.at}.env_file`;
        if (content.ok) read(file, content.text);
        else this.reader.unreadable({ path: file, mark, at, what: 'the env' }, content.reason);
      }
    } else {
      const file = path.join(directory, '.env');
      const content = this.reader.readFile(file);
      if (content.ok) read(file, content.text);
    }
    return this.#over(from.environment, variables);
  }

  /** The outer variables over those of the included file; reuses the map for equal ones. */
  #over(
    outer: ReadonlyMap<string, string>,
    variables: ReadonlyMap<string, string>,
  ): ReadonlyMap<string, string> {
    const own = [...variables].filter(([name]) => !outer.has(name));
    if (own.length === 0) return outer;
    const key = JSON.stringify([this.#numbers.get(outer) ?? 0, own]);
    const present = this.#environments.get(key);
    if (present) return present;
    const environment = new Map([...own, ...outer]);
    this.#environments.set(key, environment);
    this.#numbers.set(environment, this.#environments.size);
    return environment;
  }

  /** Adds the model's parts; two of one name must be equal. */
  #takeOver(model: Mapping, into: Map<string, MapEntry>, at: string): void {
    for (const part of parts) {
      const theirs = model.entries.get(part);
      if (theirs?.value.kind !== 'map') continue;
      const ours = into.get(part);
      if (ours && ours.value.kind !== 'map' && !isNull(ours.value)) continue;
      const size = theirs.value.entries.size + (ours?.value.kind === 'map' ? ours.value.entries.size : 0);
      if (!this.reader.findings.spend('copies', size, theirs, at)) continue;
      const entries = new Map(ours?.value.kind === 'map' ? ours.value.entries : []);
      for (const [name, entry] of theirs.value.entries) {
        const own = entries.get(name);
        if (!own) entries.set(name, entry);
        else if (!isSame(own.value, entry.value)) this.#refuseConflict(own, entry, keyPath(part, name), at);
      }
      const value: Mapping = { ...(ours?.value.kind === 'map' ? ours.value : theirs.value), entries };
      into.set(part, { ...(ours ?? theirs), value });
    }
  }

  #refuseConflict(own: Mark, other: Mark, what: string, at: string): void {
    const { file, line } = other.source.position(other.offset);
    const message = `\`${what}\` is also in the file of ${at} (${file}:${String(line)}), and differs`;
    const remedy =
      'Keep one of the two, or change the included one in a file of its own: `path: [FILE, OVERRIDE]`';
    this.reader.refuse(own, what, 'include-conflict', message, remedy);
  }

  #refuseCycle(file: NamedFile, way: readonly string[]): undefined {
    const message = `files include each other in a circle: ${way.join(' → ')}`;
    return this.reader.refuse(file.mark, file.at, 'include-cycle', message, 'Take out one of these includes');
  }
}

/** Whether two values are equal, whatever their places and the order of their keys. */
function isSame(one: Node, other: Node): boolean {
  if (one === other) return true;
  if (one.kind === 'map' && other.kind === 'map') {
    if (one.entries.size !== other.entries.size) return false;
    return [...one.entries].every(([key, { value }]) => {
      const entry = other.entries.get(key);
      return entry !== undefined && isSame(value, entry.value);
    });
  }
  if (one.kind === 'list' && other.kind === 'list')
    return (
      one.items.length === other.items.length &&
      one.items.every((item, index) => {
        const counterpart = other.items[index];
        return counterpart !== undefined && isSame(item, counterpart);
      })
    );
  if (one.kind !== 'scalar' || other.kind !== 'scalar') return false;
  return isNull(one) === isNull(other) && scalarText(one) === scalarText(other);
}

/**
 * Names alone under `environment` take values that only the included file's env_files define; outside of it those
 * values are unknown.
 */
function withOwnVariables(
  model: Mapping,
  environment: ReadonlyMap<string, string>,
  outer: ReadonlyMap<string, string>,
): Mapping {
  if (environment.size === outer.size) return model;
  const valueOf = (name: string): string | undefined => (outer.has(name) ? undefined : environment.get(name));
  return withEntry(model, 'services', (services) =>
    changedEach(services, (service) =>
      withEntry(service, 'environment', (node) => withValues(node, valueOf)),
    ),
  );
}

function withValues(node: Node, valueOf: (name: string) => string | undefined): Node {
  if (node.kind === 'list') {
    const items = node.items.map((item) => {
      const value = item.kind === 'scalar' && !item.text.includes('=') ? valueOf(item.text) : undefined;
      if (item.kind !== 'scalar' || value === undefined) return item;
      return { ...item, text: `${item.text}=${value}`, plain: false };
    });
    return { ...node, items };
  }
  return changedEach(node, (item, name) => {
    const text = isNull(item) ? valueOf(name) : undefined;
    const { source, offset } = item;
    return text === undefined ? item : { kind: 'scalar', source, offset, text, plain: false };
  });
}

function withEntry(node: Node, key: string, change: (value: Node) => Node): Mapping;
function withEntry(node: Node, key: string, change: (value: Node) => Node): Node {
  const entry = node.kind === 'map' ? node.entries.get(key) : undefined;
  if (node.kind !== 'map' || !entry) return node;
  return { ...node, entries: new Map(node.entries).set(key, { ...entry, value: change(entry.value) }) };
}

function changedEach(node: Node, change: (value: Node, key: string) => Node): Node {
  if (node.kind !== 'map') return node;
  const entries = Array.from(
    node.entries,
    ([key, entry]) => [key, { ...entry, value: change(entry.value, key) }] as const,
  );
  return { ...node, entries: new Map(entries) };
}
