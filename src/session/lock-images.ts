/** `--locked`: the compiled units with the images that dockunit.lock names, beside the Compose file. */
import { dirname, join } from 'node:path';
import { type ImageLock, type LockGap, applyLock, lockName, readLock } from '../images/image-lock.ts';
import { pinImages } from '../images/pin-images.ts';
import { type Diagnostic, type Outcome, messageOf } from '../model/diagnostic.ts';
import type { ComposeSource } from '../host/units/compose-files.ts';
import { readLockFile } from '../host/revisions/image-lock-file.ts';
import { HostError } from '../model/ports.ts';
import type { Project } from '../compose/project.ts';
import type { UnitSet } from '../units/unit-set.ts';

/** The set with its images pinned, or an error for each service that the lock does not cover. */
export function lockImages(project: Project, set: UnitSet, source: ComposeSource): Outcome<UnitSet> {
  const path = join(dirname(source.files[0]?.path ?? join(source.directory, 'x')), lockName);
  const lock = openLock(path);
  if (lock.value === undefined) return { diagnostics: lock.diagnostics };
  const { pins, gaps } = applyLock(set, lock.value);
  if (gaps.length > 0) return { diagnostics: gaps.map((gap) => gapDiagnostic(project, gap)) };
  return { value: pinImages(set, pins), diagnostics: [] };
}

function openLock(path: string): Outcome<ImageLock> {
  const wrong = (message: string, remedy: string): Outcome<ImageLock> => ({
    diagnostics: [{ severity: 'error', code: 'lock-unusable', message, remedy }],
  });
  try {
    const text = readLockFile(path);
    if (text === undefined) {
      return wrong(
        `There is no ${path}`,
        'Have one written by dockunit update where the services run, and keep it beside the Compose file',
      );
    }
    return { value: readLock(text), diagnostics: [] };
  } catch (error) {
    if (error instanceof HostError) return wrong(error.message, error.remedy);
    return wrong(
      `${path} cannot be used: ${messageOf(error)}`,
      'Write it again with dockunit update, or restore the one that belongs to the Compose file',
    );
  }
}

function gapDiagnostic(project: Project, gap: LockGap): Diagnostic {
  const path = `services.${gap.service}.image`;
  const position = project.where(path) ?? project.where(`services.${gap.service}`);
  const place = { severity: 'error', path, ...(position && { position }) } as const;
  const update = `dockunit update ${gap.service}`;
  return gap.kind === 'lacking'
    ? {
        ...place,
        code: 'lock-lacking',
        message: `${lockName} has no image for ${gap.service}`,
        remedy: `Apply without --locked, then run ${update}, which adds it`,
      }
    : {
        ...place,
        code: 'lock-stale',
        message: `${lockName} is of ${gap.locked}, and the file says ${gap.image}`,
        remedy: `Apply without --locked, then run ${update}, which locks ${gap.image}; or put ${gap.locked} back`,
      };
}
