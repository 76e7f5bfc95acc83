/**
 * The slice of a project (systemd.slice(5)): it contains the project's containers and their units, so that systemd's
 * limits and accounting there apply to the containers' processes, whose parent is Docker.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Project, Service } from '../compose/project.ts';
import { dockunitSection, text } from './directives.ts';
import { checkExtension, layExtension } from './extension.ts';
import { sliceUnit } from './names.ts';
import type { Target, Unit } from './unit-set.ts';

/**
 * The slice; undefined for a user's manager, since Docker and all of its containers belong to the system's. Its
 * diagnostics are those of `x-systemd.Slice`.
 */
export function compileSlice(
  project: Project,
  target: Target,
): { readonly unit?: Unit; readonly diagnostics: readonly Diagnostic[] } {
  if (target.scope === 'user') return { diagnostics: project.systemd.Slice.map(withoutSlice(project)) };
  const { Slice } = project.systemd;
  const plain = [
    { name: 'Unit', directives: [text('Description', `${project.name}: all containers`)] },
    { name: 'Slice', directives: [] },
  ];
  const sections = layExtension(plain, { Unit: [], Slice });
  const identity = dockunitSection({ Project: project.name, Kind: 'slice' });
  return {
    unit: { name: sliceUnit(project), kind: 'slice', sections: [...sections, identity] },
    diagnostics: checkExtension(project, { Slice }, target),
  };
}

const withoutSlice =
  (project: Project) =>
  ({ key, path }: { readonly key: string; readonly path: string }): Diagnostic => {
    const position = project.where(path);
    return {
      severity: 'warning',
      code: 'slice-of-user',
      path,
      ...(position && { position }),
      message: `${key}= has no effect with --user: the containers are not in a slice of the user’s`,
      remedy: 'Limit the services by the keys of the specification, such as `mem_limit`',
    };
  };

/**
 * The slice of a service's unit and container: the user's `Slice=`, else the project's. Undefined where Docker decides:
 * for a user's manager, and for a value that only systemd knows.
 */
export function sliceOf(project: Project, service: Service, target: Target): string | undefined {
  if (target.scope === 'user') return undefined;
  const slices = [...project.systemd.Service, ...service.systemd.Service].filter(
    ({ key }) => key === 'Slice',
  );
  const name = slices.at(-1)?.value ?? sliceUnit(project);
  return /^[^%/-][^%/]*\.slice$/.test(name) ? name : undefined;
}

/** The path of a slice below the root of a hierarchy: `a-b.slice` is within `a.slice` (systemd.slice(5)). */
export function slicePath(slice: string): string {
  const parts = slice.replace(/\.slice$/, '').split('-');
  return parts.map((_part, index) => `/${parts.slice(0, index + 1).join('-')}.slice`).join('');
}
