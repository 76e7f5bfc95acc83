/** The options by which a proposed command line reaches the same manager and the same machine as the verb. */
import { machine } from '../host/machine/machine.ts';
import type { Scope } from '../model/ports.ts';
import { userOption } from '../model/user-option.ts';

/** Options of a dockunit command line, each with a space before it. */
export function commandHint(scope: Scope): string {
  const { name } = machine();
  return `${userOption(scope)}${name === undefined ? '' : ` --host ${name}`}`;
}

/** The prefix of any other command line. */
export function typedThere(): string {
  const { name } = machine();
  return name === undefined ? '' : `ssh ${name} `;
}
