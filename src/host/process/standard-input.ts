/** Standard input, for verbs that read text from it. */
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

const standardInput = 0;

/** All of it; undefined where it is a terminal and would wait for a person. */
export function readStandardInput(): string | undefined {
  return isatty(standardInput) ? undefined : readFileSync(standardInput, 'utf8');
}
