/** States of units: a first round trip holds the units, a second one reads all of them. */
import type { UnitState } from '../../model/ports.ts';
import type { Systemd } from './client.ts';
import { BusError } from './bus.ts';
import { machine } from '../machine/machine.ts';
import { systemdError } from './errors.ts';
import { asProperties, unitPath, unitState, unknownUnitState } from './unit-state.ts';

/**
 * The properties of a service that a UnitState needs. Read one by one: GetAll of a service returns 250 properties, and
 * systemd reads the control groups for some of them.
 */
const serviceProperties = ['Result', 'NRestarts', 'ExecMainCode', 'ExecMainStatus'] as const;

/** The delay before a restart grows with RestartSteps= (254), and then has its own property. */
const restartDelay = (version: number): string => (version >= 254 ? 'RestartUSecNext' : 'RestartUSec');

/** State of each unit, in the order of the names; a missing unit has loadState `not-found`. */
export async function readUnitStates(
  systemd: Systemd,
  names: readonly string[],
): Promise<readonly UnitState[]> {
  const hold = await holdUnits(systemd, names);
  try {
    return await Promise.all(names.map((name) => readUnitState(systemd, name)));
  } finally {
    await Promise.all(hold.map((name) => systemd.manager('UnrefUnit', 's', [name]).catch(() => undefined)));
  }
}

/**
 * Keeps units loaded: for a unit that is down and not referenced, systemd reads its file again for each query, with all
 * units that it names, and then unloads it; for twenty services that took seconds. Polkit allows this only to the
 * units' owner.
 * @returns the units that are held
 */
async function holdUnits(systemd: Systemd, names: readonly string[]): Promise<readonly string[]> {
  if (systemd.scope === 'system' && machine().uid !== 0) return [];
  const hold = (name: string): Promise<readonly string[]> =>
    systemd.manager('RefUnit', 's', [name]).then(
      () => [name],
      // The unit does not exist, as the next queries will show.
      () => [],
    );
  return (await Promise.all(names.map(hold))).flat();
}

async function readUnitState(systemd: Systemd, name: string): Promise<UnitState> {
  const path = unitPath(name);
  const properties = name.endsWith('.service') ? [...serviceProperties, restartDelay(systemd.version)] : [];
  try {
    const [unit, ...service] = await Promise.all([
      systemd.properties(path, 'org.freedesktop.systemd1.Unit'),
      ...properties.map((property) => systemd.property(path, 'org.freedesktop.systemd1.Service', property)),
    ]);
    const entries = service.map((value, index) => [properties[index], value]);
    return unitState(name, asProperties(unit), Object.fromEntries(entries) as Record<string, unknown>);
  } catch (error) {
    if (error instanceof BusError && notAUnit.has(error.errorName)) return unknownUnitState(name);
    throw systemdError(error, systemd.scope, 'read the state of', name);
  }
}

/** The answers for a path that is no unit: a name that systemd never loads. */
const notAUnit = new Set([
  'org.freedesktop.DBus.Error.UnknownObject',
  'org.freedesktop.DBus.Error.UnknownInterface',
  'org.freedesktop.DBus.Error.UnknownMethod',
  'org.freedesktop.DBus.Error.InvalidArgs',
  'org.freedesktop.systemd1.NoSuchUnit',
]);
