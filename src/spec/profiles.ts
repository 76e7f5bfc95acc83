/** Profiles: services that only take part when one of theirs is active. Compose Specification, "Profiles". */
import { scalarText } from './scalar.ts';
import type { Entry, Mapping, Node } from './tree.ts';
import { isNull } from './tree.ts';

export interface Profiled {
  /** The tree without the services that take no part. */
  readonly root: Mapping;
  /** Those services → their profiles. */
  readonly inactive: ReadonlyMap<string, readonly string[]>;
}

/** The active profiles: those given, else the comma-separated ones of COMPOSE_PROFILES. */
export function activeProfiles(
  given: readonly string[] | undefined,
  variable: string | undefined,
): readonly string[] {
  const names = given !== undefined && given.length > 0 ? given : (variable ?? '').split(',');
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

/** Leaves out the services of which no profile is active; `*` makes all of them active. */
export function leaveOutInactive(root: Mapping, active: readonly string[]): Profiled {
  const services = root.entries.get('services');
  const inactive = new Map<string, readonly string[]>();
  if (services?.value.kind !== 'map') return { root, inactive };
  const kept = new Map<string, Entry>();
  for (const [name, entry] of services.value.entries) {
    const profiles = profilesOf(entry.value);
    const takesPart =
      profiles.length === 0 || active.includes('*') || profiles.some((profile) => active.includes(profile));
    if (takesPart) kept.set(name, entry);
    else inactive.set(name, profiles);
  }
  if (inactive.size === 0) return { root, inactive };
  const value = { ...services.value, entries: kept };
  return {
    root: { ...root, entries: new Map(root.entries).set('services', { ...services, value }) },
    inactive,
  };
}

function profilesOf(service: Node): readonly string[] {
  const node = service.kind === 'map' ? service.entries.get('profiles')?.value : undefined;
  if (node?.kind !== 'list') return [];
  return node.items.flatMap((item) => (item.kind === 'scalar' && !isNull(item) ? scalarText(item) : []));
}
