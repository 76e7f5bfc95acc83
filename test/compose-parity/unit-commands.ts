/**
 * A unit set → the commands by which its units make networks, volumes and containers, as systemd
 * would run them, in an order that systemd might choose. Starting is left out.
 */
import { buildGraph } from '../../src/graph/build.ts';
import { orderUnits } from '../../src/graph/order.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import type { Unit, UnitKind, UnitSet } from '../../src/units/unit-set.ts';
import { executedWords } from '../exactness/read-shell.ts';
import { readUnit } from '../exactness/read-unit.ts';

export interface MakingCommand {
  readonly unit: string;
  readonly argv: readonly string[];
  /** What EnvironmentFile= gives the docker client. */
  readonly environment: readonly (readonly [string, string])[];
}

/** Which commands of a unit make something that `docker inspect` shows; units of other kinds make nothing. */
const makes: Partial<Record<UnitKind, (key: string, argv: readonly string[]) => boolean>> = {
  container: (key, argv) => key === 'ExecStartPre' && argv[0] === 'docker',
  network: (key) => key === 'ExecStart',
  volume: (key) => key === 'ExecStart',
};

/** @param directory where the units and the files beside them lie: the value of %Y */
export function makingCommands(set: UnitSet, directory: string): MakingCommand[] {
  const byName = new Map(set.units.map((unit) => [unit.name, unit]));
  const { sequence } = orderUnits(byName.keys(), buildGraph(set).orderings);
  return sequence
    .flatMap((name) => byName.get(name) ?? [])
    .flatMap((unit) => commandsOf(set, unit, directory));
}

function commandsOf(set: UnitSet, unit: Unit, directory: string): MakingCommand[] {
  const contentOf = (path: string): string =>
    set.files.find(({ name }) => path === `${directory}/${name}`)?.content ?? '';
  const { commands, environment } = readUnit(serialiseUnit(unit), { Y: directory, U: '0' }, contentOf);
  return commands
    .filter(({ key, argv }) => makes[unit.kind]?.(key, executedWords(argv)) ?? false)
    .map(({ argv }) => ({ unit: unit.name, argv, environment }));
}
