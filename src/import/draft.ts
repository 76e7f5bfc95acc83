/**
 * A service of a Compose file under construction from a `docker run` line: keys with their final values,
 * and settings that can only be placed after the whole line, or every line, is read.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { ServiceKey } from '../compose/keys.ts';
import { cutAt, mapKey } from './compose-text.ts';

/** The values that a key can hold. */
export type Yaml = null | string | number | boolean | readonly Yaml[] | { readonly [key: string]: Yaml };

/** Diagnostics of the import, by their stable names. */
type ImportCode =
  | 'container-of-dockunit'
  | 'container-exists'
  | 'dependencies-unknown'
  | 'done-by-unit'
  | 'environment-of-host'
  | 'file-unreadable'
  | 'image-by-id'
  | 'no-image'
  | 'not-docker-run'
  | 'option-lost'
  | 'option-value'
  | 'publish-all'
  | 'secret-in-file'
  | 'setting-lost'
  | 'shell-syntax'
  | 'shell-variable'
  | 'unknown-option'
  | 'value-rounded'
  | 'volume-unnamed';

export type ImportReport = (
  severity: Diagnostic['severity'],
  code: ImportCode,
  message: string,
  remedy: string,
) => void;

/** One network and the container's settings in it. */
export interface NetworkDraft {
  readonly name: string;
  aliases: string[];
  linkLocalIps: string[];
  driverOpts: Record<string, string>;
  ipv4?: string;
  ipv6?: string;
  mac?: string;
  gwPriority?: string;
  interfaceName?: string;
}

export interface VolumeDraft {
  driver?: string;
  driver_opts?: Record<string, string>;
  labels?: Record<string, string>;
}

export interface ImportDraft {
  readonly keys: Partial<Record<ServiceKey, Yaml>>;
  /** Of `--network`, in order. */
  readonly networks: NetworkDraft[];
  /** Of `--network-alias`, `--ip` and similar options: they apply to the first network. */
  readonly endpoint: Omit<NetworkDraft, 'name'>;
  /** By Docker's name. */
  readonly volumes: Map<string, VolumeDraft>;
  readonly volumeDriver: { name?: string };
  /** `NAME` or `NAME:ALIAS` of containers. */
  readonly links: string[];
  /** `NAME` or `NAME:ro` of containers. */
  readonly volumesFrom: string[];
  readonly report: ImportReport;
  readonly surroundings: ImportContext;
}

/** The surroundings of a line. */
export interface ImportContext {
  /** Absolute; relative paths of the line start from it. */
  readonly workingDirectory: string;
  /** Undefined where the file cannot be read. */
  readFile(path: string): string | undefined;
  /** Variables that the line itself sets for docker: `A=1 docker run -e A`. As Compose text. */
  readonly assignments: ReadonlyMap<string, string>;
}

export function emptyDraft(report: ImportReport, surroundings: ImportContext): ImportDraft {
  return {
    keys: {},
    networks: [],
    endpoint: { aliases: [], linkLocalIps: [], driverOpts: {} },
    volumes: new Map(),
    volumeDriver: {},
    links: [],
    volumesFrom: [],
    report,
    surroundings,
  };
}

export function emptyNetwork(name: string): NetworkDraft {
  return { name, aliases: [], linkLocalIps: [], driverOpts: {} };
}

/** Adds to the list under a key. */
export function append(draft: ImportDraft, key: ServiceKey, value: Yaml): void {
  const list = draft.keys[key];
  draft.keys[key] = [...(Array.isArray(list) ? (list as readonly Yaml[]) : []), value];
}

/** Sets an entry of the map under a key; undefined removes it. */
export function putEntry(draft: ImportDraft, key: ServiceKey, name: string, value: Yaml): void {
  const map = draft.keys[key];
  const entries = typeof map === 'object' && map !== null && !Array.isArray(map) ? map : {};
  draft.keys[key] = { ...entries, [name]: value };
}

/** `NAME=VALUE` → an entry of the map under a key; `absent` is the value of a name alone. */
export function putPair(
  draft: ImportDraft,
  key: ServiceKey,
  option: string,
  text: string,
  absent: string | null = '',
): void {
  const [rawKey, value = absent] = cutAt(text, '=');
  const name = mapKey(rawKey);
  if (name !== undefined && name !== '') putEntry(draft, key, name, value);
  else refuseValue(draft, option, text, 'Write it as NAME=VALUE, with the name as it is');
}

/** Reports a value that its option cannot take. */
export function refuseValue(draft: ImportDraft, option: string, value: string, remedy: string): void {
  draft.report('error', 'option-value', `--${option} cannot be read: \`${value}\``, remedy);
}

/** Digits become a number; a variable, or a value that Compose may refuse, stays text. */
export function numberOr(text: string): number | string {
  return /^-?(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}
