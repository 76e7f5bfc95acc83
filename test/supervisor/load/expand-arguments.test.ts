import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExecCommand } from '../../../src/supervisor/engine/unit-config.ts';
import { parseCommandLine } from '../../../src/supervisor/load/command.ts';
import { expandArguments } from '../../../src/supervisor/load/expand-arguments.ts';
import { quoteCommand } from '../../../src/units/quoting.ts';
import { awkwardText } from '../../exactness/awkward-text.ts';

const environment = new Map([
  ['ONE', 'one'],
  ['TWO', "two 'too many' words"],
  ['EMPTY', ''],
  ['BLANK', '  '],
]);
const command = (argv: readonly string[], more: Partial<ExecCommand> = {}): ExecCommand => ({
  ...{ ignoreFailure: false, literalDollar: false, privileged: false, argv: ['/bin/true', ...argv] },
  ...more,
});
const expand = (...argv: string[]): readonly string[] =>
  expandArguments(command(argv), environment).argv.slice(1);

describe('expandArguments', () => {
  it.each([
    { argv: ['$ONE'], words: ['one'] },
    { argv: ['$TWO'], words: ['two', 'too many', 'words'] },
    { argv: ['${TWO}'], words: ["two 'too many' words"] },
    { argv: ['a${ONE}b${ONE}'], words: ['aonebone'] },
    { argv: ['a$ONE', '$ONEb'], words: ['a$ONE'] },
    { argv: ['$EMPTY', '$BLANK', '$UNSET', 'x'], words: ['x'] },
    { argv: ['${EMPTY}', '${UNSET}'], words: ['', ''] },
    { argv: ['$$ONE', 'a$$', '$${ONE}', '$$$$'], words: ['$ONE', 'a$', '${ONE}', '$$'] },
    { argv: ['${ONE', 'a$', '${ONE$$'], words: ['${ONE', 'a$', '${ONE$$'] },
    { argv: ['${$$:$$'], words: ['${$$:$'] },
    { argv: ['${ONE:-x}${ONE}', '${ONE:${ONE}'], words: ['${ONE:-x}one', '${ONE:one'] },
  ])('expands $argv to $words', ({ argv, words }) => {
    expect(expand(...argv)).toEqual(words);
  });

  it('leaves every $ unchanged after the prefix :', () => {
    expect(expandArguments(command(['$ONE', '$$'], { literalDollar: true }), environment).argv).toEqual([
      '/bin/true',
      '$ONE',
      '$$',
    ]);
  });

  it('sets argv[0] by the prefix @', () => {
    expect(expandArguments(command(['x'], { argv0: 'name' }), environment)).toEqual({
      path: '/bin/true',
      argv: ['name', 'x'],
    });
  });

  it('keeps any arguments that the compiler wrote, whatever the environment', () => {
    fc.assert(
      fc.property(
        fc.array(awkwardText()),
        fc.dictionary(fc.constantFrom('HOME', 'A', ''), fc.string()),
        (words, variables) => {
          const line = quoteCommand({ ignoreFailure: false, argv: ['docker', ...words] });
          const parsed = parseCommandLine(line.replaceAll(/ \\\n {2}/g, ' '), new Map());
          expect(parsed.commands).toHaveLength(1);
          const expanded = parsed.commands.map((each) =>
            expandArguments(each, new Map(Object.entries(variables))),
          );
          expect(expanded).toEqual([{ path: 'docker', argv: ['docker', ...words] }]);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('replaces ${NAME} by exactly its value, in one word', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const only = new Map([['A', value]]);
        expect(expandArguments(command(['${A}', 'x${A}y']), only).argv.slice(1)).toEqual([
          value,
          `x${value}y`,
        ]);
      }),
    );
  });
});
