/**
 * The jobs that a verb on some units causes, unit by unit, in the order they run. The rules are those of
 * transaction.c; this module does not know states, so it shows a start for a host where none of the units
 * runs, a stop and a restart for one where all of them run.
 */
import type { JobVerb } from '../model/ports.ts';
import { groupBy } from '../model/group-by.ts';
import type { Graph, Ordering, Requirement, RequirementKind } from './build.ts';
import { orderUnits } from './order.ts';

type ClosureJobType = 'start' | 'verify-active' | 'stop' | 'restart' | 'try-restart';

interface ClosureJob {
  readonly unit: string;
  readonly type: ClosureJobType;
  /** Whether the verb fails when this job does; a best effort (Wants=) only tries. */
  readonly mandatory: boolean;
  /** The unit and the edge that pulled it in; absent for the units that the user asked for. */
  readonly because?: { readonly unit: string; readonly kind: RequirementKind };
  /** Jobs of one level may run in parallel; counts from 0. */
  readonly level: number;
}

export interface Closure {
  readonly verb: JobVerb;
  /** In execution order: stops first and from the last dependent down, starts from the first dependency up. */
  readonly jobs: readonly ClosureJob[];
  /** Units that must both start and stop: systemd would refuse the verb. */
  readonly contradictions: readonly string[];
}

interface ClosurePull {
  /** `named`: the unit right of the `=`; `naming`: the one that carries the directive. */
  readonly side: 'named' | 'naming';
  readonly type: ClosureJobType;
  readonly mandatory: boolean;
}

const starts: ClosurePull = { side: 'named', type: 'start', mandatory: true };
const stopsDependents: ClosurePull = { side: 'naming', type: 'stop', mandatory: true };
const restartsDependents: ClosurePull = { side: 'naming', type: 'try-restart', mandatory: true };

/** The jobs that a job on one end of an edge pulls in on the other; the unit_dependency_atom table of systemd. */
const pulls: Readonly<Record<RequirementKind, Readonly<Record<JobVerb, readonly ClosurePull[]>>>> = {
  Requires: { start: [starts], stop: [stopsDependents], restart: [restartsDependents] },
  BindsTo: { start: [starts], stop: [stopsDependents], restart: [restartsDependents] },
  Requisite: {
    start: [{ ...starts, type: 'verify-active' }],
    stop: [stopsDependents],
    restart: [restartsDependents],
  },
  PartOf: { start: [], stop: [stopsDependents], restart: [restartsDependents] },
  Wants: { start: [{ ...starts, mandatory: false }], stop: [], restart: [] },
  Upholds: { start: [{ ...starts, mandatory: false }], stop: [], restart: [] },
  Conflicts: {
    start: [
      { side: 'named', type: 'stop', mandatory: true },
      { side: 'naming', type: 'stop', mandatory: false },
    ],
    stop: [],
    restart: [],
  },
  PropagatesStopTo: {
    start: [],
    stop: [{ side: 'named', type: 'stop', mandatory: true }],
    restart: [],
  },
  OnFailure: { start: [], stop: [], restart: [] },
  OnSuccess: { start: [], stop: [], restart: [] },
};

/** The column of the table for a job: a check for being active pulls in nothing. */
const columnOf: Readonly<Record<ClosureJobType, JobVerb | undefined>> = {
  start: 'start',
  stop: 'stop',
  restart: 'restart',
  'try-restart': 'restart',
  'verify-active': undefined,
};

type PulledJob = Omit<ClosureJob, 'level'>;

/** All effects of the verb on the units and, through them, on others; unit names with suffix. */
export function closureOf(graph: Graph, verb: JobVerb, anchors: readonly string[]): Closure {
  const pulledJobs = pullIn(graph, verb, anchors);
  const byUnit = groupBy(pulledJobs, (job) => job.unit);
  const mergedJobs = [...byUnit.values()].map(mergeJobs);
  const jobs = new Map(mergedJobs.map(({ job }) => [job.unit, job]));
  const { levels } = orderUnits(jobs.keys(), executionEdges(jobs, graph.orderings));
  return {
    verb,
    jobs: levels.flatMap((units, level) =>
      units.flatMap((unit) => {
        const job = jobs.get(unit);
        return job === undefined ? [] : [{ ...job, level }];
      }),
    ),
    contradictions: mergedJobs.flatMap(({ job, contradictory }) => (contradictory ? job.unit : [])).sort(),
  };
}

