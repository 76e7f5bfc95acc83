/** Keys of a service that are options of its container: namespaces, security, devices, labels from files. */
import { posix as path } from 'node:path';
import type {
  BlkioConfig,
  DeviceRate,
  ExternalLink,
  GpuRequest,
  NamespaceMode,
  VolumesFrom,
} from './container-options.ts';
import { readDotenv } from './dotenv.ts';
import type { Field } from './field.ts';
import {
  integerOf,
  itemOrItemsOf,
  itemsOf,
  recordOf,
  refuse,
  refuseValue,
  displayText,
  textMapOf,
  textOf,
  textsOf,
  valueTextOf,
} from './field.ts';
import { type FileText, type NormaliserContext, unopenedFiles } from './loading.ts';
import { sizeOf } from './quantity.ts';
import { sortedByKey } from './sorted.ts';
import { SourceText } from './tree.ts';

/** `service:NAME`, `container:NAME`, or one of `modes`; where `modes` is absent, also any other word. */
export function namespaceOf(...modes: readonly string[]): (field: Field) => NamespaceMode | undefined {
  return (field) => {
    const text = textOf(field);
    if (text === undefined) return undefined;
    const [, kind, name = ''] = /^(service|container):(.*)$/s.exec(text) ?? [];
    if (kind !== undefined && name === '')
      return refuseValue(field, `\`${text}\` names no ${kind}`, `Write ${kind}:NAME`);
    if (kind === 'service') return { kind, service: name };
    if (kind === 'container') return { kind, container: name };
    if (text !== '' && (modes.length === 0 || modes.includes(text))) return { kind: 'mode', mode: text };
    const choices = [...modes, 'service:NAME', 'container:NAME'].join(', ');
    return refuseValue(
      field,
      `${displayText(text)} is not a value of \`${field.key}\``,
      `Write one of: ${choices}`,
    );
  };
}

/** `SERVICE[:ro|rw]` and `container:NAME[:ro|rw]`. */
export function volumesFromOf(field: Field): readonly VolumesFrom[] {
  return itemsOf(field).flatMap((item) => {
    const text = textOf(item);
    if (text === undefined) return [];
    const [, container, name = '', access] = /^(container:)?([^:]+)(?::(ro|rw))?$/.exec(text) ?? [];
    if (name === '' || (container === undefined && name === 'container')) {
      const remedy = 'Write SERVICE or container:NAME, with :ro after it for reading only';
      return refuseValue(item, `${displayText(text)} names nothing to take volumes from`, remedy) ?? [];
    }
    const from: VolumesFrom['from'] =
      container === undefined ? { kind: 'service', service: name } : { kind: 'container', container: name };
    return [{ from, ...((access === 'ro' || access === 'rw') && { access }) }];
  });
}

/** `CONTAINER` or `CONTAINER:ALIAS`: containers outside the project. */
export function externalLinksOf(field: Field): readonly ExternalLink[] {
  return itemsOf(field).flatMap((item) => {
    const text = textOf(item);
    if (text === undefined) return [];
    const [container = '', alias = container, ...more] = text.split(':');
    if (container !== '' && alias !== '' && more.length === 0) return [{ container, alias }];
    return (
      refuseValue(item, `${displayText(text)} is not a link`, 'Write CONTAINER or CONTAINER:ALIAS') ?? []
    );
  });
}

/** Ports or ranges of them, with a protocol or without. */
export function exposeOf(field: Field): readonly string[] {
  const ports = itemsOf(field).flatMap((item) => {
    const text = valueTextOf(item);
    if (text === undefined || /^\d{1,5}(?:-\d{1,5})?(?:\/(?:tcp|udp|sctp))?$/.test(text)) return text ?? [];
    const message = `${displayText(text)} is not a port and has no effect: \`expose\` publishes nothing on the host`;
    const remedy = 'Write a port or a range: 80, 80/udp; to publish one, write it under `ports:`';
    item.findings.add('warning', item.mark, item.path, 'expose-without-effect', message, remedy);
    return [];
  });
  return [...new Set(ports)];
}

/**
 * A number of processors in billionths. Compose holds it in a float32, so the value for Docker is rounded that way
 * (compose-go, ServiceConfig.CPUS).
 */
export function nanoCpusOf(field: Field): number | undefined {
  const text = valueTextOf(field);
  if (text === undefined) return undefined;
  const cpus = Number(text);
  if (text.trim() !== '' && Number.isFinite(cpus) && cpus >= 0)
    return Math.trunc(Math.fround(Math.fround(cpus) * 1e9));
  return refuseValue(field, `${displayText(text)} is not a number of processors`, 'Write it as 0.5 or 2');
}

/** A size in bytes, or -1 for no limit. */
export function sizeOrUnlimitedOf(field: Field): number | undefined {
  return field.node.kind === 'scalar' && field.node.text === '-1' ? -1 : sizeOf(field);
}

