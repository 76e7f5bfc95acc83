/** What a unit says about where it comes from: to its reader, to systemd and to dockunit. */
import type { Position } from '../model/diagnostic.ts';
import { userOption } from '../model/user-option.ts';
import type { Project } from '../compose/project.ts';
import { withoutControls } from '../text/controls.ts';
import { word } from './directives.ts';
import type { Directive, Target, Unit } from './unit-set.ts';

/**
 * The unit with a comment that names the file and line it comes from and how to change it; with the file in
 * Documentation=, systemd.unit(5), unless the user has set that; and with Source= for dockunit. There is no SourcePath=:
 * systemd would ask for a reload after each change of the Compose file, and always where it is on another host.
 * @param path of the model, such as `services.web`
 */
export function withOrigin(unit: Unit, project: Project, path: string, target: Target): Unit {
  const position = project.where(path);
  const file = sourceFile(project, path);
  if (file === undefined) return unit;
  return {
    ...unit,
    comment: commentOf(file, position, target),
    sections: unit.sections.map((section) => {
      if (section.name === 'X-Dockunit')
        return { ...section, directives: [...section.directives, sourceField(file)] };
      if (section.name !== 'Unit' || section.directives.some(({ key }) => key === 'Documentation'))
        return section;
      return { ...section, directives: [...section.directives, documentation(file)] };
    }),
  };
}

/** The file that defines a path of the model, such as `networks.front`. */
export function sourceFile(project: Project, path: string): string | undefined {
  return project.where(path)?.file ?? project.files[0];
}

function commentOf(file: string, position: Position | undefined, { scope }: Target): string {
  const line = position === undefined ? '' : `, line ${String(position.line)}`;
  return `From ${withoutControls(file)}${line}. Change it there, then run: dockunit apply${userOption(scope)}`;
}

const sourceField = (file: string): Directive => ({ key: 'Source', value: { kind: 'data', text: file } });

/** URIs, uri(7); `systemctl status` shows them as Docs. */
function documentation(file: string): Directive {
  const uris = [...(file.startsWith('/') ? [fileUri(file)] : []), 'man:dockunit(1)'];
  return word('Documentation', uris.join(' ').replaceAll('%', '%%'));
}

/** systemd splits the list at blanks, and takes quotes and backslashes for its own. */
function fileUri(path: string): string {
  return `file:${encodeURI(path.toWellFormed()).replace(/['"]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)}`;
}
