/**
 * The possible rules for a key of the Compose Specification.
 */
import type { Project, Service } from '../compose/project.ts';
import type { Argument, Target } from './unit-set.ts';

export type KeyRule =
  /** Options of `docker create`. */
  | {
      readonly kind: 'flags';
      readonly what: string;
      flags(service: Service, project: Project, target: Target): readonly Argument[];
    }
  /** Directives or commands of the units, or the files beside them. */
  | { readonly kind: 'unit'; readonly what: string }
  /** Ignored without any change to what runs: dockunit warns about it. */
  | { readonly kind: 'without-effect'; readonly why: string }
  /** Not honoured: an error, since the container would differ from the specification. */
  | {
      readonly kind: 'refused';
      readonly why: string;
      readonly remedy: string;
      /** Fields of the diagnostic. */
      readonly code: string;
    };

export const unit = (what: string): KeyRule => ({ kind: 'unit', what });
export const withoutEffect = (why: string): KeyRule => ({ kind: 'without-effect', why });
export const refuse = (why: string, remedy: string, code = 'key-not-honoured'): KeyRule => ({
  kind: 'refused',
  why,
  remedy,
  code,
});
export const notYet = refuse('is not compiled yet', 'Remove the key to continue without it');
export const windowsOnly = refuse('has a meaning on Windows only', 'Remove the key');
