import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shellWords } from '../../src/text/shell-word.ts';

/** What a shell makes of the text, as ssh hands it to the login shell. */
function wordsOf(shell: string, text: string): readonly string[] {
  const script = `for word in "$@"; do printf '%s\\0' "$word"; done`;
  const { stdout, status, stderr } = spawnSync(shell, ['-c', `sh -c ${shellWords([script])} sh ${text}`], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.split('\0').slice(0, -1);
}

/** Lone surrogates are no text; NUL ends an argument. */
const word = fc
  .string({ unit: 'binary', maxLength: 30 })
  .filter((text) => !/\0/.test(text) && text.isWellFormed());
const nasty = fc.constantFrom(
  ...[
    "'",
    "'\\''",
    '$(id)',
    '`id`',
    '\\',
    '\n',
    ' ',
    '',
    '*',
    '~',
    '-n',
    '#',
    '!',
    ';',
    '&&',
    '"',
    '=',
    'a=b',
    '{a,b}',
    '\t',
  ],
);

describe.each(['sh', 'bash', 'zsh'])('words as %s reads them', (shell) => {
  test('are exactly these words', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(word, nasty), { minLength: 1, maxLength: 6 }), (words) => {
        expect(wordsOf(shell, shellWords(words))).toEqual(words);
      }),
      { numRuns: 60 },
    );
  });
});

test('plain words stay plain, so that a process list can be read', () => {
  expect(shellWords(['docker', 'inspect', '--', 'shop-web', 'a b'])).toBe("docker inspect -- shop-web 'a b'");
});
