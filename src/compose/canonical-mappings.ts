/** Ports, mounts and devices of a service in their long forms. */
import { posix as path } from 'node:path';
import type { Json, Shape } from './canonical-shapes.ts';
import { bytes, flag, number, pairs, recordKept, text, unique } from './canonical-shapes.ts';
import type { Field } from './field.ts';
import { itemsOf, textOf, valueTextOf } from './field.ts';
import type { NormaliserContext } from './loading.ts';
import { hostPath } from './normalise-mounts.ts';
import { shortPorts } from './normalise-ports.ts';

type Long = Readonly<Record<string, Json>>;

/** A list of which each item expands to one or several in long form; one item for each identity, the last of them. */
function longForms(
  read: (item: Field, loading: NormaliserContext) => readonly Long[],
  identityOf: (item: Long) => string,
): Shape {
  return (field, loading) => {
    const items = itemsOf(field).flatMap((item) => read(item, loading));
    return items.length > 0 ? unique(items, identityOf) : undefined;
  };
}

const longPort = recordKept({
  name: text,
  mode: text,
  host_ip: text,
  target: number,
  published: (field) => valueTextOf(field),
  protocol: text,
  app_protocol: text,
});

export const ports = longForms(
  (item, loading) => {
    if (item.node.kind === 'map') {
      const {
        name,
        mode = 'ingress',
        protocol = 'tcp',
        app_protocol: application,
        ...others
      } = longPort(item, loading);
      return [
        {
          ...(name !== undefined && { name }),
          mode,
          ...others,
          protocol,
          ...(application !== undefined && { app_protocol: application }),
        },
      ];
    }
    const each = shortPorts(item).map(({ hostIp, target, published, protocol }) => ({
      mode: 'ingress',
      ...(hostIp !== undefined && { host_ip: hostIp }),
      target,
      ...(published !== undefined && { published }),
      protocol,
    }));
    return [...each].sort((one, other) => (portKey(one) < portKey(other) ? -1 : 1));
  },
  ({ host_ip: ip = '0.0.0.0', published, target, protocol }) =>
    JSON.stringify([ip, published, target, protocol]),
);

/** Compose sorts the ports of a range as text. */
function portKey({ target, protocol }: { readonly target: number; readonly protocol: string }): string {
  return `${String(target)}/${protocol}`;
}

const longMount = recordKept({
  type: text,
  source: text,
  target: text,
  read_only: flag,
  consistency: text,
  bind: recordKept({ selinux: text, propagation: text, create_host_path: flag, recursive: text }),
  volume: recordKept({ nocopy: flag, subpath: text, labels: pairs }),
  tmpfs: recordKept({ size: bytes, mode: number }),
  image: recordKept({ subpath: text }),
});

export const mounts = longForms(
  (item, loading) => {
    if (item.node.kind !== 'map') return shortMount(item, loading);
    const mount = longMount(item, loading);
    const { source, target } = mount;
    return [
      {
        ...mount,
        ...(mount.type === 'bind' &&
          source !== null && { source: hostSource(item, String(source ?? ''), loading) }),
        ...(typeof target === 'string' && { target: cleanPath(target) }),
      },
    ];
  },
  ({ target }) => JSON.stringify(target),
);

function shortMount(item: Field, loading: NormaliserContext): readonly Long[] {
  const [first = '', second, third = ''] = (textOf(item) ?? '').split(':');
  if (second === undefined) return [{ type: 'volume', target: cleanPath(first), volume: {} }];
  const options = third.split(',');
  const readOnly = options.findLast((option) => option === 'ro' || option === 'rw') === 'ro';
  const selinux = options.findLast((option) => option === 'z' || option === 'Z');
  const propagation = options.findLast((option) => /^r?(?:private|shared|slave)$/.test(option));
  const isBind = /^[./~]/.test(first);
  const bind = {
    ...(selinux !== undefined && { selinux }),
    ...(propagation !== undefined && { propagation }),
    ...(isBind && { create_host_path: true }),
  };
  return [
    {
      type: isBind ? 'bind' : 'volume',
      source: isBind ? hostSource(item, first, loading) : first,
      target: cleanPath(second),
      ...(readOnly && { read_only: true }),
      ...(Object.keys(bind).length > 0 && { bind }),
      ...(!isBind && { volume: options.includes('nocopy') ? { nocopy: true } : {} }),
    },
  ];
}

const longDevice = recordKept({ source: text, target: text, permissions: text });

export const devices = longForms(
  (item, loading) => {
    if (item.node.kind === 'map') return [longDevice(item, loading)];
    const [source = '', target = source, permissions = 'rwm'] = (textOf(item) ?? '').split(':');
    return [{ source, target, permissions }];
  },
  ({ target }) => JSON.stringify(target),
);

/** Absolute; an absolute path stays unchanged, including a final slash. */
function hostSource(item: Field, source: string, loading: NormaliserContext): string {
  return /^(?:\/|[A-Za-z]:\\)/.test(source) ? source : (hostPath(item, source, loading) ?? source);
}

/** A path in a container, as Go's path.Clean leaves it. */
function cleanPath(text: string): string {
  const normal = path.normalize(text);
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal;
}
