/**
 * Options of `docker create` (docker-container-create(1)) that are more than a name and a value.
 */
import type { BlkioConfig, DeviceRate, GpuRequest, NamespaceMode } from '../compose/container-options.ts';
import type { Project, Service } from '../compose/project.ts';
import { csv } from '../text/csv.ts';
import { cutEnd } from '../text/cut-end.ts';
import { containerName } from './names.ts';

/** A namespace as --network, --ipc and --pid take it: for a service, the namespace of its container. */
export function namespaceArgument(project: Project, mode: NamespaceMode): string {
  switch (mode.kind) {
    case 'mode':
      return mode.mode;
    case 'container':
      return `container:${mode.container}`;
    case 'service':
      return `container:${containerOf(project, mode.service)}`;
  }
}

/** The option, where the service shares or chooses that namespace. */
export function namespaceArguments(
  name: '--ipc' | '--pid',
  project: Project,
  mode: NamespaceMode | undefined,
): string[] {
  return mode === undefined ? [] : [name, namespaceArgument(project, mode)];
}

export function volumesFromArguments(project: Project, service: Service): string[] {
  return (service.volumesFrom ?? []).flatMap(({ from, access }) => {
    const container = from.kind === 'container' ? from.container : containerOf(project, from.service);
    return ['--volumes-from', access === undefined ? container : `${container}:${access}`];
  });
}

/** `--cpus` reads a decimal fraction, exactly. */
export function cpusArguments(nanoCpus: number | undefined): string[] {
  if (nanoCpus === undefined) return [];
  const fraction = cutEnd(String(nanoCpus % 1e9).padStart(9, '0'), /0/);
  const whole = String(Math.trunc(nanoCpus / 1e9));
  return ['--cpus', fraction === '' ? whole : `${whole}.${fraction}`];
}

export function blkioArguments(config: BlkioConfig | undefined): string[] {
  if (config === undefined) return [];
  const rates = (name: string, devices: readonly DeviceRate[]): string[] =>
    devices.flatMap(({ path, rate }) => [name, `${path}:${rate}`]);
  return [
    ...(config.weight === undefined ? [] : ['--blkio-weight', String(config.weight)]),
    ...config.weightDevice.flatMap(({ path, weight }) => ['--blkio-weight-device', `${path}:${weight}`]),
    ...rates('--device-read-bps', config.deviceReadBps),
    ...rates('--device-read-iops', config.deviceReadIops),
    ...rates('--device-write-bps', config.deviceWriteBps),
    ...rates('--device-write-iops', config.deviceWriteIops),
  ];
}

/**
 * The client itself adds the capability `gpu` to each request, and treats a request without a count as one for one GPU.
 */
export function gpuArguments(gpus: readonly GpuRequest[] = []): string[] {
  return gpus.flatMap(({ driver, devices, capabilities, options }) => {
    const pairs = [...options].map(([key, value]) => `${key}=${value}`);
    const fields = [
      ...(driver === undefined ? [] : [`driver=${driver}`]),
      typeof devices === 'object' ? `device=${devices.ids.join(',')}` : `count=${devices}`,
      ...(capabilities.length === 0 ? [] : [`capabilities=${capabilities.join(',')}`]),
      ...(pairs.length === 0 ? [] : [`options=${csv(pairs)}`]),
    ];
    return ['--gpus', csv(fields)];
  });
}

/** The container name of a service; a missing service is reported elsewhere. */
function containerOf(project: Project, service: string): string {
  const other = project.services.get(service);
  return other === undefined ? service : containerName(project, other);
}