/** All jobs, at most one a unit and type; mandatory where any chain of mandatory edges leads to it. */
function pullIn(graph: Graph, verb: JobVerb, anchors: readonly string[]): readonly PulledJob[] {
  const naming = groupBy(graph.requirements, ({ from }) => from);
  const byTarget = groupBy(graph.requirements, ({ to }) => to);
  const jobs = new Map<string, PulledJob>();
  // Mandatory chains first, so that `because` names the edge that makes a job mandatory.
  const mandatory: PulledJob[] = [...new Set(anchors)]
    .sort()
    .map((unit) => ({ unit, type: verb, mandatory: true }));
  const bestEffort: PulledJob[] = [];
  const take = queue(mandatory, bestEffort);

  for (let job = take(); job !== undefined; job = take()) {
    const key = `${job.unit}\0${job.type}`;
    if (jobs.has(key)) continue;
    jobs.set(key, job);
    const column = columnOf[job.type];
    if (column === undefined) continue;
    const edges: readonly (readonly [readonly Requirement[], ClosurePull['side']])[] = [
      [naming.get(job.unit) ?? [], 'named'],
      [byTarget.get(job.unit) ?? [], 'naming'],
    ];
    for (const [list, side] of edges) {
      for (const edge of list) {
        for (const pull of pulls[edge.kind][column].filter((candidate) => candidate.side === side)) {
          const isMandatory = job.mandatory && pull.mandatory;
          (isMandatory ? mandatory : bestEffort).push({
            unit: side === 'named' ? edge.to : edge.from,
            type: pull.type,
            mandatory: isMandatory,
            because: { unit: job.unit, kind: edge.kind },
          });
        }
      }
    }
  }
  return [...jobs.values()];
}

/** First in, first out, the first list before the second. */
function queue<T>(first: readonly T[], second: readonly T[]): () => T | undefined {
  let nextOfFirst = 0;
  let takenOfSecond = 0;
  return () => (nextOfFirst < first.length ? first[nextOfFirst++] : second[takenOfSecond++]);
}

/** Which of two jobs on one unit stays, strongest first; job.c, job_merging_table. */
const strength: readonly ClosureJobType[] = ['restart', 'try-restart', 'start', 'verify-active'];

/** The one job that results from all those on a unit; of a stop and a start the mandatory one wins. */
function mergeJobs(jobs: readonly PulledJob[]): { readonly job: PulledJob; readonly contradictory: boolean } {
  const stop = jobs.find(({ type }) => type === 'stop');
  const others = strength.flatMap((type) => jobs.find((job) => job.type === type) ?? []);
  const strongest = others[0];
  if (strongest === undefined) {
    if (stop === undefined) throw new RangeError('a unit without jobs cannot be merged');
    return { job: stop, contradictory: false };
  }
  const mandatory = others.some((job) => job.mandatory);
  const other = { ...strongest, mandatory };
  if (stop === undefined) return { job: other, contradictory: false };
  if (stop.mandatory !== mandatory) return { job: stop.mandatory ? stop : other, contradictory: false };
  // Neither is needed: the stop is dropped, unless it came from Conflicts=.
  const stopStays = !mandatory && stop.because?.kind === 'Conflicts';
  return { job: stopStays ? stop : other, contradictory: mandatory };
}

/** The ordering between jobs: starts with the edge, stops against it, a stop always before a start. */
function executionEdges(
  jobs: ReadonlyMap<string, PulledJob>,
  orderings: readonly Ordering[],
): readonly Ordering[] {
  return orderings.flatMap(({ first, then }) => {
    const [one, other] = [jobs.get(first)?.type, jobs.get(then)?.type];
    if (one === undefined || other === undefined) return [];
    return other === 'stop' ? { first: then, then: first } : { first, then };
  });
}
