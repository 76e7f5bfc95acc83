/** A scenario that differs → a smaller one that still does, tried on the real systemd. */
import { type Finding, runCases } from './campaign.ts';
import type { Difference } from './compare.ts';
import { expect } from './expectation.ts';
import { isLoadable } from './load-scenario.ts';
import type { Scenario, UnitModel } from './scenario.ts';
import type { SystemdHost } from './systemd-host.ts';

/** Tries one removal after the other, all of a round side by side, until none of them keeps the difference. */
export async function shrink(host: SystemdHost, finding: Finding): Promise<Finding> {
  let smallest = finding;
  for (;;) {
    const candidates = smallerOnes(smallest.scenario).flatMap((scenario, index) => {
      // A service that is no oneshot any more has too many commands, for one.
      if (!isLoadable(scenario, host.version)) return [];
      const expected = expect(scenario, host.version);
      return typeof expected === 'string' ? [] : [{ name: `${finding.name} (${index})`, scenario, expected }];
    });
    const found = await runCases(host, candidates, 24);
    const next = found
      .filter(({ differences }) => differences.some((one) => isAlike(one, finding.differences[0])))
      .map((one) => ({ ...one, size: JSON.stringify(one.scenario).length }))
      .sort((one, other) => one.size - other.size)[0];
    if (next === undefined) return { ...smallest, name: finding.name };
    smallest = next;
  }
}

/** The same is wrong, if perhaps at another step: a smaller scenario shall not show something else. */
function isAlike(one: Difference, other: Difference | undefined): boolean {
  return (
    other !== undefined && (['what', 'engine', 'systemd'] as const).every((key) => one[key] === other[key])
  );
}

/** Each scenario with one thing less: a unit, a step, an action, a dependency, a setting, a command. */
function smallerOnes(scenario: Scenario): readonly Scenario[] {
  const { units, steps } = scenario;
  return [
    ...units.map(({ name }) => withoutUnit(scenario, name)),
    ...without(steps).map((fewer) => ({ units, steps: fewer })),
    ...steps.flatMap((step, at) =>
      without(step).map((fewer) => ({ units, steps: replaced(steps, at, fewer) })),
    ),
    ...units.flatMap((unit, at) =>
      smallerUnits(unit).map((smaller) => ({ units: replaced(units, at, smaller), steps })),
    ),
  ].filter((smaller) => smaller.units.length > 0 && smaller.steps.some((step) => step.length > 0));
}

function withoutUnit({ units, steps }: Scenario, name: string): Scenario {
  return {
    units: units
      .filter((unit) => unit.name !== name)
      .map((unit) => ({
        ...unit,
        dependencies: Object.fromEntries(
          Object.entries(unit.dependencies).flatMap(([kind, others]) => {
            const left = others.filter((other) => other !== name);
            return left.length > 0 ? [[kind, left]] : [];
          }),
        ),
      })),
    steps: steps.map((step) => step.filter((action) => action.do === 'wait' || action.unit !== name)),
  };
}

function smallerUnits(unit: UnitModel): readonly UnitModel[] {
  const { service, startBurst, conditionUnmet, ...rest } = unit;
  const kept = {
    ...rest,
    ...(startBurst !== undefined && { startBurst }),
    ...(conditionUnmet !== undefined && { conditionUnmet }),
  };
  return [
    ...withoutKey(unit.dependencies).map((dependencies) => ({ ...unit, dependencies })),
    ...(startBurst === undefined ? [] : [{ ...rest, ...(service !== undefined && { service }) }]),
    ...(service === undefined
      ? []
      : [
          ...withoutKey(service.settings).map((settings) => ({ ...kept, service: { ...service, settings } })),
          ...withoutKey(service.commands)
            .filter((commands) => commands.start !== undefined)
            .map((commands) => ({ ...kept, service: { ...service, commands } })),
        ]),
  ];
}

function without<T>(all: readonly T[]): readonly (readonly T[])[] {
  return all.map((_, at) => all.filter((__, other) => other !== at));
}

function withoutKey<T extends object>(from: T): readonly T[] {
  return Object.keys(from).map(
    (key) => Object.fromEntries(Object.entries(from).filter(([other]) => other !== key)) as T,
  );
}

function replaced<T>(all: readonly T[], at: number, by: T): readonly T[] {
  return all.map((one, index) => (index === at ? by : one));
}
