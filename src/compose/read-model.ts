/**
 * Reads the Compose files of a project into one tree: interpolates each file, resolves its extends and includes, and
 * merges it over the earlier ones. Every value keeps its place, in whichever file. Order of the steps: compose-go,
 * loader, loadYamlModel.
 */
import { budgets, sizeOfTree } from './budget.ts';
import { ExtendedServices } from './extends.ts';
import type { FindingCode, Findings, Remedy } from './findings.ts';
import { IncludedFiles } from './include.ts';
import { Interpolation } from './interpolate-tree.ts';
import { type FileText, type LoadInput, type SourceFile, unopenedFiles } from './loading.ts';
import { mergeTrees, withoutResets } from './merge.ts';
import type { ModelSource, LoadContext } from './model-source.ts';
import { type NamedFile, isRemote } from './named-file.ts';
import { parseTrees } from './parse.ts';
import type { Mapping, Mark } from './tree.ts';

export class ModelReader implements ModelSource {
  /** Files read besides the given ones, in order of occurrence. */
  readonly alsoRead: SourceFile[] = [];
  readonly #interpolations: Interpolation[] = [];
  readonly #treesOfFiles = new Map<string, readonly Mapping[] | undefined>();
  readonly #extendedServices = new ExtendedServices(this);
  readonly #includedFiles = new IncludedFiles(this);

  constructor(
    readonly readFile: LoadInput['readFile'],
    readonly findings: Findings,
  ) {}

  surroundings(
    directory: string,
    environment: ReadonlyMap<string, string>,
    including: readonly string[],
  ): LoadContext {
    const interpolation = new Interpolation((name) => environment.get(name), this.findings);
    this.#interpolations.push(interpolation);
    return { directory, environment, interpolation, including };
  }

  /** The trees of the project's own files, not yet interpolated; undefined where one cannot be read. */
  parse(files: readonly SourceFile[]): readonly Mapping[] | undefined {
    const treesOfFiles = files.map((file) => parseTrees(file.path, file.text, this.findings));
    return treesOfFiles.some((trees) => trees.length === 0) ? undefined : treesOfFiles.flat();
  }

  open(file: NamedFile): readonly Mapping[] | undefined {
    if (!this.#treesOfFiles.has(file.path)) this.#treesOfFiles.set(file.path, this.#read(file));
    return this.#treesOfFiles.get(file.path);
  }

  model(trees: readonly Mapping[], surroundings: LoadContext): Mapping {
    const complete = trees.map((tree) => {
      const interpolatedTree = surroundings.interpolation.tree(tree);
      return this.#includedFiles.into(
        this.#extendedServices.into(interpolatedTree, surroundings),
        surroundings,
      );
    });
    return mergeTrees(complete, this.findings);
  }

  /** The project's whole tree; undefined, with a finding, where it exceeds the size limits. */
  project(trees: readonly Mapping[], surroundings: LoadContext): Mapping | undefined {
    const root = this.model(trees, surroundings);
    if (this.findings.isOverBudget) return undefined;
    const size = sizeOfTree(root);
    for (const kind of ['values', 'characters'] as const) {
      if (size[kind] <= budgets[kind].limit) continue;
      this.findings.refuseTooMuch(kind, root, '');
      return undefined;
    }
    for (const interpolation of this.#interpolations) interpolation.warnOfUnset();
    const texts = [...trees.map(({ source }) => source.text), ...this.alsoRead.map(({ text }) => text)];
    return texts.some((text) => text.includes('!reset')) ? withoutResets(root) : root;
  }

  #read(file: NamedFile): readonly Mapping[] | undefined {
    if (isRemote(file.path)) {
      const message = `${file.what} file that is not on this machine, \`${file.path}\`, is not honoured`;
      const remedy = 'Fetch it, and name the copy';
      this.findings.error(file.mark, file.at, 'key-not-supported', capitalised(message), remedy);
      return undefined;
    }
    const content = this.readFile(file.path);
    if (!content.ok) {
      this.unreadable(file, content.reason);
      return undefined;
    }
    if (!this.findings.spend('characters', content.text.length, file.mark, file.at)) return undefined;
    this.alsoRead.push({ path: file.path, text: content.text });
    const trees = parseTrees(file.path, content.text, this.findings);
    return trees.length === 0 ? undefined : trees;
  }

  unreadable(file: NamedFile, reason: Exclude<FileText, { ok: true }>['reason']): void {
    const [what, remedy] = reasons[reason];
    this.findings.error(
      file.mark,
      file.at,
      'unreadable-file',
      `${file.what} file ${file.path} ${what}`,
      remedy,
    );
  }

  refuse(mark: Mark, at: string, code: FindingCode, message: string, remedy: Remedy): undefined {
    this.findings.error(mark, at, code, message, remedy);
    return undefined;
  }
}

const reasons: Readonly<Record<Exclude<FileText, { ok: true }>['reason'], readonly [string, string]>> = {
  missing: ['does not exist', 'Create it, or correct the path'],
  directory: ['is a directory', 'Name the file in it'],
  ...unopenedFiles,
  unreadable: ['cannot be read', 'Give yourself read permission on it'],
  'too-large': ['is too large for a Compose file', 'Check that it is the right file'],
};

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
