/** `x-systemd`: host settings in systemd's own words. Values stay unchanged, never retyped. */
import { cutEnd } from '../text/cut-end.ts';
import type { Field } from './field.ts';
import { entriesOf, isEmpty, itemOrItemsOf, recordOf, refuseValue, scalarOf } from './field.ts';
import type { Project, SystemdExtension, UserDirective } from './project.ts';

const sections = ['Unit', 'Service', 'Install'] as const;

export const noSystemd: SystemdExtension = { Unit: [], Service: [], Install: [] };

/** Sections of directives; each a value, or a list of values for a directive written several times. */
export function systemdOf(field: Field): SystemdExtension {
  return read(recordOf(field, sections));
}

/** The same at the top of the file, where the project's slice has a section, too. */
export function topSystemdOf(field: Field | undefined): Project['systemd'] {
  if (field === undefined) return { ...noSystemd, Slice: [] };
  const record = recordOf(field, [...sections, 'Slice'] as const);
  return { ...read(record), Slice: record.Slice ? directivesOf(record.Slice) : [] };
}

function read(record: Partial<Record<(typeof sections)[number], Field>>): SystemdExtension {
  return {
    Unit: record.Unit ? directivesOf(record.Unit) : [],
    Service: record.Service ? directivesOf(record.Service) : [],
    Install: record.Install ? directivesOf(record.Install) : [],
  };
}

function directivesOf(field: Field): readonly UserDirective[] {
  const directives: UserDirective[] = [];
  for (const entry of entriesOf(field)) {
    if (!/^[A-Za-z0-9]+$/.test(entry.key)) {
      refuseValue(
        entry,
        `\`${entry.key}\` is not the name of a directive`,
        'Write it as in systemd.directives(7)',
      );
      continue;
    }
    // In systemd, an empty value resets a list.
    const values = isEmpty(entry) ? [entry] : itemOrItemsOf(entry);
    for (const value of values) {
      const scalar = isEmpty(value) ? { text: '' } : scalarOf(value);
      if (scalar === undefined) continue;
      const text = cutEnd(scalar.text, /\n/);
      if (/[\n\r\0]/.test(text)) {
        const message = `the value of \`${entry.key}\` spans several lines`;
        refuseValue(value, message, 'Write it on one line, or as a list for several directives');
      } else if (/(?<!\\)(?:\\\\)*\\$/.test(text)) {
        // systemd.syntax(7): the next directive would be part of this one.
        const message = `the value of \`${entry.key}\` ends in a backslash, which joins it with the next line`;
        refuseValue(value, message, 'Remove the backslash, or write it twice');
      } else directives.push({ key: entry.key, value: text, path: value.path });
    }
  }
  return directives;
}
