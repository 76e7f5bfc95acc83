/** The changes that a verb makes to the host, as the audit log names them. */
import type { ResourceKind } from '../model/ports.ts';
import type { JobVerb, UnitLink } from '../model/ports.ts';

/**
 * A change that a verb makes, or is about to make, to the host. Names and paths alone: no value of a
 * file, no secret.
 */
export type Change =
  | {
      readonly kind: 'files';
      readonly directory: string;
      readonly written: readonly string[];
      readonly removed: readonly string[];
    }
  | { readonly kind: 'jobs'; readonly verb: JobVerb; readonly units: readonly string[] }
  | { readonly kind: 'links'; readonly links: readonly UnitLink[] }
  | { readonly kind: 'reload' }
  | { readonly kind: 'reset-failed'; readonly units: readonly string[] }
  | { readonly kind: 'built' | 'pulled'; readonly image: string }
  /** The dockunit tags by which images are kept, and released. */
  | { readonly kind: 'tags'; readonly made: readonly string[]; readonly removed: readonly string[] }
  | {
      readonly kind: 'removed';
      readonly what: ResourceKind;
      readonly names: readonly string[];
    }
  | { readonly kind: 'boot-hook'; readonly what: readonly string[] };
