import type { Report } from './campaign.ts';
import type { Scenario } from './scenario.ts';

/** For people: counts, and each unexplained difference with its scenario. */
export function formatReport({ equal, late, explained, unexplained }: Report): string {
  const explainedCount = [...explained.values()].reduce((sum, names) => sum + names.length, 0);
  return [
    `${equal + late.length} equal (${late.length} of them only when run again), ` +
      `${explainedCount} explained, ${unexplained.length} unexplained`,
    ...[...explained].map(
      ([reason, names]) => `  ${names.length} explained: ${reason} (${names.join(', ')})`,
    ),
    ...unexplained.map(({ name, scenario, differences }) =>
      [
        `--- ${name}`,
        formatScenario(scenario),
        ...differences.map(
          ({ step, unit, what, engine, systemd }) =>
            `  step ${step}, ${unit}: ${what} is ${engine} by the engine, ${systemd} on systemd`,
        ),
      ].join('\n'),
    ),
  ].join('\n');
}

/** One line a unit and one a step, to be read; the data itself is JSON. */
function formatScenario({ units, steps }: Scenario): string {
  const line = (value: unknown): string => JSON.stringify(value).replaceAll('"', '');
  return [
    ...units.map((unit) => `  ${line(unit)}`),
    ...steps.map((step, index) => `  ${index}: ${line(step)}`),
    JSON.stringify({ units, steps }),
  ].join('\n');
}
