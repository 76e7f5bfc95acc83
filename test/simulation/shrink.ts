/** A failing history → the smallest one found that fails in the same way. */
import type { Action, CommandSketch, History, Sketch } from './history.ts';
import { play } from './play.ts';

/** Tries ever smaller histories until none of the next smaller ones fails as this one does. */
export function shrink(history: History): History {
  const wanted = kindOf(history);
  let smallest = history;
  for (let found = true; found;) {
    found = false;
    for (const smaller of simpler(smallest)) {
      if (kindOf(smaller) !== wanted) continue;
      smallest = smaller;
      found = true;
      break;
    }
  }
  return smallest;
}

/** The invariant that fails, whichever units and numbers it names. */
function kindOf(history: History): string | undefined {
  return play(history)
    .violation?.what.replace(/\bu\d+\b/g, 'u')
    .replace(/\d+(\.\d+)?/g, 'n');
}

/** Each a step smaller, the boldest first. */
function* simpler(history: History): Generator<History> {
  const { actions, units, memories, news } = history;
  for (const { name } of units) yield without(history, name);
  for (const action of actions) yield { ...history, actions: actions.filter((one) => one !== action) };
  if (Object.keys(news).length > 0) yield { ...history, news: {} };
  for (const key of Object.keys(news)) {
    yield { ...history, news: Object.fromEntries(Object.entries(news).filter(([one]) => one !== key)) };
  }
  for (const memory of memories) yield { ...history, memories: memories.filter((one) => one !== memory) };
  for (const [index, unit] of units.entries()) {
    for (const plainer of plainerUnits(unit)) {
      yield { ...history, units: units.map((one, at) => (at === index ? plainer : one)) };
    }
  }
  for (const [index, action] of actions.entries()) {
    for (const at of [0, Math.floor(action.at / 1_000) * 1_000]) {
      if (at < action.at) yield { ...history, actions: earlier(actions, index, at) };
    }
  }
}

/** In the order of time, as histories are. */
function earlier(actions: readonly Action[], index: number, at: number): readonly Action[] {
  return actions.map((one, place) => (place === index ? { ...one, at } : one)).sort((a, b) => a.at - b.at);
}

function without(history: History, name: string): History {
  const rest = (units: readonly Sketch[]): readonly Sketch[] => units.filter((unit) => unit.name !== name);
  return {
    ...history,
    units: rest(history.units),
    memories: history.memories.filter(({ unit }) => unit !== name),
    actions: history.actions
      .filter((action) => !('unit' in action) || action.unit !== name)
      .map((action) => (action.do === 'reload' ? { ...action, units: rest(action.units) } : action)),
  };
}

function* plainerUnits(unit: Sketch): Generator<Sketch> {
  for (const key of ['dependencies', 'service', 'commands'] as const) {
    const parts = Object.entries(unit[key] ?? {});
    for (const [left] of parts) {
      yield { ...unit, [key]: Object.fromEntries(parts.filter(([name]) => name !== left)) };
    }
  }
  for (const [kind, names] of Object.entries(unit.dependencies ?? {})) {
    if (names.length < 2) continue;
    for (const name of names) {
      yield { ...unit, dependencies: { ...unit.dependencies, [kind]: names.filter((one) => one !== name) } };
    }
  }
  for (const key of ['startLimit', 'conditions', 'startTimeout'] as const) {
    if (unit[key] === undefined) continue;
    yield omit(unit, key);
  }
  for (const [phase, commands] of Object.entries(unit.commands ?? {})) {
    for (const [index, command] of commands.entries()) {
      for (const plainer of plainerCommands(command)) {
        const changed = commands.flatMap((one, at) => (at === index ? plainer : [one]));
        yield { ...unit, commands: { ...unit.commands, [phase]: changed } };
      }
    }
  }
}

/** None, then ones that do less. */
function* plainerCommands(command: CommandSketch): Generator<readonly CommandSketch[]> {
  yield [];
  const { ignoreFailure, does } = command;
  if (ignoreFailure === true) yield [{ does }];
  for (const [index, one] of does.entries()) {
    if (does.length > 1) yield [{ ...command, does: [one] }];
    for (const key of ['readyIn', 'ends', 'stopExit', 'survivorsFor'] as const) {
      if (one[key] === undefined) continue;
      const less = omit(one, key);
      yield [{ ...command, does: does.map((each, at) => (at === index ? less : each)) }];
    }
    if (one.ignores.length > 0) {
      yield [{ ...command, does: does.map((each, at) => (at === index ? { ...each, ignores: [] } : each)) }];
    }
  }
}

function omit<Whole extends object, Key extends keyof Whole>(whole: Whole, key: Key): Omit<Whole, Key> {
  return Object.fromEntries(Object.entries(whole).filter(([one]) => one !== key)) as Omit<Whole, Key>;
}
