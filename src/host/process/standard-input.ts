/** Standard input, for verbs that take text there. */
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

const standardInput = 0;

/** All of it; undefined where a person sits there and would be waited for. */
export function readStandardInput(): string | undefined {
  return isatty(standardInput) ? undefined : readFileSync(standardInput, 'utf8');
}
