/** The last filter before a terminal, for text from files, containers, registries or journals. */
import { withoutControls } from '../text/width.ts';

/** The text that a terminal gets unchanged: ends of lines, tabs, and colours (SGR, ECMA-48, 8.3.117). */
// eslint-disable-next-line no-control-regex -- it is control characters that are looked for
const plainParts = /(\n|\t|\x1b\[[0-9;]*m)/;

/** SGR 8 hides text. Colours with three or five parameters are left out first: they may hold any number. */
const hides = (sequence: string): boolean =>
  /[[;]0*8(?=[;m])/.test(sequence.replace(/(?<=[[;])[34]8;(?:5;\d+|2;\d+;\d+;\d+)(?=[;m])/g, '0'));

/** The text without anything that moves the cursor, hides or reorders text, or sends commands to the terminal. */
export function terminalText(text: string): string {
  return text
    .split(plainParts)
    .map((part, index) => (index % 2 === 1 && !hides(part) ? part : withoutControls(part)))
    .join('');
}
