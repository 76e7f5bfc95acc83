/** Units and incidents → the timeline: a boot with all of them enabled, under a virtual clock. */
import type { RequestVerb } from '../supervisor/engine/protocol.ts';
import type { Exit, RulesVersion } from '../supervisor/engine/state.ts';
import type { LoadedUnit } from '../supervisor/load/loaded-unit.ts';
import { Host, dockerConfig, dockerUnit } from './host-behaviour.ts';
import { type TimelineEntry, Timeline, type UnitEnd } from './timeline.ts';
import { World } from './world.ts';

/** A failure that the user injects into a unit, at a time in ms since the boot. */
export type Incident = { readonly unit: string; readonly at: number } & (
  | { readonly kind: 'request'; readonly verb: Exclude<RequestVerb, 'try-restart'> }
  /** Its main process ends so, and until then each replacement ends so too, as soon as it runs. */
  | { readonly kind: 'fail'; readonly exit: Exit; readonly until: number }
  | { readonly kind: 'unhealthy'; readonly until: number }
);

export interface Simulation {
  readonly units: ReadonlyMap<string, LoadedUnit>;
  /** Started at 0. */
  readonly targets: readonly string[];
  readonly incidents: readonly Incident[];
  /** ms */
  readonly until: number;
  readonly rules: RulesVersion;
}

export interface SimulationResult {
  readonly entries: readonly TimelineEntry[];
  readonly ends: readonly UnitEnd[];
  /**
   * When dockunit stopped the simulation, in ms: it produced more events than anyone would read; absent
   * when all was simulated.
   */
  readonly cutAt?: number;
}

/** A crash loop without delay would never end. */
const mostSteps = 200_000;
/** ms between two checks for processes that are to fail again. */
const pollInterval = 100;

export function simulate({ units, targets, incidents, until, rules }: Simulation): SimulationResult {
  const configs = [...units.values()].map(({ config }) =>
    config.name === dockerUnit ? dockerConfig(config) : config,
  );
  const timeline = new Timeline();
  let steps = 0;
  const world: World = new World({
    units: configs,
    rules,
    behave: (child) => host.behave(child),
    observe: (step) => {
      steps++;
      timeline.take(step);
      for (const effect of step.effects) {
        if (effect.kind !== 'occurred' || effect.occurrence.kind !== 'process-ended') continue;
        if (effect.occurrence.phase === 'start') host.reportEnd(effect.unit, effect.occurrence.exit);
      }
    },
  });
  const host = new Host(units, () => world);
  for (const unit of targets) {
    world.at(0, () => {
      world.tell({ kind: 'request', request: 'boot', verb: 'start', unit });
    });
  }
  for (const incident of incidents) {
    world.at(incident.at, () => {
      applyIncident(incident, world, host, timeline);
    });
  }
  for (let next = world.nextTime(); next <= until && steps < mostSteps; next = world.nextTime())
    world.run(next);
  const isCut = world.nextTime() <= until;
  return { entries: timeline.entries, ends: timeline.ends(world.state), ...(isCut && { cutAt: world.now }) };
}

function applyIncident(incident: Incident, world: World, host: Host, timeline: Timeline): void {
  const { unit } = incident;
  switch (incident.kind) {
    case 'request':
      timeline.note(world.now, unit, `asked to ${incident.verb}`);
      world.tell({ kind: 'request', request: `${incident.verb} ${unit}`, verb: incident.verb, unit });
      break;
    case 'fail':
      if (world.state.units.get(unit)?.state === 'running') world.crash(unit, incident.exit);
      else if (world.now === incident.at) timeline.note(world.now, unit, 'was to fail, but does not run');
      if (world.now + pollInterval <= incident.until) {
        world.at(world.now + pollInterval, () => {
          applyIncident(incident, world, host, timeline);
        });
      }
      break;
    case 'unhealthy':
      timeline.note(world.now, unit, 'turns unhealthy');
      host.makeUnhealthy(unit);
      if (incident.until === Infinity) break;
      world.at(incident.until, () => {
        timeline.note(world.now, unit, 'is healthy again');
        host.makeHealthy(unit);
      });
  }
}
