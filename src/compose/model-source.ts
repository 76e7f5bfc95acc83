/** What `extends` and `include` need from the reader of models (read-model.ts), which passes itself to them. */
import type { FindingCode, Findings, Remedy } from './findings.ts';
import type { Interpolation } from './interpolate-tree.ts';
import type { FileText, LoadInput } from './loading.ts';
import type { NamedFile } from './named-file.ts';
import type { Mapping, Mark } from './tree.ts';

/** The base and variables of the files of one model: the project's own, or those of an `include`. */
export interface LoadContext {
  /** The base of relative paths. Absolute. */
  readonly directory: string;
  readonly environment: ReadonlyMap<string, string>;
  readonly interpolation: Interpolation;
  /** The chain of files being included, from the outermost in, to refuse cycles. */
  readonly including: readonly string[];
}

export interface ModelSource {
  readonly findings: Findings;
  readonly readFile: LoadInput['readFile'];
  surroundings(
    directory: string,
    environment: ReadonlyMap<string, string>,
    including: readonly string[],
  ): LoadContext;
  /** The trees of a file that the specification names, read once; undefined, with a finding, where that fails. */
  open(file: NamedFile): readonly Mapping[] | undefined;
  /** The trees of one model, extended, with their includes, and merged; resets are still marked. */
  model(trees: readonly Mapping[], surroundings: LoadContext): Mapping;
  /** Reports an unreadable file that the specification names. */
  unreadable(file: NamedFile, reason: Exclude<FileText, { ok: true }>['reason']): void;
  /** Reports an error in the terms of `extends` or `include`. */
  refuse(mark: Mark, at: string, code: FindingCode, message: string, remedy: Remedy): undefined;
}
