/**
 * Images that must stay on the disk: those that run, and earlier ones that a rollback may need. A tag that moves leaves
 * its old image untagged, and `docker image prune` removes such images. So they get a tag of dockunit for as long as
 * they are needed. Pure.
 */

/** The repository of dockunit's tags: `dockunit-keep:PROJECT.ID`, the first digits of the id. */
const keepRepository = 'dockunit-keep';

export function keepTag(project: string, id: string): string {
  const digits = id.replace(/^sha256:/, '').slice(0, 16);
  // A project's name contains no dot, and a tag has at most 128 characters, docker-tag(1).
  return `${keepRepository}:${project.slice(0, 100)}.${digits}`;
}

export interface TagChanges {
  readonly add: readonly { readonly id: string; readonly tag: string }[];
  readonly remove: readonly string[];
}

/** @param tags existing tags, each with its id; @param ids of the images to keep */
export function planTags(
  project: string,
  tags: ReadonlyMap<string, string>,
  ids: ReadonlySet<string>,
): TagChanges {
  return {
    add: [...ids]
      .map((id) => ({ id, tag: keepTag(project, id) }))
      .filter(({ id, tag }) => tags.get(tag) !== id)
      .sort((one, other) => (one.tag < other.tag ? -1 : 1)),
    remove: [...tags].flatMap(([tag, id]) => (ids.has(id) ? [] : [tag])).sort(),
  };
}
