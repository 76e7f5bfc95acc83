/** `volumes`, `tmpfs` and `devices` of a service. Compose Specification, services, "volumes". */
import { posix as path } from 'node:path';
import type { Field } from './field.ts';
import {
  choiceOf,
  flagOf,
  itemsOf,
  recordOf,
  refuse,
  refuseValue,
  scalarOf,
  textMapOf,
  textOf,
  valueTextOf,
  displayText,
} from './field.ts';
import type { NormaliserContext } from './loading.ts';
import type { Mount } from './project.ts';
import { sizeOf } from './quantity.ts';

const propagations = ['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave'];
const consistencies = ['cached', 'consistent', 'default', 'delegated'];
const longKeys = [
  'bind',
  'consistency',
  'image',
  'read_only',
  'source',
  'target',
  'tmpfs',
  'type',
  'volume',
] as const;
const mountTypes = ['bind', 'cluster', 'image', 'npipe', 'tmpfs', 'volume'] as const;
const recursions = ['enabled', 'disabled', 'writable', 'readonly'] as const;
const forms = 'Write SOURCE:TARGET[:OPTIONS], e.g. ./data:/data:ro or data:/data';

/** The mounts; a later one with the same target replaces an earlier one. */
export function mountsOf(field: Field, loading: NormaliserContext): readonly Mount[] {
  const mounts = new Map<string, Mount>();
  for (const item of itemsOf(field)) {
    const mount = item.node.kind === 'map' ? longMount(item, loading) : shortMount(item, loading);
    if (mount) mounts.set(mount.target, mount);
  }
  return [...mounts.values()];
}

function shortMount(field: Field, loading: NormaliserContext): Mount | undefined {
  const text = textOf(field);
  if (text === undefined) return undefined;
  const parts = text.split(':');
  if (parts.includes('') || parts.length > 3)
    return refuseValue(field, `${displayText(text)} is not a volume`, forms);
  const [first = '', second, third = ''] = parts;
  const target = targetOf(field, second ?? first);
  if (target === undefined) return undefined;
  if (second === undefined) return { type: 'volume', target, readOnly: false, noCopy: false };

  const options = third === '' ? [] : third.split(',');
  const consistency = options.find((option) => consistencies.includes(option));
  if (consistency !== undefined) noteConsistency(field, consistency);
  const readOnly = options.findLast((option) => option === 'ro' || option === 'rw') === 'ro';
  const propagation = options.findLast((option) => propagations.includes(option));
  const selinux = options.findLast((option): option is 'z' | 'Z' => option === 'z' || option === 'Z');
  if (!/^[./~]/.test(first)) {
    if (selinux === 'Z') noteRelabelling(field);
    return { type: 'volume', source: first, target, readOnly, noCopy: options.includes('nocopy') };
  }
  const source = hostPath(field, first, loading);
  if (source === undefined) return undefined;
  return {
    type: 'bind',
    source,
    target,
    readOnly,
    createHostPath: true,
    ...(propagation !== undefined && { propagation }),
    ...(selinux !== undefined && { selinux }),
  };
}

function longMount(field: Field, loading: NormaliserContext): Mount | undefined {
  const record = recordOf(field, longKeys);
  if (!record.type)
    return refuse(field, 'missing-key', 'the volume has no `type`', 'Add `type:` with bind, volume or tmpfs');
  if (!record.target)
    return refuse(
      field,
      'missing-key',
      'the volume has no `target`',
      'Add `target:` with a path in the container',
    );
  const type = choiceOf(record.type, mountTypes);
  const targetText = textOf(record.target);
  const target = targetText === undefined ? undefined : targetOf(record.target, targetText);
  const source = record.source && textOf(record.source);
  const readOnly = (record.read_only && flagOf(record.read_only)) ?? false;
  if (record.consistency) noteConsistency(record.consistency, textOf(record.consistency) ?? '');
  if (type === undefined || target === undefined) return undefined;
  switch (type) {
    case 'bind':
      return bindMount(field, source, { target, readOnly }, record.bind, loading);
    case 'volume': {
      const options = record.volume ? recordOf(record.volume, ['labels', 'nocopy', 'subpath'] as const) : {};
      const subpath = options.subpath && textOf(options.subpath);
      return {
        type,
        ...(source !== undefined && source !== '' && { source }),
        target,
        readOnly,
        noCopy: (options.nocopy && flagOf(options.nocopy)) ?? false,
        ...(subpath !== undefined && { subpath }),
        ...(options.labels && { labels: textMapOf(options.labels) }),
      };
    }
    case 'tmpfs': {
      const options = record.tmpfs ? recordOf(record.tmpfs, ['mode', 'size'] as const) : {};
      const size = options.size && sizeOf(options.size);
      const mode = options.mode && modeOf(options.mode);
      return {
        type,
        target,
        readOnly,
        ...(size !== undefined && { size }),
        ...(mode !== undefined && { mode }),
      };
    }
    case 'image': {
      if (source === undefined || source === '')
        return refuse(field, 'missing-key', 'the mount has no `source`', 'Add `source:` with an image');
      const options = record.image ? recordOf(record.image, ['subpath'] as const) : {};
      const subpath = options.subpath && textOf(options.subpath);
      return { type, source, target, readOnly, ...(subpath !== undefined && { subpath }) };
    }
    case 'cluster':
      return refuseValue(record.type, 'volumes of type `cluster` are for Swarm only', 'Use type `volume`');
    case 'npipe':
      return refuseValue(record.type, 'volumes of type `npipe` are for Windows only', 'Remove the volume');
  }
}

