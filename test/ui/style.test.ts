import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { createStyle, plainStyle, styleNames, wantsColour } from '../../src/ui/style.ts';
import type { ColourFacts } from '../../src/ui/style.ts';

describe('colour', () => {
  it.each<[boolean, ColourFacts['env'], boolean]>([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { FORCE_COLOR: 'false' }, false],
    [false, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
  ])('on a terminal: %s, with %j: %s', (isTTY, env, expected) => {
    expect(wantsColour({ isTTY, env })).toBe(expected);
  });

  it('changes no text where it is off', async () => {
    expect(await createStyle({ isTTY: false, env: {} })).toBe(plainStyle);
    for (const name of styleNames) expect(plainStyle[name]('text')).toBe('text');
  });

  it('wraps every kind of text in an escape sequence and its end where it is on', async () => {
    const style = await createStyle({ isTTY: true, env: {} });
    // eslint-disable-next-line no-control-regex -- escape sequences are what this is about
    for (const name of styleNames) expect(style[name]('text')).toMatch(/^(\x1b\[\d+m)+text(\x1b\[\d+m)+$/);
  });

  it('costs nothing where it is off: chalk is not even loaded', async () => {
    const bundle = await build({
      stdin: {
        contents: `import { createStyle } from './src/ui/style.ts';
          const style = await createStyle({ isTTY: process.argv[1] === 'tty', env: {} });
          console.log(style.error('x'));`,
        resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
      },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      alias: { chalk: 'data:text/javascript,throw new Error("chalk was loaded")' },
      external: ['data:*'],
    });
    const run = (argument: string): string =>
      execFileSync(
        process.execPath,
        ['--input-type=module', '-e', bundle.outputFiles[0]?.text ?? '', argument],
        {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
    expect(run('pipe')).toBe('x\n');
    expect(() => run('tty')).toThrow('chalk was loaded');
  });
});
