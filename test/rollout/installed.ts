/** A Compose text as installed units, and as wanted ones. */
import type { Installation } from '../../src/rollout/compare-units.ts';
import { compareUnits } from '../../src/rollout/compare-units.ts';
import type { Drift } from '../../src/rollout/drift.ts';
import type { Plan, ManagedState } from '../../src/rollout/plan-apply.ts';
import { planApply } from '../../src/rollout/plan-apply.ts';
import { compileProject } from '../../src/units/compile.ts';
import { parseUnit, serialiseUnit } from '../../src/units/unit-file.ts';
import type { UnitSet } from '../../src/units/unit-set.ts';
import { loadText } from '../compose/load-text.ts';
import { target } from '../units/project-builder.ts';

export function compileSpec(spec: object): UnitSet {
  const { value, diagnostics } = loadText({ 'compose.yaml': JSON.stringify(spec) }, {});
  const compiled = value && compileProject(value, target);
  if (compiled?.value === undefined)
    throw new Error(JSON.stringify([...diagnostics, ...(compiled?.diagnostics ?? [])]));
  return compiled.value;
}

/** The set as it lies on disk. */
export function install({ units, files }: UnitSet): Installation {
  return {
    units: units.map((unit) => {
      const text = serialiseUnit(unit);
      const read = parseUnit(unit.name, text);
      if (read === undefined) throw new Error(`${unit.name} is not read back`);
      return { unit: read, text };
    }),
    files: files.map(({ name, mode, content, unit }) => ({ name, mode, content, unit, written: 0 })),
  };
}

/** Every unit up and its target enabled, unless the caller says otherwise. */
export function allUp(
  { units }: UnitSet,
  others: Readonly<Record<string, ManagedState>> = {},
): Map<string, ManagedState> {
  return new Map(
    units.map(({ name, kind }) => [
      name,
      others[name] ?? {
        activeState: kind === 'image' ? 'inactive' : 'active',
        isEnabled: kind === 'target',
      },
    ]),
  );
}

export function planFor(
  old: UnitSet,
  wanted: UnitSet,
  {
    states = allUp(old),
    prune = false,
    drift = [],
    isUnstarted = false,
  }: {
    readonly states?: ReadonlyMap<string, ManagedState>;
    readonly prune?: boolean;
    readonly drift?: readonly Drift[];
    readonly isUnstarted?: boolean;
  } = {},
): Plan {
  const installed = install(old);
  return planApply({
    installation: installed,
    set: wanted,
    changes: compareUnits(installed, wanted),
    drift,
    states,
    prune,
    isUnstarted,
  });
}
