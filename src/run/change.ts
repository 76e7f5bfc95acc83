/** What a verb does to the host, as the audit log names it. */
import type { ResourceKind } from '../host/docker/resources.ts';
import type { JobVerb, UnitLink } from '../model/ports.ts';

/** Something that a verb does, or is about to do, to the host. Names and paths alone: no value of a file, no secret. */
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
  /** By which of our tags images are kept, and let go. */
  | { readonly kind: 'tags'; readonly made: readonly string[]; readonly removed: readonly string[] }
  | {
      readonly kind: 'removed';
      readonly what: ResourceKind;
      readonly names: readonly string[];
    }
  | { readonly kind: 'boot-hook'; readonly what: readonly string[] };
