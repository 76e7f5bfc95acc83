/** Names of units: their parts, their templates, and the names of their drop-in directories; systemd.unit(5). */

/** systemd.unit(5): the types of units. */
const unitTypes = [
  'service',
  'socket',
  'device',
  'mount',
  'automount',
  'swap',
  'target',
  'path',
  'timer',
  'slice',
  'scope',
] as const;
type UnitType = (typeof unitTypes)[number];

export interface UnitName {
  /** `web@1.service` */
  readonly full: string;
  /** `web` */
  readonly prefix: string;
  /** `1`; '' of a template, undefined where there is no `@`. */
  readonly instance?: string;
  readonly type: UnitType;
}

/** `@2` of `shop-web@2.service`, one of several containers of a service; '' of other units. */
export function instanceOf(name: string): string {
  return /(@\d+)\.service$/.exec(name)?.[1] ?? '';
}

/** The parts of a name; undefined where systemd would not accept it as a unit name. */
export function parseUnitName(full: string): UnitName | undefined {
  const dot = full.lastIndexOf('.');
  const type = unitTypes.find((candidate) => candidate === full.slice(dot + 1));
  const stem = full.slice(0, Math.max(dot, 0));
  if (type === undefined || !/^[A-Za-z0-9:_.\\@-]+$/.test(stem) || full.length > 255) return undefined;
  const at = stem.indexOf('@');
  if (at === 0) return undefined;
  if (at === -1) return { full, prefix: stem, type };
  return { full, prefix: stem.slice(0, at), instance: stem.slice(at + 1), type };
}

/** `web@.service` of `web@1.service`; undefined for a name that is no instance. */
export function templateOf({ prefix, instance, type }: UnitName): string | undefined {
  return instance === undefined || instance === '' ? undefined : `${prefix}@.${type}`;
}

/** `web@1.service` of the template `web@.service`. */
export function instantiate({ prefix, type }: UnitName, instance: string): string {
  return `${prefix}@${instance}.${type}`;
}

/**
 * Directories `STEM.d` with drop-ins of the unit, within each directory of the search path, the most specific first:
 * `a-b@x.service`, `a-b@.service`, `a-.service`, `a-@x.service`, `a-@.service`. Those of the type (`service.d`) come
 * after all of these in every directory of the search path.
 */
export function dropInStems(name: UnitName): readonly string[] {
  const { full, instance, type } = name;
  const prefixes = truncations(name.prefix);
  const plain = prefixes.map((prefix) => `${prefix}.${type}`);
  if (instance === undefined || instance === '') {
    const mark = instance === undefined ? '' : '@';
    return [full, ...prefixes.map((prefix) => `${prefix}${mark}.${type}`)];
  }
  const of = (prefix: string): readonly string[] => [`${prefix}@${instance}.${type}`, `${prefix}@.${type}`];
  return [...of(name.prefix), ...plain, ...prefixes.flatMap(of)];
}

/** `a-b-c` → `a-b-`, `a-`. */
function truncations(prefix: string): readonly string[] {
  const prefixes: string[] = [];
  for (let at = prefix.lastIndexOf('-', prefix.length - 2); at > 0; at = prefix.lastIndexOf('-', at - 1)) {
    prefixes.push(prefix.slice(0, at + 1));
  }
  return prefixes;
}

/** `/srv/my data` → `srv-my\x20data`, as in names of mount units; systemd-escape(1), --path. */
export function escapePath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 ? '-' : escapeName(parts.join('/'));
}

/** systemd-escape(1): `/` becomes `-`, other bytes that a name cannot contain `\xNN`. */
function escapeName(text: string): string {
  return [...Buffer.from(text)]
    .map((byte, index) => {
      const character = String.fromCharCode(byte);
      if (character === '/') return '-';
      const plain = index === 0 ? /[A-Za-z0-9:_]/ : /[A-Za-z0-9:_.]/;
      return plain.test(character) ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

/** Undoes systemd-escape(1): `-` is a `/`, `\xNN` a byte. */
export function unescapeName(text: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const hex = /^\\x([0-9a-fA-F]{2})/.exec(text.slice(at, at + 4))?.[1];
    if (hex !== undefined) {
      bytes.push(parseInt(hex, 16));
      at += 3;
    } else {
      bytes.push(...Buffer.from(text[at] === '-' ? '/' : (text[at] ?? '')));
    }
  }
  return Buffer.from(bytes).toString();
}
