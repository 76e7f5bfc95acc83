/** Profiles: services that take part only when one of their profiles is active. Compose Specification, "Profiles". */
import { scalarText } from './scalar.ts';
import type { Mapping, Node } from './tree.ts';
import { isNull } from './tree.ts';

export interface ProfileSelection {
  /** The tree without the inactive services. */
  readonly root: Mapping;
  /** The inactive services and their profiles. */
  readonly inactive: ReadonlyMap<string, readonly string[]>;
}

/**
 * The active profiles: the given ones, else the comma-separated ones of COMPOSE_PROFILES. Where neither names any, the
 * empty one is active, as in docker compose: so a service with `profiles: ["${UNSET}"]` takes part.
 */
export function activeProfiles(
  profiles: readonly string[] | undefined,
  variable: string | undefined,
): readonly string[] {
  const names = profiles !== undefined && profiles.length > 0 ? profiles : (variable ?? '').split(',');
  return names.map((name) => name.trim());
}

/** Services that take part for other reasons than active profiles. */
export interface Participants {
  /** Services requested by name: all of their profiles are active, "Implicit profile activation". */
  readonly names?: readonly string[];
  /** Installed services: only they, and not others with their profiles. */
  readonly installedServices?: () => readonly string[];
}

/** Leaves out the services without an active profile; `*` makes all of them active. */
export function leaveOutInactive(
  root: Mapping,
  profileNames: readonly string[],
  { names = [], installedServices }: Participants = {},
): ProfileSelection {
  const services = root.entries.get('services');
  const inactive = new Map<string, readonly string[]>();
  if (services?.value.kind !== 'map') return { root, inactive };
  const { entries } = services.value;
  const isActive = (profiles: readonly string[], active: ReadonlySet<string>): boolean =>
    profiles.length === 0 || active.has('*') || profiles.some((profile) => active.has(profile));
  const active = new Set(profileNames);
  for (const name of names) {
    const entry = entries.get(name);
    const profiles = entry ? profilesOf(entry.value) : [];
    if (!isActive(profiles, new Set(profileNames))) for (const profile of profiles) active.add(profile);
  }
  for (const [name, entry] of entries) {
    const profiles = profilesOf(entry.value);
    if (!isActive(profiles, active)) inactive.set(name, profiles);
  }
  if (inactive.size > 0) for (const name of installedServices?.() ?? []) inactive.delete(name);
  if (inactive.size === 0) return { root, inactive };
  const activeEntries = new Map([...entries].filter(([name]) => !inactive.has(name)));
  const value = { ...services.value, entries: activeEntries };
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
