/** The scope of an `update`, and its report. */
import { writeRollbackOutcome } from './trial.ts';
import type { Installation } from './compare-units.ts';
import { pinsOf } from '../images/pin-images.ts';
import type { Restart } from './plan-apply.ts';
import type { UpdatableService } from './plan-update.ts';
import { shortPin } from './summarise-changes.ts';
import type { Context, GlobalOptions } from '../run/context.ts';
import { type Failure, renderFailures } from '../jobs/explain-failure.ts';

export interface UpdateOptions extends GlobalOptions {
  /** Ask registries for their images; pull and change nothing. */
  readonly dryRun?: boolean;
}

/** `--json` of update: one object, at the end. */
export interface UpdateReport {
  readonly project: string;
  readonly services: readonly ServiceReport[];
  /** Units restarted, or that would be, in that order, each with the units that restart with it. */
  readonly restart: readonly Pick<Restart, 'unit' | 'follows'>[];
  /** Which images the units have now: all the newer ones, or all the older ones; null with `--dry-run`. */
  readonly images: 'new' | 'old' | null;
  /** False where a service did not come up; the older images are back by then. */
  readonly ok: boolean;
  /** Why the newer images did not stay. */
  readonly failures: readonly Failure[];
  /** The services that do not run although the older images are back. */
  readonly lost: readonly Failure[];
  /** The path of dockunit.lock, where dockunit wrote it or it is up to date. */
  readonly lock: string | null;
}

export interface ServiceReport {
  readonly service: string;
  /** As the Compose file names it. */
  readonly image: string;
  /**
   * The image name that docker used before, and the one it uses now: with a digest, or an id; null where
   * that is not known.
   */
  readonly from: string | null;
  readonly to: string | null;
  /** `unknown`: with `--dry-run`, where dockunit does not know what the image now stands for. */
  readonly change: 'same' | 'new' | 'unknown';
  /** Why it is not known. */
  readonly said?: string;
}

/** The scope of one run. */
export interface UpdateScope {
  readonly project: string;
  /** Of the unit files; absolute. */
  readonly directory: string;
  readonly installation: Installation;
  readonly services: readonly UpdatableService[];
}

/** A service before and after. */
export function reportOn(
  { service, reference }: UpdatableService,
  before: Installation,
  after: Installation,
): ServiceReport {
  const [from = null, to = null] = [before, after].map(({ units }) =>
    pinsOf(units.map(({ unit }) => unit)).get(service),
  );
  return { service, image: reference, from, to, change: from === to ? 'same' : 'new' };
}

/** `web: nginx:1 is up to date`, `web: nginx:1@sha256:… → nginx:1@sha256:…`. */
export function serviceLine({ service, image, from, to, change, said = '' }: ServiceReport): string {
  switch (change) {
    case 'same':
      return `${service}: ${image} is up to date`;
    case 'new':
      return `${service}: ${from === null ? 'nothing' : shortPin(from)} → ${to === null ? 'nothing' : shortPin(to)}`;
    case 'unknown':
      return `${service}: it is not known what ${image} stands for by now: ${said}`;
  }
}

/** For people, on standard error. */
export function showUpdate(
  report: UpdateReport,
  isInterrupted: boolean,
  { err }: Pick<Context, 'err'>,
): void {
  const { project, ok, failures, lost, restart, services } = report;
  for (const line of renderFailures([...failures, ...lost], err.style)) err.write(`${line}\n`);
  const movedServices = services.filter(({ change }) => change === 'new').map(({ service }) => service);
  if (ok) {
    err.write(
      movedServices.length + restart.length === 0
        ? `All of ${project} is up to date\n`
        : `${project} runs the new images: ${movedServices.join(', ')}\n`,
    );
    return;
  }
  const outcome = `nothing of ${project} is updated: it is back on its previous images`;
  writeRollbackOutcome(err, outcome, lost, isInterrupted);
}
