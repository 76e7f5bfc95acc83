/**
 * Containers of one Docker → one Compose file that creates them again, with their networks and volumes.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { DockerObjects } from '../model/ports.ts';
import type { NetworkKey } from '../compose/keys.ts';
import { literal } from './compose-text.ts';
import { type ContainerToImport, containerNameOf, runOfContainer, unitOf } from './container-words.ts';
import type { ImportReport, Yaml } from './draft.ts';
import { type ImportResult, importRuns } from './import-runs.ts';
import { type InspectRecord, isOn, listAt, recordAt, textAt, textMapAt } from './inspected.ts';

const builtInNetworks: ReadonlySet<string> = new Set(['bridge', 'host', 'none']);

export function importContainers(
  objects: DockerObjects,
  surroundings: { readonly workingDirectory: string; readonly projectName?: string },
): ImportResult {
  const diagnostics: Diagnostic[] = [];
  const report: ImportReport = (severity, code, message, remedy) => {
    diagnostics.push({ severity, code, message, remedy });
  };
  const foreign = objects.containers.filter((container) => !refuseOwn(container, report));
  const networks = new Map(objects.networks.map((network) => [textAt(network, 'Name'), network]));
  const lookup = {
    loggingDriver: objects.loggingDriver,
    containerName: (id: string) => objects.names.get(id) ?? id,
    networkName: (idOrName: string) => {
      const network =
        networks.get(idOrName) ?? objects.networks.find((network) => textAt(network, 'Id') === idOrName);
      const name = network === undefined ? '' : textAt(network, 'Name');
      return name === '' || builtInNetworks.has(name) ? undefined : name;
    },
  };
  const runs = foreign.map((container) =>
    runOfContainer({ container, image: imageOf(container, objects) }, lookup, report),
  );
  noteWhatIsLeft(foreign, runs.length, report);
  if (diagnostics.some(({ severity }) => severity === 'error')) return { diagnostics };
  const result = importRuns({
    ...surroundings,
    runs,
    readFile: () => undefined,
    networks: new Map([...networks].map(([name, network]) => [name, networkKeys(network)])),
    volumes: new Map(objects.volumes.map((volume) => [textAt(volume, 'Name'), volumeKeys(volume)])),
  });
  return { ...result, diagnostics: [...diagnostics, ...result.diagnostics] };
}

/** Whether a unit of dockunit runs it; reports that. */
function refuseOwn(container: InspectRecord, report: ImportReport): boolean {
  const unit = unitOf(container);
  if (unit === undefined) return false;
  report(
    'error',
    'container-of-dockunit',
    `${containerNameOf(container)} is run by ${unit} already`,
    `See its Compose file: systemctl cat ${unit} names it as Source=`,
  );
  return true;
}

function imageOf(container: InspectRecord, { images }: DockerObjects): ContainerToImport['image'] {
  const id = textAt(container, 'Image');
  return images.find((image) => textAt(image, 'Id') === id) ?? {};
}

function noteWhatIsLeft(containers: readonly InspectRecord[], count: number, report: ImportReport): void {
  const names = containers.map(containerNameOf);
  const unknown = containers.filter((container) => {
    const labels = textMapAt(container, 'Config', 'Labels');
    return labels['com.docker.compose.depends_on'] === undefined;
  });
  if (count > 1 && unknown.length > 0) {
    report(
      'note',
      'dependencies-unknown',
      `docker does not know what ${unknown.map(containerNameOf).join(', ')} wait for`,
      'Add `depends_on:` where one needs another',
    );
  }
  const withAnonymousVolume = containers.filter((container) =>
    listAt(container, 'Mounts').some(
      (mount) => textAt(mount, 'Type') === 'volume' && /^[0-9a-f]{64}$/.test(textAt(mount, 'Name')),
    ),
  );
  for (const container of withAnonymousVolume) {
    report(
      'note',
      'volume-unnamed',
      `${containerNameOf(container)} has data in a volume without a name; the new container begins with an empty one`,
      'Copy what is needed, or mount the volume by its name, which docker inspect shows under Mounts',
    );
  }
  if (names.length > 0) {
    report(
      'note',
      'container-exists',
      `the containers have the names that the units will give: ${names.join(', ')}`,
      `Before the units start, remove them: docker rm -f ${names.join(' ')}`,
    );
  }
}

const toolLabel = /^(?:com\.docker\.compose|dockunit)\b/;

function ownLabels(object: InspectRecord): Readonly<Record<string, Yaml>> {
  return Object.fromEntries(
    Object.entries(textMapAt(object, 'Labels'))
      .filter(([key]) => !toolLabel.test(key))
      .map(([key, value]) => [key, literal(value)]),
  );
}

function networkKeys(network: InspectRecord): Partial<Record<NetworkKey, Yaml>> {
  const [driver, ipamDriver] = [textAt(network, 'Driver'), textAt(network, 'IPAM', 'Driver')];
  const options = texts(textMapAt(network, 'Options'));
  const ipamOptions = texts(textMapAt(network, 'IPAM', 'Options'));
  const pools = listAt(network, 'IPAM', 'Config').map((pool) => ({
    ...present('subnet', textAt(pool, 'Subnet')),
    ...present('ip_range', textAt(pool, 'IPRange')),
    ...present('gateway', textAt(pool, 'Gateway')),
    ...some('aux_addresses', textMapAt(pool, 'AuxiliaryAddresses')),
  }));
  const ipam = {
    ...(ipamDriver !== '' && ipamDriver !== 'default' && { driver: ipamDriver }),
    ...some('options', ipamOptions),
    ...(pools.length > 0 && { config: pools }),
  };
  return {
    ...(driver !== 'bridge' && present('driver', driver)),
    ...some('driver_opts', options),
    ...(isOn(network, 'Internal') && { internal: true }),
    ...(isOn(network, 'Attachable') && { attachable: true }),
    ...(isOn(network, 'EnableIPv6') && { enable_ipv6: true }),
    ...(recordAt(network)['EnableIPv4'] === false && { enable_ipv4: false }),
    ...some('ipam', ipam),
    ...some('labels', ownLabels(network)),
  };
}

function volumeKeys(volume: InspectRecord): Readonly<Record<string, Yaml>> {
  const driver = textAt(volume, 'Driver');
  return {
    ...(driver !== 'local' && present('driver', driver)),
    ...some('driver_opts', texts(textMapAt(volume, 'Options'))),
    ...some('labels', ownLabels(volume)),
  };
}

function texts(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, literal(value)]));
}

function present(key: string, value: string): Readonly<Record<string, Yaml>> {
  return value === '' ? {} : { [key]: value };
}

function some(key: string, value: Readonly<Record<string, Yaml>>): Readonly<Record<string, Yaml>> {
  return Object.keys(value).length === 0 ? {} : { [key]: value };
}
