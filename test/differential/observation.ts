/** What is seen of a scenario, on systemd and on the engine alike. */

/** The properties compared; org.freedesktop.systemd1(5). Of a target, Result is `success` and NRestarts 0. */
export interface UnitView {
  readonly activeState: string;
  readonly subState: string;
  readonly result: string;
  readonly restarts: number;
}

/** Changes of ActiveState that systemd keeps the time of. */
export const marks = ['InactiveExit', 'ActiveEnter', 'ActiveExit', 'InactiveEnter'] as const;
export type Mark = (typeof marks)[number];

/** ms of the run's own clock, with fractions; absent where it never happened. */
export type UnitMarks = Partial<Readonly<Record<Mark, number>>>;

/** After a step, once nothing moves: of every unit by its name in the scenario. */
export interface StepView {
  /** When the step's first action was taken, by the clock of the marks. */
  readonly began: number;
  readonly units: ReadonlyMap<string, UnitView>;
  readonly marks: ReadonlyMap<string, UnitMarks>;
}

/** The mark a change of ActiveState makes, if any: unit_notify() keeps two of the four for a change. */
export function marksOfChange(from: string, to: string): readonly Mark[] {
  const inactive = (state: string): boolean => state === 'inactive' || state === 'failed';
  const active = (state: string): boolean => state === 'active';
  return [
    ...(inactive(from) && !inactive(to) ? (['InactiveExit'] as const) : []),
    ...(!inactive(from) && inactive(to) ? (['InactiveEnter'] as const) : []),
    ...(!active(from) && active(to) ? (['ActiveEnter'] as const) : []),
    ...(active(from) && !active(to) ? (['ActiveExit'] as const) : []),
  ];
}
