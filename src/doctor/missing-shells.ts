/**
 * Finds health checks that can never pass, since docker's client takes them as a shell command and the
 * image has no shell.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import { hasShell } from '../host/docker/image-layers.ts';
import { machine } from '../host/machine/machine.ts';
import { DockerApiError } from '../model/supervisor-ports.ts';
import { type UnitsRunner, dockerOfUnits } from '../host/docker/docker-of-units.ts';
import { dockunitField, optionArguments, type Unit, type UnitSet } from '../units/unit-set.ts';
import type { Context } from '../run/context.ts';

/** Milliseconds for each image: `check` has other findings to print. */
const answerTimeout = 5_000;

/** A warning for each service; none where Docker does not answer, or images are on another machine. */
export async function findMissingShells(
  set: UnitSet,
  runner: UnitsRunner,
  { environment }: Context,
): Promise<readonly Diagnostic[]> {
  const address = dockerOfUnits(runner, environment);
  if (address === undefined || !('socketPath' in address) || machine().name !== undefined) return [];
  const subjects = set.units.flatMap((unit) => {
    const image = dockunitField(unit, 'Pin') ?? dockunitField(unit, 'Image');
    const service = dockunitField(unit, 'Service');
    return image !== undefined && service !== undefined && hasHealthCommand(unit) ? [{ image, service }] : [];
  });
  try {
    const shells = new Map<string, boolean | undefined>();
    for (const image of new Set(subjects.map((one) => one.image))) {
      shells.set(image, await hasShell(address, image, answerTimeout));
    }
    return subjects.filter(({ image }) => shells.get(image) === false).map(missingShell);
  } catch (error) {
    if (error instanceof DockerApiError) return [];
    throw error;
  }
}

const hasHealthCommand = (unit: Unit): boolean =>
  unit.kind === 'container' && optionArguments(unit, '--health-cmd').length > 0;

function missingShell({ image, service }: { readonly image: string; readonly service: string }): Diagnostic {
  return {
    severity: 'warning',
    code: 'health-without-shell',
    path: `services.${service}.healthcheck.test`,
    message: `The health check of ${service} never passes: Docker runs it in a shell, and ${image} has none`,
    remedy:
      'Write the check into the image (HEALTHCHECK CMD […] in its Dockerfile) and drop `test:`, or take an image with a shell',
  };
}
