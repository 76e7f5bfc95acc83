/** `ulimits` and `logging` of a service. */
import type { Field } from './field.ts';
import { entriesOf, recordOf, refuse, integerOf, textMapOf, textOf } from './field.ts';
import type { Logging, Ulimit } from './project.ts';
import { sortedByKey } from './sorted.ts';

/** A number for both limits, or soft and hard; -1 is unlimited. */
export function ulimitsOf(field: Field): ReadonlyMap<string, Ulimit> {
  const ulimits = new Map<string, Ulimit>();
  for (const entry of entriesOf(field)) {
    const ulimit = entry.node.kind === 'map' ? softAndHard(entry) : both(entry);
    if (ulimit) ulimits.set(entry.key, ulimit);
  }
  return sortedByKey(ulimits);
}

function both(field: Field): Ulimit | undefined {
  const limit = integerOf(field);
  return limit === undefined ? undefined : { soft: limit, hard: limit };
}

function softAndHard(field: Field): Ulimit | undefined {
  const record = recordOf(field, ['hard', 'soft'] as const);
  if (!record.soft || !record.hard) {
    const message = `the limit \`${field.key}\` needs both \`soft\` and \`hard\``;
    return refuse(field, 'missing-key', message, 'Write both, or a single number for the two');
  }
  const soft = integerOf(record.soft);
  const hard = integerOf(record.hard);
  return soft === undefined || hard === undefined ? undefined : { soft, hard };
}

export function loggingOf(field: Field): Logging {
  const record = recordOf(field, ['driver', 'options'] as const);
  const driver = record.driver && textOf(record.driver);
  return {
    ...(driver !== undefined && { driver }),
    options: record.options ? textMapOf(record.options) : new Map(),
  };
}
