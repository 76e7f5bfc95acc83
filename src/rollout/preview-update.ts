/**
 * `update --dry-run`: asks registries for their current images without pulling, and shows what would
 * restart.
 */
import { planUpdate } from './plan-update.ts';
import type { ImagePort, LocalImage } from '../model/ports.ts';
import type { Context, ExitCode } from '../run/context.ts';
import type { RolloutHost } from './rollout-host.ts';
import { readRunningState } from './pin-running.ts';
import { readStates } from './plan.ts';
import {
  type ServiceReport,
  type UpdateOptions,
  type UpdateReport,
  type UpdateScope,
  serviceLine,
} from './update-report.ts';
import { writeReport } from '../run/report.ts';

export async function previewUpdate(
  context: Context,
  options: UpdateOptions,
  scope: UpdateScope,
  host: RolloutHost,
): Promise<ExitCode> {
  const { project, installation, services } = scope;
  const { images, manager } = host;
  const { running, before, docker } = await readRunningState(scope, host);
  const reports: ServiceReport[] = [];
  const coming = new Map<string, LocalImage>();
  for (const { service, reference, pull } of services) {
    const now = running.get(service);
    const next = await nextImage(reference, pull !== undefined, now?.image, images);
    const about = { service, image: reference, from: now?.pin ?? null };
    if ('said' in next) {
      reports.push({ ...about, to: null, change: 'unknown', said: next.said });
      continue;
    }
    coming.set(service, next.image);
    const same = next.image.id === now?.image.id;
    reports.push({ ...about, to: same ? about.from : next.pin, change: same ? 'same' : 'new' });
  }
  const names = installation.units.map(({ unit }) => unit.name);
  const states = await readStates(names, manager, installation);
  const movedServices = new Set(
    reports.filter(({ change }) => change === 'new').map(({ service }) => service),
  );
  const { restart } = planUpdate({
    project,
    before,
    services: services.filter(({ service }) => movedServices.has(service)),
    images: coming,
    docker,
    states,
  });
  const report: UpdateReport = {
    project,
    services: reports,
    restart: restart.map(({ unit, follows }) => ({ unit, follows })),
    images: null,
    ok: true,
    failures: [],
    lost: [],
    lock: null,
  };
  const { out, err } = context;
  if (options.json === true) writeReport(out, report);
  else {
    for (const each of reports) out.write(`${serviceLine(each)}\n`);
    for (const { unit, follows } of restart) {
      out.write(`would restart ${unit}${follows.length === 0 ? '' : `; with it ${follows.join(', ')}`}\n`);
    }
  }
  err.write('Nothing was pulled or changed (--dry-run)\n');
  return 0;
}

/**
 * The image that the reference now stands for, at its registry or on the disk, or why dockunit does not
 * know it.
 */
async function nextImage(
  reference: string,
  isPulled: boolean,
  now: LocalImage | undefined,
  images: ImagePort,
): Promise<{ readonly image: LocalImage; readonly pin: string } | { readonly said: string }> {
  if (!isPulled) {
    const image = (await images.inspect([reference])).get(reference);
    return image === undefined ? { said: 'it is not on this host' } : { image, pin: image.id };
  }
  const offer = await images.registryDigest(reference);
  if ('said' in offer) return offer;
  const { digest } = offer;
  const pin = `${reference}@${digest}`;
  if (now?.digests.some((each) => each.endsWith(`@${digest}`)) === true) return { image: now, pin };
  // Its id is not known before the pull; it differs from that of any image pulled before.
  return { image: { id: digest, digests: [pin] }, pin };
}
