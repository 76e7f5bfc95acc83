/**
 * A container as `docker inspect` shows it → the `docker run` that makes it: only the options of the user,
 * without the settings that come from the image.
 */
import type { ServiceKey } from '../compose/keys.ts';
import { literal } from './compose-text.ts';
import type { ImportReport, Yaml } from './draft.ts';
import { type DockerLookup, hostConfigToWords } from './host-config-words.ts';
import type { RunSource } from './import-runs.ts';
import {
  type InspectRecord,
  isOn,
  listAt,
  numberAt,
  recordAt,
  saysNothing,
  textAt,
  textMapAt,
  textsAt,
} from './inspected.ts';
import { type KnownNetworks, networkWords } from './network-words.ts';

export interface ContainerToImport {
  readonly container: InspectRecord;
  /** Its image; {} where that is gone. */
  readonly image: InspectRecord;
}

/** Labels of the tools that made a container. */
const toolLabel = /^(?:com\.docker\.compose|dockunit|desktop\.docker\.io|org\.systemd)\b/;

export function runOfContainer(
  { container, image }: ContainerToImport,
  lookup: DockerLookup & KnownNetworks,
  report: ImportReport,
): RunSource {
  const name = containerNameOf(container);
  const config = recordAt(container, 'Config');
  const imageConfig = recordAt(image, 'Config');
  const hostConfig = recordAt(container, 'HostConfig');
  const { words, lostKeys } = hostConfigToWords(hostConfig, lookup);
  for (const field of lostKeys) {
    report(
      'warning',
      'setting-lost',
      `${field} of ${name} is left out: no key of Compose says it`,
      `See docker inspect ${name}, and whether it matters`,
    );
  }
  const process = processOf(config, imageConfig);
  const labels = textMapAt(config, 'Labels');
  const service = labels['com.docker.compose.service'];
  return {
    words: [
      ...['docker', 'run', `--name=${name}`],
      ...words.filter((word) => !word.startsWith('--publish-all')),
      ...publishAllWords(hostConfig, config),
      ...configWords(container, config, imageConfig),
      ...networkWords(container, lookup),
      imageReference(config, name, report),
      ...process.command,
    ].map(literal),
    ...(service !== undefined && { service }),
    keys: process.keys,
    dependsOn: dependenciesOf(labels['com.docker.compose.depends_on'] ?? ''),
  };
}

