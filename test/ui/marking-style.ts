/** A style that can be read in a test: `<error:text>`. */
import { styleNames } from '../../src/ui/style.ts';
import type { Style } from '../../src/ui/style.ts';

export const markingStyle = Object.fromEntries(
  styleNames.map((name) => [name, (text: string) => `<${name}:${text}>`]),
) as unknown as Style;
