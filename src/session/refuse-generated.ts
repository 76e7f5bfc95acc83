/**
 * Projects that the generator makes from files in /etc/dockunit: their units follow the file, and no verb
 * changes them.
 */
import { dirname } from 'node:path';
import { generatorPaths } from '../generator/paths.ts';
import { HostError } from '../model/ports.ts';
import type { Scope } from '../model/ports.ts';
import { findUnitFiles, readUnitFile, unitSearchPath } from '../host/units/unit-directories.ts';
import { parseUnit } from '../units/unit-file.ts';
import { dockunitField } from '../units/unit-set.ts';
import type { Context } from '../run/context.ts';

/** The remedy in place of a verb, by the project and its Compose file. */
const instead = {
  enable: (project) => `It starts at every boot as it is; to start it now: dockunit start -p ${project}`,
  disable: (project, source) =>
    `Stop it and put its file aside: dockunit stop -p ${project} && mv ${source} ${source}.off && dockunit reload`,
  remove: (project, source) =>
    `Stop it and take its file away: dockunit stop -p ${project} && rm ${source} && dockunit reload`,
  change: (project, source) =>
    `Edit ${source}, then: dockunit reload && dockunit restart -p ${project}; or take that file away first`,
} as const satisfies Record<string, (project: string, source: string) => string>;

/**
 * @param use the action of the verb: enable, disable or remove the project, or change its units
 * @throws HostError where the units of the project that are in force are generated
 */
export function refuseGenerated(
  use: keyof typeof instead,
  project: string,
  scope: Scope,
  { environment }: Pick<Context, 'environment'>,
): void {
  if (scope === 'user') return;
  const name = `${project}.target`;
  const [path] = findUnitFiles(name, unitSearchPath(scope, environment));
  if (path === undefined || dirname(path) !== generatorPaths('', []).normal) return;
  const unit = parseUnit(name, readUnitFile(path) ?? '');
  const source = unit && dockunitField(unit, 'Source');
  if (source === undefined) return;
  throw new HostError(
    `${project} comes from ${source}, of which the generator makes units at every boot and reload`,
    instead[use](project, source),
  );
}
