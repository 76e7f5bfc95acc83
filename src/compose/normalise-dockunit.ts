/** `x-dockunit`: settings for which neither Compose nor systemd has a word. */
import type { Field } from './field.ts';
import { recordOf, refuseValue, textOf } from './field.ts';
import type { DockunitExtension } from './project.ts';

export const noDockunit: DockunitExtension = {};

/** The extension of a service; refuses unknown keys and values. */
export function dockunitOf(field: Field): DockunitExtension {
  const record = recordOf(field, ['on_unhealthy']);
  if (record.on_unhealthy === undefined) return noDockunit;
  const word = textOf(record.on_unhealthy);
  if (word === undefined) return noDockunit;
  if (word === 'restart') return { onUnhealthy: word };
  refuseValue(
    record.on_unhealthy,
    `${JSON.stringify(word)} is nothing that can be done`,
    'Write `restart`, or remove the key',
  );
  return noDockunit;
}
