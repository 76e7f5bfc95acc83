/** systemd's D-Bus properties as a UnitState; and unit names as object paths. Pure. */
import { activeStates } from '../../model/ports.ts';
import type { ActiveState, UnitState } from '../../model/ports.ts';

const unitPathPrefix = '/org/freedesktop/systemd1/unit/';

/**
 * Object path of a unit: bytes outside [A-Za-z0-9], and a leading digit, become `_` and two hex digits
 * (sd_bus_path_encode(3)). systemd loads the unit on any query for the path.
 */
export function unitPath(name: string): string {
  if (name === '') return `${unitPathPrefix}_`;
  const characters = [...Buffer.from(name)].map((byte, index) => {
    const character = String.fromCharCode(byte);
    const plain = index === 0 ? /[A-Za-z]/ : /[A-Za-z0-9]/;
    return plain.test(character) ? character : `_${byte.toString(16).padStart(2, '0')}`;
  });
  return unitPathPrefix + characters.join('');
}

/** The unit whose object path this is; undefined for any other path. */
export function unitOfPath(path: string): string | undefined {
  if (!path.startsWith(unitPathPrefix)) return undefined;
  const label = path.slice(unitPathPrefix.length);
  if (label === '_') return '';
  const bytes = label.replace(/_([0-9a-f]{2})/g, (_match, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Properties as dbus-next returns an `a{sv}`: each a Variant, an object with `value`. */
export type Properties = Readonly<Record<string, unknown>>;

/** Narrows the body of a GetAll reply, or of PropertiesChanged; {} where it is neither. */
export function asProperties(value: unknown): Properties {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, variant]: [string, unknown]) => [key, variantValue(variant)]),
  );
}

/** The value within a dbus-next Variant. */
export function variantValue(variant: unknown): unknown {
  return typeof variant === 'object' && variant !== null && 'value' in variant ? variant.value : variant;
}

/** `refreshing` (systemd 257, mounts only) counts as `reloading`; unknown states as `inactive`. */
export function asActiveState(value: unknown): ActiveState {
  if (value === 'refreshing') return 'reloading';
  return activeStates.find((state) => state === value) ?? 'inactive';
}

/**
 * Which timestamp gives the start of a unit's state, as systemctl status shows it (StateChangeTimestamp also moves with
 * every change of SubState).
 */
const timestampOf = {
  active: 'ActiveEnterTimestamp',
  reloading: 'ActiveEnterTimestamp',
  inactive: 'InactiveEnterTimestamp',
  failed: 'InactiveEnterTimestamp',
  activating: 'InactiveExitTimestamp',
  deactivating: 'ActiveExitTimestamp',
  maintenance: 'ActiveExitTimestamp',
} as const satisfies Record<ActiveState, string>;

/**
 * @param name the requested name, which may be an alias
 * @param unit properties of org.freedesktop.systemd1.Unit
 * @param service properties of org.freedesktop.systemd1.Service; {} for other types
 */
export function unitState(name: string, unit: Properties, service: Properties): UnitState {
  const activeState = asActiveState(unit['ActiveState']);
  // waitid(2): the main process ended (CLD_EXITED…), 0 while it runs or never ran.
  const hasEnded = asNumber(service['ExecMainCode']) !== 0;
  const subState = asString(unit['SubState']);
  const since = Math.floor(asNumber(unit[timestampOf[activeState]]) / 1000);
  const dropIns = asStrings(unit['DropInPaths']);
  const delay = service['RestartUSecNext'] ?? service['RestartUSec'];
  return {
    name,
    loadState: asString(unit['LoadState']) || 'not-found',
    activeState,
    subState,
    unitFileState: asString(unit['UnitFileState']),
    result: asString(service['Result']),
    restarts: asNumber(service['NRestarts']),
    since,
    fragmentPath: asString(unit['FragmentPath']),
    ...(hasEnded && { exitStatus: asNumber(service['ExecMainStatus']) }),
    // `auto-restart`, and while its job waits to run `auto-restart-queued` (254).
    ...(subState.startsWith('auto-restart') && { restartAt: since + Math.floor(asNumber(delay) / 1000) }),
    ...(unit['NeedDaemonReload'] === true && { needsReload: true as const }),
    ...(dropIns.length > 0 && { dropIns }),
  };
}

/** The state of a name that systemd can never load (it is no unit name). */
export function unknownUnitState(name: string): UnitState {
  return unitState(name, {}, {});
}

function asString(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function asStrings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

/** 64-bit numbers come as bigint; microseconds since the epoch fit a double. */
function asNumber(value: unknown): number {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : 0;
}