/** An option of Docker Desktop: Docker on Linux accepts it without any effect. */
function noteConsistency(field: Field, consistency: string): void {
  const message = `\`${consistency}\` has no effect on Linux, where a mount is always consistent`;
  const remedy = 'Nothing needs to be done; it can be removed';
  field.findings.add('note', field.mark, field.path, 'mount-consistency', message, remedy);
}

/** As in docker compose: a volume of one container alone would be lost to all others. */
function noteRelabelling(field: Field): void {
  const message =
    '`Z` has no effect on a volume, which Docker labels for all containers on a host with SELinux';
  const remedy = 'Nothing needs to be done; it can be removed';
  field.findings.add('note', field.mark, field.path, 'mount-relabelling', message, remedy);
}

function bindMount(
  field: Field,
  sourceText: string | undefined,
  common: { readonly target: string; readonly readOnly: boolean },
  bind: Field | undefined,
  loading: NormaliserContext,
): Mount | undefined {
  if (sourceText === undefined)
    return refuse(
      field,
      'missing-key',
      'the bind mount has no `source`',
      'Add `source:` with a path on the host',
    );
  const source = hostPath(field, sourceText, loading);
  const options = bind
    ? recordOf(bind, ['create_host_path', 'propagation', 'recursive', 'selinux'] as const)
    : {};
  const recursive = options.recursive && choiceOf(options.recursive, recursions);
  const propagation = options.propagation && choiceOf(options.propagation, propagations);
  const selinux = options.selinux && choiceOf(options.selinux, ['z', 'Z'] as const);
  if (source === undefined) return undefined;
  return {
    type: 'bind',
    source,
    ...common,
    createHostPath: (options.create_host_path && flagOf(options.create_host_path)) ?? true,
    ...(propagation !== undefined && { propagation }),
    ...(selinux !== undefined && { selinux }),
    ...(recursive !== undefined && recursive !== 'enabled' && { recursive }),
  };
}

export function targetOf(field: Field, text: string): string | undefined {
  if (text.startsWith('/')) return withoutFinalSlash(path.normalize(text));
  return refuseValue(
    field,
    `${displayText(text)} is not an absolute path in the container`,
    `Write it from the root: /${text.replace(/^(\.\/)+/, '')}`,
  );
}

/** Relative to the project directory; `~` is HOME. */
export function hostPath(field: Field, text: string, loading: NormaliserContext): string | undefined {
  if (!/^~(?:\/|$)/.test(text)) return path.resolve(loading.directory, text);
  const home = loading.environment.get('HOME');
  if (home) return path.resolve(home, text.slice(2));
  return refuseValue(field, '`~` is used and HOME is not set', 'Set HOME, or write the path in full');
}

function withoutFinalSlash(text: string): string {
  return text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text;
}

/** 0o1777 or 01777 unquoted is YAML's octal; quoted, a leading zero says so too. */
export function modeOf(field: Field): number | undefined {
  const scalar = scalarOf(field);
  const text = scalar && valueTextOf(field);
  if (text === undefined) return undefined;
  const mode =
    !scalar?.plain && /^0[oO]?[0-7]+$/.test(text) ? parseInt(text.replace(/^0[oO]?/, ''), 8) : Number(text);
  if (Number.isInteger(mode) && mode >= 0 && mode <= 0o7777) return mode;
  return refuseValue(field, `${displayText(text)} is not a file mode`, 'Write it in octal, e.g. 0o1777');
}

const devicePattern = /^[^:]+(?::[^:]+(?::[rwm]+)?)?$/;

/** `HOST[:CONTAINER[:rwm]]`, a CDI name, or source, target and permissions. */
export function devicesOf(field: Field): readonly string[] {
  const devices = new Map<string, string>();
  for (const item of itemsOf(field)) {
    const device = item.node.kind === 'map' ? longDevice(item) : textOf(item);
    if (device === undefined) continue;
    if (devicePattern.test(device)) devices.set(device.split(':')[1] ?? device, device);
    else
      refuseValue(
        item,
        `${displayText(device)} is not a device`,
        'Write HOST:CONTAINER[:rwm], e.g. /dev/ttyUSB0:/dev/ttyUSB0',
      );
  }
  return [...devices.values()];
}

function longDevice(field: Field): string | undefined {
  const record = recordOf(field, ['permissions', 'source', 'target'] as const);
  if (!record.source)
    return refuse(
      field,
      'missing-key',
      'the device has no `source`',
      'Add `source:` with the device on the host',
    );
  const source = textOf(record.source);
  const target = (record.target && textOf(record.target)) ?? source;
  const permissions = record.permissions && textOf(record.permissions);
  if (source === undefined || target === undefined) return undefined;
  return permissions === undefined ? `${source}:${target}` : `${source}:${target}:${permissions}`;
}
