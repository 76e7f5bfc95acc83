/** States of units: held in a first round trip, all asked for in a second. */
import type { UnitState } from '../../model/ports.ts';
import type { Systemd } from './client.ts';
import { BusError } from './bus.ts';
import { machine } from '../machine/machine.ts';
import { systemdError } from './errors.ts';
import { asProperties, unitPath, unitState, unknownUnitState } from './unit-state.ts';

/**
 * What a UnitState needs of a service. Asked for one by one: GetAll of a service brings 250
 * properties, for some of which systemd reads the control groups.
 */
const serviceProperties = ['Result', 'NRestarts', 'ExecMainCode', 'ExecMainStatus'] as const;

/** The delay before a restart grows with RestartSteps= (254), and has a property of its own then. */
const restartDelay = (version: number): string => (version >= 254 ? 'RestartUSecNext' : 'RestartUSec');

/** State of each unit, in the order of the names; what does not exist has loadState `not-found`. */
export async function readUnitStates(
  systemd: Systemd,
  names: readonly string[],
): Promise<readonly UnitState[]> {
  const held = await holdUnits(systemd, names);
  try {
    return await Promise.all(names.map((name) => readUnitState(systemd, name)));
  } finally {
    await Promise.all(held.map((name) => systemd.manager('UnrefUnit', 's', [name]).catch(() => undefined)));
  }
}

/**
 * Keeps units loaded: one that is down and that nobody holds is read from its file anew for each
 * question about it, with all units that it names, and is forgotten again; of twenty services that
 * took seconds. Polkit lets none but the units' owner do so.
 * @returns those that are held by now
 */
async function holdUnits(systemd: Systemd, names: readonly string[]): Promise<readonly string[]> {
  if (systemd.scope === 'system' && machine().uid !== 0) return [];
  const hold = (name: string): Promise<readonly string[]> =>
    systemd.manager('RefUnit', 's', [name]).then(
      () => [name],
      // There is no such unit, as will be seen.
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

/** The answers for a path that stands for no unit: a name systemd would never load. */
const notAUnit = new Set([
  'org.freedesktop.DBus.Error.UnknownObject',
  'org.freedesktop.DBus.Error.UnknownInterface',
  'org.freedesktop.DBus.Error.UnknownMethod',
  'org.freedesktop.DBus.Error.InvalidArgs',
  'org.freedesktop.systemd1.NoSuchUnit',
]);
