/** How a command line that we propose leads to where the verb has been: to the manager, and to the machine. */
import { machine } from '../host/machine/machine.ts';
import type { Scope } from '../model/ports.ts';
import { userOption } from './context.ts';

/** Options of a dockunit command line, each with a space before it. */
export function commandHint(scope: Scope): string {
  const { name } = machine();
  return `${userOption(scope)}${name === undefined ? '' : ` --host ${name}`}`;
}

/** What stands before any other command line. */
export function typedThere(): string {
  const { name } = machine();
  return name === undefined ? '' : `ssh ${name} `;
}
