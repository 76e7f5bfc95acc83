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

/**
 * Leaves out the services of which no profile is active; `*` makes all of them active, and a service
 * that is asked for by name those that it has. Compose Specification, "Implicit profile activation".
 */
export function leaveOutInactive(
  root: Mapping,
  given: readonly string[],
  named: readonly string[] = [],
): Profiled {
  const services = root.entries.get('services');
  const inactive = new Map<string, readonly string[]>();
  if (services?.value.kind !== 'map') return { root, inactive };
  const { entries } = services.value;
  const isActive = (profiles: readonly string[], active: ReadonlySet<string>): boolean =>
    profiles.length === 0 || active.has('*') || profiles.some((profile) => active.has(profile));
  const active = new Set(given);
  for (const name of named) {
    const entry = entries.get(name);
    const profiles = entry ? profilesOf(entry.value) : [];
    if (!isActive(profiles, new Set(given))) for (const profile of profiles) active.add(profile);
  }
  const kept = new Map<string, Entry>();
  for (const [name, entry] of entries) {
    const profiles = profilesOf(entry.value);
    if (isActive(profiles, active)) kept.set(name, entry);
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
