/**
 * Differences between the host and the installed units: unit files edited by hand, containers and networks
 * created from another version of their unit, and networks and volumes that are gone. dockunit finds them
 * by labels, ids and times, so that it need not compare option by option. Pure.
 */
import type { DockerResources, DockerNames } from '../model/ports.ts';
import { readEnvironment } from '../units/environment.ts';
import { withValues } from '../units/private-words.ts';
import type { Unit } from '../units/unit-set.ts';
import { dockunitField } from '../units/unit-set.ts';
import type { Installation } from './compare-units.ts';
import { isEditedByHand } from './compare-units.ts';
import { configurationOf } from '../units/container-command.ts';
import {
  type GoneResource,
  type KnownStates,
  goneResources,
  networkOf,
  volumeOf,
} from '../session/gone-resources.ts';
import { runImage } from '../images/pin-images.ts';

export type Drift =
  | { readonly kind: 'edited'; readonly unit: string }
  /** The container was created from another version of its unit. */
  | { readonly kind: 'configuration'; readonly unit: string; readonly container: string }
  /** A file the unit reads was written after the container was started. */
  | { readonly kind: 'file'; readonly unit: string; readonly container: string; readonly file: string }
  /** The image's name now stands for another image than the one that runs. */
  | { readonly kind: 'image'; readonly unit: string; readonly container: string; readonly image: string }
  | { readonly kind: 'network'; readonly unit: string; readonly network: string }
  /** Docker no longer has the resource that the unit created, while the unit still counts as active. */
  | ({ readonly kind: 'gone' } & GoneResource);

export function dockerNames({ units }: Installation): DockerNames {
  const containers = units.filter(({ unit }) => unit.kind === 'container');
  const all = (nameIn: (unit: Unit) => string | undefined): readonly string[] => [
    ...new Set(containers.flatMap(({ unit }) => nameIn(unit) ?? [])),
  ];
  return {
    containers: all((unit) => dockunitField(unit, 'Container')),
    images: all(runImage),
    networks: units.flatMap(({ unit }) => networkOf(unit)?.name ?? []),
    volumes: units.flatMap(({ unit }) => volumeOf(unit) ?? []),
  };
}

/**
 * By unit, sorted. A container that does not run, or that an older dockunit created without a label,
 * shows no drift.
 */
export function findDrift(
  installation: Installation,
  docker: DockerResources | undefined,
  states: KnownStates,
): readonly Drift[] {
  return installation.units.flatMap((entry): Drift[] => {
    const { unit } = entry;
    const edits: Drift[] = isEditedByHand(entry) ? [{ kind: 'edited', unit: unit.name }] : [];
    if (docker === undefined) return edits;
    const lostResources = goneResources([unit], states, {
      networks: new Set(docker.networks.keys()),
      volumes: docker.volumes,
    });
    return [
      ...edits,
      ...containerDrift(unit, installation, docker),
      ...networkDrift(unit, installation, docker),
      ...lostResources.map((resource) => ({ kind: 'gone', ...resource }) as const),
    ];
  });
}

function containerDrift(unit: Unit, { files }: Installation, docker: DockerResources): readonly Drift[] {
  const name = dockunitField(unit, 'Container') ?? '';
  const container = docker.containers.get(name);
  if (unit.kind !== 'container' || container === undefined || container.status !== 'running') return [];
  // The container of another unit, or of other software, under the same name.
  if (container.labels.get('dockunit.unit') !== unit.name) return [];
  const about = { unit: unit.name, container: name };
  const hash = container.labels.get('dockunit.config');
  const configuration = configurationOf(unit);
  const image = runImage(unit) ?? '';
  const id = docker.images.get(image);
  const late = files.find((file) => file.unit === unit.name && file.written > container.startedAt);
  return [
    ...(hash !== undefined && configuration !== undefined && hash !== configuration
      ? [{ kind: 'configuration', ...about } as const]
      : []),
    ...(id !== undefined && id !== container.imageId ? [{ kind: 'image', ...about, image } as const] : []),
    ...(late === undefined ? [] : [{ kind: 'file', ...about, file: late.name } as const]),
  ];
}

function networkDrift(unit: Unit, { files }: Installation, docker: DockerResources): readonly Drift[] {
  const network = networkOf(unit);
  const labels = docker.networks.get(network?.name ?? '');
  const hash = labels?.get('dockunit.config');
  // A network that another unit created is used unchanged.
  if (network === undefined || hash === undefined) return [];
  if ((labels?.get('dockunit.unit') ?? unit.name) !== unit.name) return [];
  const own = files.filter((file) => file.unit === unit.name);
  const variables = new Map(own.flatMap(({ content }) => [...readEnvironment(content)]));
  if (hash === withValues(network.hash, variables)) return [];
  return [{ kind: 'network', unit: unit.name, network: network.name }];
}
