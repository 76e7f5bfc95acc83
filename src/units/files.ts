/**
 * configs and secrets of a service, as its container reads them. A file on the host is mounted read-only; inline
 * content is copied into the container between its creation and its start, from an archive of mode 0600 beside the
 * unit. Content is never an argument.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { FileObject, FileReference, Mount, Project, Service } from '../compose/project.ts';
import { writeArchive } from './archive.ts';
import { besideUnit } from './environment.ts';
import { runCommand, runScript } from './scripts.ts';
import type { AttachedFile, Command, Target } from './unit-set.ts';

const sections = ['configs', 'secrets'] as const;
type FileSection = (typeof sections)[number];

/** As docker compose creates them (secrets.go): readable by all, owned by root. */
const defaultMode = 0o444;

interface ReferencedFile {
  readonly section: FileSection;
  readonly reference: FileReference;
  readonly from: FileObject['from'];
  /** The path of the reference in the specification. */
  readonly path: string;
}

/** The mounts of a section's files that are on the host; a volume with the same target wins. */
export function fileMounts(project: Project, service: Service, section: FileSection): readonly Mount[] {
  const targets = new Set(service.volumes.map(({ target }) => target));
  return filesOf(project, service).flatMap((file): Mount[] =>
    file.section === section && file.from.kind === 'file' && !targets.has(file.reference.target)
      ? [
          {
            type: 'bind',
            source: file.from.path,
            target: file.reference.target,
            readOnly: true,
            createHostPath: false,
          },
        ]
      : [],
  );
}

export interface FilePlan {
  readonly files: readonly AttachedFile[];
  /** Commands that run between the container's creation and its start. */
  readonly commands: readonly Command[];
}

/** The archive of a service's contents, and the command that copies it into `container`. */
export function planFiles(
  project: Project,
  service: Service,
  { unit, container, target }: { readonly unit: string; readonly container: string; readonly target: Target },
): FilePlan {
  const copies = filesOf(project, service).flatMap(({ reference, from }) =>
    from.kind === 'content' ? [{ reference, content: from.content }] : [],
  );
  if (copies.length === 0) return { files: [], commands: [] };
  const entries = copies.map(({ reference: { target: path, mode, uid, gid }, content }) => ({
    path: path.slice(1),
    content,
    mode: mode ?? defaultMode,
    uid: uid ?? 0,
    gid: gid ?? 0,
  }));
  const name = `${unit.replace(/\.service$/, '')}.files.tar`;
  const outline = entries.map(
    ({ path, mode, uid, gid }) => `/${path}, mode ${mode.toString(8)}, owner ${String(uid)}:${String(gid)}`,
  );
  return {
    files: [{ name, mode: 0o600, unit, outline, content: writeArchive(entries) }],
    commands: [runCommand(runScript(project, target), 'copy-files', [container, besideUnit(target, name)])],
  };
}

/** Problems that docker compose refuses or ignores too, reported before anything runs. */
export function checkFiles(project: Project, service: Service): Diagnostic[] {
  return filesOf(project, service).flatMap((file) => {
    const finding = findingOf(service, file);
    if (finding === undefined) return [];
    const position = project.where(file.path);
    return [{ ...finding, path: file.path, ...(position && { position }) }];
  });
}

/** NAME_MAX, limits.h(0P), of the file systems that containers have; in bytes. */
const longestName = 255;

type FileFinding = Pick<Diagnostic, 'severity' | 'code' | 'message' | 'remedy'>;

function findingOf(service: Service, { section, reference, from }: ReferencedFile): FileFinding | undefined {
  const { source, target, uid, gid, mode } = reference;
  const word = section.slice(0, -1);
  switch (from.kind) {
    case 'external':
      return {
        severity: 'error',
        code: 'file-external',
        message: `the ${word} ${source} is external: it lies in a swarm, where this host cannot read it`,
        remedy: 'Name a `file:`, an `environment:` variable or a `content:`',
      };
    case 'unset-variable':
      return {
        severity: 'error',
        code: 'file-variable-unset',
        message: `the ${word} ${source} is the value of ${from.variable}, which is not set`,
        remedy: `Set ${from.variable} in .env or the environment`,
      };
    case 'file':
      if (uid === undefined && gid === undefined && mode === undefined) return undefined;
      return {
        severity: 'warning',
        code: 'file-owner-ignored',
        message: `uid, gid and mode have no effect on the ${word} ${source}: it is a file of the host, mounted as it is`,
        remedy: `Give ${from.path} the owner and mode, and remove the keys`,
      };
    case 'content':
      if (service.readOnly === true) {
        return {
          severity: 'error',
          code: 'file-read-only-root',
          message: `the ${word} ${source} cannot be copied into a container whose root is read-only`,
          remedy: 'Put it into a file of the host and name that as `file:`, or remove `read_only`',
        };
      }
      if (target.split('/').some((name) => Buffer.byteLength(name) > longestName) || /\0/.test(target)) {
        return {
          severity: 'error',
          code: 'file-target-unfit',
          message: `the target of the ${word} ${source} has a name of more than ${String(longestName)} bytes, or holds a NUL`,
          remedy: 'Choose shorter names',
        };
      }
      return undefined;
  }
}

function filesOf(project: Project, service: Service): readonly ReferencedFile[] {
  return sections.flatMap((section) =>
    service[section].flatMap((reference, index): ReferencedFile[] => {
      const object = project[section].get(reference.source);
      const path = `services.${service.name}.${section}[${String(index)}]`;
      return object === undefined ? [] : [{ section, reference, from: object.from, path }];
    }),
  );
}
