/**
 * `extends`: merges a service over another one, of the same file or of another, which may extend further. Compose
 * Specification, services, "extends".
 */
import { posix as path } from 'node:path';
import { budgets } from './budget.ts';
import { mergeServices } from './merge.ts';
import { namedPath } from './named-file.ts';
import type { ModelSource, LoadContext } from './model-source.ts';
import { mergeTrees } from './merge.ts';
import { resolveRelativePaths } from './relative-paths.ts';
import type { MapEntry, Mapping, Mark, Node } from './tree.ts';
import { isNull, keyPath } from './tree.ts';

/** The services of one file, the base of its relative paths, and its name in messages. */
interface Services {
  readonly file: string;
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly surroundings: LoadContext;
  /** The services with their bases, as far as they are complete: each is resolved once. */
  readonly complete: Map<string, Node | undefined>;
}

/** A step in a chain of extends: a service of a file, and the place of its `extends`. */
interface ExtendsStep {
  readonly file: string;
  readonly service: string;
}

/** The content of `extends`. */
interface ExtendsReference {
  readonly service: string;
  readonly file?: string;
  /** The place of the service's name. */
  readonly mark: Mark;
  readonly fileMark?: Mark;
}

export class ExtendedServices {
  /** By path of the file, for each interpolation, as an included file may have variables of its own. */
  readonly #files = new Map<object, Map<string, Services | undefined>>();
  /** From the resolved service to the last one it extends, by file and name. */
  readonly #way = new Map<string, ExtendsStep>();

  constructor(readonly reader: ModelSource) {}

  /** The document with every `extends` of its services resolved. */
  into(tree: Mapping, surroundings: LoadContext): Mapping {
    const services = tree.entries.get('services');
    if (services?.value.kind !== 'map') return tree;
    const own = servicesOf(tree.source.file, services.value.entries, surroundings);
    let entries: Map<string, MapEntry> | undefined;
    for (const [name, entry] of own.entries) {
      const value = this.#complete(name, own) ?? withoutExtends(entry.value);
      if (value !== entry.value) (entries ??= new Map(own.entries)).set(name, { ...entry, value });
    }
    if (!entries) return tree;
    const value = { ...services.value, entries };
    return { ...tree, entries: new Map(tree.entries).set('services', { ...services, value }) };
  }

  /** The service merged over all that it extends; undefined, with a finding, where the chain is broken. */
  #complete(name: string, services: Services): Node | undefined {
    const service = services.entries.get(name)?.value;
    if (service?.kind !== 'map' || !service.entries.has('extends')) return service;
    if (services.complete.has(name)) return services.complete.get(name);
    const at = keyPath(keyPath('services', name), 'extends');
    const mark = service.entries.get('extends') ?? service;
    const step = { file: services.file, service: name };
    const key = `${step.file}\0${name}`;
    if (this.#way.has(key)) return this.#refuseCycle(mark, at, [...this.#way.values(), step]);
    if (this.#way.size >= budgets.levels.limit) {
      this.reader.findings.refuseTooMuch('levels', mark, at);
      return undefined;
    }
    this.#way.set(key, step);
    const complete = this.#extend(name, service, services, at);
    this.#way.delete(key);
    services.complete.set(name, complete);
    return complete;
  }

  #extend(name: string, service: Mapping, services: Services, at: string): Node | undefined {
    const reference = this.#reference(service, at);
    if (!reference) return undefined;
    const from = reference.file === undefined ? services : this.#open(reference, at, services);
    if (!from) return undefined;
    if (!from.entries.has(reference.service)) {
      const message = `no service \`${reference.service}\` is in ${from.file}, which \`${name}\` extends`;
      const remedy = () => {
        const others = [...from.entries.keys()].join(', ');
        return others === '' ? 'Define it there' : `Define it there, or extend one of: ${others}`;
      };
      return this.reader.refuse(reference.mark, at, 'undefined-service', message, remedy);
    }
    const base = this.#complete(reference.service, from);
    if (!base) return undefined;
    if (base.kind !== 'map') return withoutExtends(service);
    return withoutExtends(mergeServices(base, service, name, this.reader.findings));
  }

  #reference(service: Mapping, at: string): ExtendsReference | undefined {
    const entry = service.entries.get('extends');
    const node = entry?.value;
    if (!entry || !node) return undefined;
    if (node.kind === 'scalar' && !isNull(node)) return { service: node.text, mark: node };
    const name = node.kind === 'map' ? node.entries.get('service')?.value : undefined;
    if (node.kind !== 'map' || name?.kind !== 'scalar' || isNull(name)) {
      const message = '`extends` does not say which service';
      return this.reader.refuse(entry, at, 'missing-key', message, 'Write `extends: { service: NAME }`');
    }
    const file = node.entries.get('file')?.value;
    if (!file || isNull(file)) return { service: name.text, mark: name };
    if (file.kind === 'scalar') return { service: name.text, mark: name, file: file.text, fileMark: file };
    return this.reader.refuse(file, `${at}.file`, 'wrong-kind', '`file` names one file', 'Write its path');
  }

  #open(reference: ExtendsReference, at: string, { surroundings }: Services): Services | undefined {
    const file = namedPath(reference.file ?? '', surroundings.directory);
    const cache = this.#files.get(surroundings.interpolation) ?? new Map<string, Services | undefined>();
    this.#files.set(surroundings.interpolation, cache);
    if (!cache.has(file)) cache.set(file, this.#read(file, reference, at, surroundings));
    return cache.get(file);
  }

  #read(file: string, reference: ExtendsReference, at: string, from: LoadContext): Services | undefined {
    const mark = reference.fileMark ?? reference.mark;
    const trees = this.reader.open({ path: file, mark, at: `${at}.file`, what: 'the extended' });
    if (!trees) return undefined;
    const directory = path.dirname(file);
    const interpolatedTrees = trees.map((tree) => from.interpolation.tree(tree));
    const tree = resolveRelativePaths(mergeTrees(interpolatedTrees, this.reader.findings), directory);
    const services = tree.entries.get('services')?.value;
    const entries = services?.kind === 'map' ? services.entries : new Map<string, MapEntry>();
    return servicesOf(file, entries, { ...from, directory });
  }

  #refuseCycle(mark: Mark, at: string, way: readonly ExtendsStep[]): undefined {
    const several = new Set(way.map(({ file }) => file)).size > 1;
    const names = way.map(({ file, service }) => (several ? `${service} (${file})` : service));
    const message = `services extend each other in a circle: ${names.join(' → ')}`;
    const remedy = 'Move what they share into a service that extends none of them';
    return this.reader.refuse(mark, at, 'extends-cycle', message, remedy);
  }
}

function servicesOf(
  file: string,
  entries: ReadonlyMap<string, MapEntry>,
  surroundings: LoadContext,
): Services {
  return { file, entries, surroundings, complete: new Map() };
}

function withoutExtends<T extends Node>(node: T): T {
  if (node.kind !== 'map' || !node.entries.has('extends')) return node;
  const entries = new Map(node.entries);
  entries.delete('extends');
  return { ...node, entries };
}