export function containerNameOf(container: InspectRecord): string {
  return textAt(container, 'Name').replace(/^\//, '');
}

/** The unit that runs a dockunit container. */
export function unitOf(container: InspectRecord): string | undefined {
  return textMapAt(container, 'Config', 'Labels')['dockunit.unit'];
}

function imageReference(config: InspectRecord, name: string, report: ImportReport): string {
  const reference = textAt(config, 'Image');
  if (/^(?:sha256:)?[0-9a-f]{12,64}$/.test(reference)) {
    report(
      'warning',
      'image-by-id',
      `${name} was made of an image by its id, which no registry knows`,
      `Give the image a name: docker tag ${reference} NAME`,
    );
  }
  return reference;
}

/** Options that Config shows. */
function configWords(
  container: InspectRecord,
  config: InspectRecord,
  image: InspectRecord,
): readonly string[] {
  const other = (field: string): string => {
    const value = textAt(config, field);
    return value === textAt(image, field) ? '' : value;
  };
  const variables = textsAt(config, 'Env').filter((variable) => !textsAt(image, 'Env').includes(variable));
  const imageLabels = textMapAt(image, 'Labels');
  const labels = Object.entries(textMapAt(config, 'Labels')).filter(
    ([key, value]) => imageLabels[key] !== value && !toolLabel.test(key),
  );
  const bindings = recordAt(container, 'HostConfig', 'PortBindings');
  const ports = Object.keys(recordAt(config, 'ExposedPorts')).filter(
    (port) => !(port in bindings) && !(port in recordAt(image, 'ExposedPorts')),
  );
  const signal = other('StopSignal');
  return [
    ...variables.map((variable) => `--env=${variable}`),
    ...labels.map(([key, value]) => `--label=${key}=${value}`),
    ...ports.map((port) => `--expose=${port}`),
    ...anonymousVolumes(container, config, image),
    ...hostnameWords(container, config),
    ...field('user', other('User')),
    ...field('workdir', other('WorkingDir')),
    ...field('stop-signal', signal === 'SIGTERM' ? '' : signal),
    ...(typeof config['StopTimeout'] === 'number' ? [`--stop-timeout=${String(config['StopTimeout'])}`] : []),
    ...(isOn(config, 'Tty') ? ['--tty'] : []),
    ...(isOn(config, 'OpenStdin') ? ['--interactive'] : []),
    ...healthWords(recordAt(config, 'Healthcheck'), recordAt(image, 'Healthcheck')),
  ];
}

const field = (name: string, value: string): readonly string[] =>
  value === '' ? [] : [`--${name}=${value}`];

/** Config.Volumes names those of the image too, and those that have a name elsewhere. */
function anonymousVolumes(
  container: InspectRecord,
  config: InspectRecord,
  image: InspectRecord,
): readonly string[] {
  const targets = new Set([
    ...textsAt(container, 'HostConfig', 'Binds').map((bind) => bind.split(':')[1]),
    ...listAt(container, 'HostConfig', 'Mounts').map((mount) => textAt(mount, 'Target')),
  ]);
  return Object.keys(recordAt(config, 'Volumes'))
    .filter((target) => !targets.has(target) && !(target in recordAt(image, 'Volumes')))
    .map((target) => `--volume=${target}`);
}

/** A container without a name of its own has its id as hostname, or, in the host's network, that of the host. */
function hostnameWords(container: InspectRecord, config: InspectRecord): readonly string[] {
  const mode = textAt(container, 'HostConfig', 'NetworkMode');
  const hostname = textAt(config, 'Hostname');
  const isGiven =
    !textAt(container, 'Id').startsWith(hostname) &&
    mode !== 'host' &&
    !mode.startsWith('container:') &&
    textAt(container, 'HostConfig', 'UTSMode') !== 'host';
  return isGiven
    ? [...field('hostname', hostname), ...field('domainname', textAt(config, 'Domainname'))]
    : [];
}

const healthTimes = {
  'health-interval': 'Interval',
  'health-timeout': 'Timeout',
  'health-start-period': 'StartPeriod',
  'health-start-interval': 'StartInterval',
} as const;

/** All but the test, which `docker run` can pass to a shell only. */
function healthWords(health: InspectRecord, image: InspectRecord): readonly string[] {
  if (textsAt(health, 'Test')[0] === 'NONE')
    return textsAt(image, 'Test')[0] === 'NONE' ? [] : ['--no-healthcheck'];
  const times = Object.entries(healthTimes).flatMap(([name, key]) =>
    numberAt(health, key) === numberAt(image, key) ? [] : [`--${name}=${duration(numberAt(health, key))}`],
  );
  const retries = numberAt(health, 'Retries');
  return [
    ...times,
    ...(retries === numberAt(image, 'Retries') ? [] : [`--health-retries=${String(retries)}`]),
  ];
}

/** Nanoseconds → Go's time.Duration text. */
function duration(nanoseconds: number): string {
  if (nanoseconds % 1e9 === 0) return `${String(nanoseconds / 1e9)}s`;
  return nanoseconds % 1e6 === 0 ? `${String(nanoseconds / 1e6)}ms` : `${String(nanoseconds / 1e3)}us`;
}

/** Entrypoint, command and health test; Compose takes each as a list of any number of words. */
function processOf(
  config: InspectRecord,
  image: InspectRecord,
): { readonly command: readonly string[]; readonly keys: Partial<Record<ServiceKey, Yaml>> } {
  const same = (name: string): boolean =>
    JSON.stringify(textsAt(config, name)) === JSON.stringify(textsAt(image, name));
  // Another entrypoint discards a command of the image.
  const sameProgram = same('Entrypoint') && !(saysNothing(config['Cmd']) && !saysNothing(image['Cmd']));
  const command = sameProgram && same('Cmd') ? [] : textsAt(config, 'Cmd');
  const [form, ...words] = textsAt(config, 'Healthcheck', 'Test');
  const sameTest = JSON.stringify([form, ...words]) === JSON.stringify(textsAt(image, 'Healthcheck', 'Test'));
  const health = form === 'CMD' || form === 'CMD-SHELL' ? { test: [form, ...words].map(literal) } : undefined;
  return {
    command,
    keys: {
      ...(!sameProgram && { entrypoint: textsAt(config, 'Entrypoint').map(literal) }),
      ...(health !== undefined && !sameTest && { healthcheck: health }),
    },
  };
}

/** The result of `--publish-all`: each exposed port on any free one. */
function publishAllWords(hostConfig: InspectRecord, config: InspectRecord): readonly string[] {
  if (!isOn(hostConfig, 'PublishAllPorts')) return [];
  const bindings = recordAt(hostConfig, 'PortBindings');
  return Object.keys(recordAt(config, 'ExposedPorts'))
    .filter((port) => !(port in bindings))
    .map((port) => `--publish=${port.replace(/\/tcp$/, '')}`);
}

/** docker compose records the dependencies of a container: `db:service_healthy:false,…`. */
function dependenciesOf(label: string): Readonly<Record<string, Yaml>> {
  const parts = label.split(',').map((part) => part.split(':'));
  return Object.fromEntries(
    parts.flatMap(([service = '', condition = 'service_started', restart]) =>
      service === '' ? [] : [[service, { condition, ...(restart === 'true' && { restart: true }) }] as const],
    ),
  );
}
