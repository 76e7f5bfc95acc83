/** Which networks and volumes are removed with a project, and why others stay; by their labels. Pure. */
import type { Unit } from '../units/unit-set.ts';
import {
  type Labels,
  type ResourceOwner,
  type Ownership,
  ownerOf,
  ownerWords,
  ownershipOf,
} from '../units/resource-owner.ts';
import { networkOf, volumeOf } from '../session/gone-resources.ts';

export interface KeptResource {
  readonly what: 'network' | 'volume';
  readonly name: string;
  readonly why: string;
  /** A command. */
  readonly remedy: string;
}

export interface ResourceFacts {
  /** Units of the project. */
  readonly units: readonly Unit[];
  /** Labels of existing networks and volumes, by name. */
  readonly networks: ReadonlyMap<string, Labels>;
  readonly volumes: ReadonlyMap<string, Labels>;
  /** Id of the user whose manager runs the units; undefined for the system's. */
  readonly user: string | undefined;
  /** Whether volumes are removed too, with all their data. */
  readonly withVolumes: boolean;
}

export interface RemovableResources {
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  readonly kept: readonly KeptResource[];
}

/** A network or volume that does not exist is neither removed nor kept. */
export function selectRemovable({
  units,
  networks,
  volumes,
  user,
  withVolumes,
}: ResourceFacts): RemovableResources {
  const outcomes = units.flatMap((unit) => {
    const owner = ownerOf(unit, user);
    const [network, volume] = [networkOf(unit)?.name, volumeOf(unit)];
    return [
      ...(network === undefined ? [] : judge('network', network, networks, owner, true)),
      ...(volume === undefined ? [] : judge('volume', volume, volumes, owner, withVolumes)),
    ];
  });
  const going = (what: KeptResource['what']): readonly string[] =>
    outcomes.flatMap((each) => (each.what === what && each.why === undefined ? [each.name] : []));
  return {
    networks: going('network'),
    volumes: going('volume'),
    kept: outcomes.flatMap(({ what, name, why }) =>
      why === undefined ? [] : [{ what, name, why, remedy: `docker ${what} rm ${name}` }],
    ),
  };
}

/** Why a resource that belongs to no unit of the project stays. */
const reasons = {
  unsaid: () => 'no label says whose it is, as an older dockunit made it',
  'of-another': (labels) => `it is of ${ownerWords(labels)}`,
  'of-others': () => 'dockunit did not make it',
} as const satisfies Record<Exclude<Ownership, 'own'>, (labels: Labels) => string>;

function judge(
  what: KeptResource['what'],
  name: string,
  labelsByName: ReadonlyMap<string, Labels>,
  owner: ResourceOwner,
  isWanted: boolean,
): readonly {
  readonly what: KeptResource['what'];
  readonly name: string;
  readonly why: string | undefined;
}[] {
  const labels = labelsByName.get(name);
  if (labels === undefined) return [];
  const ownership = ownershipOf(labels, owner);
  const why = ownership === 'own' ? (isWanted ? undefined : 'it holds data') : reasons[ownership](labels);
  return [{ what, name, why }];
}
