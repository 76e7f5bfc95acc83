/** The top-level keys of a file: of the project's own, and of an included one. */
import type { Field } from './field.ts';
import { entriesOf, isEmpty, refuseUnknown } from './field.ts';
import type { TopLevelKey } from './keys.ts';
import { topLevelKeys } from './keys.ts';

export interface TopLevel {
  readonly fields: Partial<Record<TopLevelKey, Field>>;
  readonly systemd?: Field;
}

/** Reports unknown keys. Models that a service names are reported there. */
export function topLevelOf(root: Field): TopLevel {
  const fields: Partial<Record<TopLevelKey, Field>> = {};
  let systemd: Field | undefined;
  for (const entry of entriesOf(root)) {
    if (isTopLevelKey(entry.key)) {
      if (!isEmpty(entry)) fields[entry.key] = entry;
    } else if (entry.key === 'x-systemd') systemd = entry;
    else if (!entry.key.startsWith('x-')) refuseUnknownAtTop(entry);
  }
  if (fields.version) noteVersion(fields.version);
  return systemd ? { fields, systemd } : { fields };
}

/** Files older than Compose 1.6 have their services at the top. */
function refuseUnknownAtTop(entry: Field): void {
  const { node } = entry;
  const isService = node.kind === 'map' && (node.entries.has('image') || node.entries.has('build'));
  if (isService) refuseUnknown(entry, [], 'Put the service under `services:`');
  else refuseUnknown(entry, topLevelKeys);
}

function noteVersion({ findings, keyMark }: Field): void {
  const message = '`version` has no meaning any more: every file is read by today’s specification';
  findings.add('note', keyMark, 'version', 'obsolete-key', message, 'Remove the line');
}

function isTopLevelKey(key: string): key is TopLevelKey {
  return (topLevelKeys as readonly string[]).includes(key);
}
