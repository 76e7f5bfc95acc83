/**
 * post_start and pre_stop of a service: commands that run in its container after it has started and before it stops.
 */
import type { Field } from './field.ts';
import { flagOf, itemsOf, recordOf, refuse, textOf } from './field.ts';
import type { NormaliserContext } from './loading.ts';
import { argvOf, environmentOf } from './normalise-process.ts';
import type { Hook } from './project.ts';

const hookKeys = ['command', 'environment', 'privileged', 'user', 'working_dir'] as const;

/** In file order, which is the order they run in. */
export function hooksOf(field: Field, loading: NormaliserContext): readonly Hook[] {
  return itemsOf(field).flatMap((item) => hookOf(item, loading) ?? []);
}

function hookOf(field: Field, loading: NormaliserContext): Hook | undefined {
  const record = recordOf(field, hookKeys);
  if (!record.command) {
    return refuse(field, 'missing-key', 'the hook has no `command`', 'Add `command:` with what is to be run');
  }
  const command = argvOf(record.command);
  const user = record.user && textOf(record.user);
  const workingDir = record.working_dir && textOf(record.working_dir);
  return {
    command: command ?? [],
    ...(user !== undefined && { user }),
    privileged: (record.privileged && flagOf(record.privileged)) ?? false,
    ...(workingDir !== undefined && { workingDir }),
    environment: environmentOf(record.environment, undefined, loading),
  };
}
