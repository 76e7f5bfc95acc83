/** Reads the state of the generator of /etc/dockunit on this host. */
import { existsSync } from 'node:fs';
import { messageOf } from '../model/diagnostic.ts';
import { commandOf, isOurFront } from '../generator/front.ts';
import { parseReport } from '../generator/generated-set.ts';
import { generatorPaths } from '../generator/paths.ts';
import { listing, readReport } from '../host/units/kept-units.ts';
import { machine } from '../host/machine/machine.ts';
import type { Scope } from '../model/ports.ts';
import { readUnitFile } from '../host/units/unit-directories.ts';
import type { GeneratorFacts } from './facts.ts';

export function gatherGenerator(scope: Scope): GeneratorFacts {
  // The generator needs dockunit on the host where it runs, and --host does not.
  if (scope === 'user' || machine().name !== undefined)
    return { sources: [], isInstalled: false, missingPrograms: [], report: [] };
  const paths = generatorPaths('', []);
  const front = readUnitFile(paths.front) ?? '';
  return {
    sources: [`${paths.sources}/*.yaml`, `${paths.sources}/*.yml`].flatMap((one) => listing(one).paths),
    isInstalled: isOurFront(front),
    missingPrograms: commandOf(front).filter((word) => word.startsWith('/') && !existsSync(word)),
    report: reportOf(paths),
  };
}

function reportOf(paths: ReturnType<typeof generatorPaths>): GeneratorFacts['report'] {
  try {
    return readReport(paths).flatMap((line) => parseReport(line) ?? []);
  } catch (error) {
    return { unknown: messageOf(error) };
  }
}
