/** `apply` to a project that is there: the new state on trial. */
import type { Installation } from '../changes/compare-units.ts';
import { looksForNewer } from '../changes/pin-images.ts';
import { type UpdatableService, pinInstallation, updatableServices } from '../changes/plan-update.ts';
import { summarise } from '../changes/summarise.ts';
import type { ImagePort } from '../host/ports.ts';
import { serialiseUnit } from '../units/unit-file.ts';
import { dockunitField } from '../units/unit-set.ts';
import { leftIn } from './carry-out-plan.ts';
import type { Context } from './context.ts';
import type { HostPorts } from './host-ports.ts';
import { stateDirectories } from './kept-states.ts';
import { keepWhatRuns, pinsAmong, readWhatRuns } from './pin-what-runs.ts';
import type { PlannedChanges } from './plan-changes.ts';
import { type RunningImage, keepLastStates } from './running-images.ts';
import type { TrialOutcome } from './try-out.ts';
import { tryPlan } from './try-plan.ts';

/** HostError where the engine does not tell what runs: then nothing has been changed. */
export async function tryApply(
  planned: PlannedChanges,
  directory: string,
  host: HostPorts,
  context: Context,
): Promise<TrialOutcome> {
  const { plan, installed, changes } = planned;
  const { project } = plan;
  const { images } = await import('../host/docker-images.ts');
  const { state } = stateDirectories(host.manager.scope, context);
  const services = concerned(planned);
  const { running } = await readWhatRuns({ project, directory, installed, services }, images);
  const moving = await thoseThatMove(services, running, installed, images);
  const before = pinInstallation(project, installed, pinsAmong(moving, running));
  await keepWhatRuns({ project, directory, installed }, running, images, host.manager.scope, context);
  const outcome = await tryPlan(
    {
      directory,
      verb: 'apply',
      before,
      after: afterwards(planned),
      changes: summarise(changes.filter(({ unit }) => !plan.orphans.includes(unit))),
    },
    planned,
    host,
    context,
  );
  await keepLastStates(project, state, images, context);
  return outcome;
}

/**
 * Services whose container stops: where they are gone back to, it is to what they ran. The others go on
 * as they are, so their units have to say nothing else.
 */
function concerned({ plan, installed }: PlannedChanges): readonly UpdatableService[] {
  const names = new Set([...plan.stop, ...plan.restart.flatMap(({ unit, follows }) => [unit, ...follows])]);
  const units = installed.units.map(({ unit }) => unit);
  return updatableServices(
    units.filter(({ name }) => names.has(name)),
    units,
  );
}

/**
 * Those whose name stands, or may stand by the time of going back, for another image than they run:
 * their units have to name that by its digest. All others are gone back to as they stand.
 */
async function thoseThatMove(
  services: readonly UpdatableService[],
  running: ReadonlyMap<string, RunningImage>,
  { units }: Installation,
  images: ImagePort,
): Promise<readonly UpdatableService[]> {
  const now = await images.inspect(services.map(({ reference }) => reference));
  const pulling = new Set(
    units.flatMap(({ unit }) =>
      unit.kind === 'image' && looksForNewer(unit) ? [dockunitField(unit, 'Service')] : [],
    ),
  );
  return services.filter(
    ({ service, reference }) =>
      pulling.has(service) || now.get(reference)?.id !== running.get(service)?.image.id,
  );
}

/** What lies in the directory then: what is wanted, and orphans that stay. */
function afterwards(planned: PlannedChanges): Installation {
  const { wanted } = planned;
  const left = leftIn(planned);
  return {
    units: [...wanted.units.map((unit) => ({ unit, text: serialiseUnit(unit) })), ...left.units],
    files: [
      ...wanted.files.map(({ name, mode, content, unit }) => ({ name, mode, content, unit, written: 0 })),
      ...left.files,
    ],
  };
}