/** Options `NAME`, `NAME=VALUE` or the older `NAME:VALUE`; a seccomp profile is a file of the project. */
export function securityOptOf(field: Field, loading: NormaliserContext): readonly string[] {
  const options = itemsOf(field).flatMap((item) => {
    const text = textOf(item);
    if (text === undefined) return [];
    if (text !== 'no-new-privileges' && !/[=:]/.test(text)) {
      const remedy = 'Write it as NAME=VALUE, e.g. no-new-privileges=true';
      return refuseValue(item, `${displayText(text)} is not a security option`, remedy) ?? [];
    }
    const [, profile] = /^seccomp[=:](.*)$/s.exec(text) ?? [];
    if (profile === undefined) return text;
    const isBuiltIn = profile === 'unconfined' || profile === 'builtin';
    return `seccomp=${isBuiltIn ? profile : path.resolve(loading.directory, profile)}`;
  });
  return [...new Set(options)];
}

const blkioKeys = [
  'device_read_bps',
  'device_read_iops',
  'device_write_bps',
  'device_write_iops',
  'weight',
  'weight_device',
] as const;

export function blkioConfigOf(field: Field): BlkioConfig {
  const record = recordOf(field, blkioKeys);
  const weight = record.weight && integerOf(record.weight);
  return {
    ...(weight !== undefined && { weight }),
    weightDevice: deviceValues(record.weight_device, 'weight', integerOf).map(([device, value]) => ({
      path: device,
      weight: value,
    })),
    deviceReadBps: ratesOf(record.device_read_bps, sizeOf),
    deviceWriteBps: ratesOf(record.device_write_bps, sizeOf),
    deviceReadIops: ratesOf(record.device_read_iops, integerOf),
    deviceWriteIops: ratesOf(record.device_write_iops, integerOf),
  };
}

type ReadNumber = (field: Field) => number | undefined;

function ratesOf(field: Field | undefined, read: ReadNumber): readonly DeviceRate[] {
  return deviceValues(field, 'rate', read).map(([device, rate]) => ({ path: device, rate }));
}

function deviceValues(
  field: Field | undefined,
  key: 'rate' | 'weight',
  read: ReadNumber,
): readonly (readonly [string, number])[] {
  return (field ? itemsOf(field) : []).flatMap((item) => {
    const record = recordOf(item, ['path', key] as const);
    if (!record.path || !record[key]) {
      const message = `a limit of a device needs both \`path\` and \`${key}\``;
      return refuse(item, 'missing-key', message, `Write { path: /dev/sda, ${key}: … }`) ?? [];
    }
    const device = textOf(record.path);
    const value = read(record[key]);
    if (device === '')
      return refuseValue(record.path, 'the device has no path', 'Write it as /dev/sda') ?? [];
    return device === undefined || value === undefined ? [] : [[device, value] as const];
  });
}

const gpuKeys = ['capabilities', 'count', 'device_ids', 'driver', 'options'] as const;

/**
 * `all`, or a list of requests; one without `count` and `device_ids` is for all, one with an empty list of ids for
 * none.
 */
export function gpusOf(field: Field): readonly GpuRequest[] {
  if (field.node.kind !== 'scalar') return itemsOf(field).flatMap((item) => gpuRequestOf(item) ?? []);
  const text = textOf(field);
  if (text === 'all') return [{ devices: 'all', capabilities: [], options: new Map() }];
  if (text !== undefined)
    refuseValue(
      field,
      `${displayText(text)} is not a value of \`gpus\``,
      'Write `all`, or a list of requests',
    );
  return [];
}

function gpuRequestOf(field: Field): GpuRequest | undefined {
  const record = recordOf(field, gpuKeys);
  const driver = record.driver && textOf(record.driver);
  const ids = record.device_ids ? textsOf(record.device_ids) : [];
  if (ids.includes('')) return refuseValue(field, 'a device has an empty name', 'Name it, or remove it');
  if (record.count && ids.length > 0)
    return refuseValue(field, 'a request has both `count` and `device_ids`', 'Keep one of the two');
  const count = record.count && (textOf(record.count) === 'all' ? 'all' : integerOf(record.count));
  return {
    ...(driver !== undefined && { driver }),
    devices: ids.length > 0 ? { ids } : (count ?? (record.device_ids ? 0 : 'all')),
    capabilities: record.capabilities
      ? textsOf(record.capabilities).filter((capability) => capability !== 'gpu')
      : [],
    options: record.options ? textMapOf(record.options) : new Map(),
  };
}

const reasons: Readonly<Record<Exclude<FileText, { ok: true }>['reason'], string>> = {
  missing: 'does not exist',
  directory: 'is a directory',
  special: unopenedFiles.special[0],
  outside: unopenedFiles.outside[0],
  unreadable: 'cannot be read',
  'too-large': 'is too large for a file of labels',
};

/** `label_file` under `labels`, both resolved; in code-unit order of the names. */
export function labelsOf(
  labels: Field | undefined,
  labelFile: Field | undefined,
  loading: NormaliserContext,
): ReadonlyMap<string, string> {
  const fileLabels = new Map<string, string>();
  for (const item of labelFile ? itemOrItemsOf(labelFile) : []) {
    const text = textOf(item);
    if (text === undefined) continue;
    const file = path.resolve(loading.directory, text);
    const content = loading.readFile(file);
    if (content.ok) {
      const lookup = (name: string) => loading.environment.get(name);
      readDotenv(new SourceText(file, content.text), fileLabels, lookup, item.findings);
    } else {
      const message = `the label_file ${file} ${reasons[content.reason]}`;
      refuse(item, 'label-file', message, 'Correct the path, or make it a file of NAME=value lines');
    }
  }
  return sortedByKey([...fileLabels, ...(labels ? textMapOf(labels) : [])]);
}
