/** Plays a history in a virtual world, and looks after every step whether what must hold does. */
import { exitedWith, daemon, type Behaviour, type SpawnedProcess } from '../../src/simulate/behaviour.ts';
import { World } from '../../src/simulate/world.ts';
import { type Action, type History, type Sketch, unitOf } from './history.ts';
import { Invariants, freezeState } from './invariants.ts';

/** ms: what is in progress when the last thing has been done may take so long to end. */
const aftermath = 30_000;
/** ms between the loop's reconciliations once nothing is done any more. */
const inspections = 5_000;
/** A unit that crashes and restarts for ever would never let a history end. */
const longest = 400;

/** What does not hold, and at which step; undefined where all does. */
interface Violation {
  readonly step: number;
  readonly now: number;
  readonly event: unknown;
  readonly what: string;
}

export interface Played {
  readonly steps: number;
  readonly violation?: Violation;
}

export function play(history: History): Played {
  let sketches = new Map(history.units.map((sketch) => [sketch.name, sketch]));
  let news = 0;
  let steps = 0;
  let event: unknown;
  const runs = new Map<string, number>();
  const invariants = new Invariants(() => world);
  const world: World = new World({
    units: history.units.map(unitOf),
    rules: history.rules,
    behave: (spawned) => behaviourOf(sketches, spawned, runs),
    conditions: (unit) => sketches.get(unit)?.conditions ?? 'met',
    deliver: () => history.news[news++] ?? [0],
    observe: (step) => {
      steps++;
      event = step.event;
      invariants.check(step);
      freezeState(step.after);
    },
  });
  freezeState(world.state);
  const take = (action: Action): void => {
    if (action.do === 'reload')
      sketches = new Map([...sketches, ...action.units.map((one) => [one.name, one] as const)]);
    act(world, action);
  };
  try {
    remember(world, history);
    for (const action of history.actions) {
      world.at(action.at, () => {
        take(action);
      });
    }
    const end = (history.actions.at(-1)?.at ?? 0) + aftermath;
    for (let at = end - aftermath; at < end; at += inspections) {
      world.at(at, () => {
        world.inspect();
      });
    }
    while (world.nextTime() <= end && steps < longest) {
      event = undefined;
      world.run(world.nextTime());
    }
    return { steps };
  } catch (error) {
    const what =
      error instanceof Error
        ? error.name === 'Violated'
          ? error.message
          : (error.stack ?? '')
        : String(error);
    return { steps, violation: { step: steps, now: world.now, event, what } };
  }
}

/** As the loop begins: what was known of units, then the units, so that what must follow from it does. */
function remember(world: World, { memories, units }: History): void {
  for (const { unit, memory } of memories) world.tell({ kind: 'remembered', unit, memory });
  if (memories.length > 0) world.tell({ kind: 'loaded', units: units.map(unitOf) });
}

function act(world: World, action: Action): void {
  switch (action.do) {
    case 'request': {
      const { verb, unit, mode } = action;
      world.tell({ kind: 'request', request: `${verb} ${unit}`, verb, unit, ...(mode && { mode }) });
      break;
    }
    case 'reset-failed':
    case 'ready':
      world.tell({ kind: action.do, unit: action.unit });
      break;
    case 'crash':
      world.crash(action.unit, action.exit);
      break;
    case 'external':
      world.tell({ kind: 'external', unit: action.unit, active: action.active });
      break;
    case 'reload':
      world.tell({ kind: 'loaded', units: action.units.map(unitOf) });
      break;
    case 'stray':
      stray(world, action);
      break;
    case 'tick':
      world.tell({ kind: 'tick' });
      break;
    case 'inspect':
      world.inspect();
  }
}

/** True news only: that a process has ended which lives is a lie no loop tells. */
function stray(world: World, { event, process }: Extract<Action, { do: 'stray' }>): void {
  if (event === 'exited' && world.processes.isAlive(process)) return;
  const status = world.processes.statusOf(process);
  if (event === 'group-gone' && status.survivors && status.exit !== undefined) return;
  world.tell(
    event === 'exited'
      ? { kind: event, process, exit: status.exit ?? exitedWith(0), survivors: status.survivors }
      : { kind: event, process },
  );
}

/** What is adopted, or had a command that is no longer in the file, is a daemon. */
function behaviourOf(
  sketches: ReadonlyMap<string, Sketch>,
  { unit, phase, index }: SpawnedProcess,
  runs: Map<string, number>,
): Behaviour {
  const does = sketches.get(unit)?.commands?.[phase]?.[index]?.does ?? [daemon];
  const key = `${unit} ${phase} ${String(index)}`;
  const run = runs.get(key) ?? 0;
  runs.set(key, run + 1);
  return does[run % does.length] ?? daemon;
}
