import type { Argument, ArgumentPart } from './unit-set.ts';

/** An argument as the program receives it, as far as that is known when compiling. */
export function givenText(argument: Argument): string {
  return typeof argument === 'string' ? argument : argument.map(textOf).join('');
}

function textOf(part: ArgumentPart): string {
  if (typeof part === 'string') return part;
  if (!('variable' in part)) return '';
  return part.as === 'word' ? (part.value ?? '') : part.variable;
}
