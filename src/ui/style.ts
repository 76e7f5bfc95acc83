/** Colour by meaning. The only module that uses chalk, and it loads chalk only when there is colour to show. */

/** The meaning of a piece of text; only this module decides its look. */
export const styleNames = [
  'error',
  'warning',
  'note',
  'heading',
  'unit',
  'path',
  'command',
  'dim',
  'ok',
  'busy',
  'bad',
] as const;
export type StyleName = (typeof styleNames)[number];
export type Style = Readonly<Record<StyleName, (text: string) => string>>;

const asIs = (text: string): string => text;

/** Leaves every text unchanged. */
export const plainStyle: Style = {
  error: asIs,
  warning: asIs,
  note: asIs,
  heading: asIs,
  unit: asIs,
  path: asIs,
  command: asIs,
  dim: asIs,
  ok: asIs,
  busy: asIs,
  bad: asIs,
};

/** The facts that decide about colour; the variables as they are in the environment. */
export interface ColourFacts {
  readonly isTTY: boolean;
  readonly env: Readonly<Partial<Record<'NO_COLOR' | 'FORCE_COLOR' | 'TERM', string | undefined>>>;
}

/**
 * NO_COLOR (no-color.org: set and not empty) beats FORCE_COLOR (set, and neither 0 nor false) beats
 * the terminal.
 * @internal exported for tests: the test has a table of environments
 */
export function wantsColour({ isTTY, env }: ColourFacts): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR);
  return isTTY && env.TERM !== 'dumb';
}

/** The style for an output stream; sixteen colours, which every terminal has and every theme adapts. */
export async function createStyle(facts: ColourFacts): Promise<Style> {
  if (!wantsColour(facts)) return plainStyle;
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return {
    error: chalk.red.bold,
    warning: chalk.yellow.bold,
    note: chalk.cyan.bold,
    heading: chalk.bold,
    unit: chalk.bold,
    path: chalk.cyan,
    command: chalk.cyan,
    dim: chalk.dim,
    ok: chalk.green,
    busy: chalk.yellow,
    bad: chalk.red,
  };
}
