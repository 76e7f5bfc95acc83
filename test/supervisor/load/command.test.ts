/** Against systemd itself: test/e2e/load-units.test.ts. */
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../src/supervisor/load/command.ts';

const none = new Map<string, string>();
const argvs = (line: string): readonly (readonly string[])[] =>
  parseCommandLine(line, none).commands.map(({ argv }) => argv);

describe('parseCommandLine', () => {
  it.each([
    ['/bin/echo a"b c"d', [['/bin/echo', 'ab cd']]],
    [
      '/bin/a x ; /bin/b y',
      [
        ['/bin/a', 'x'],
        ['/bin/b', 'y'],
      ],
    ],
    ['/bin/a ; ; b ;', [['/bin/a'], ['b']]],
    ['/bin/a \\; ";" a;b', [['/bin/a', ';', ';', 'a;b']]],
    ['/bin/a \\q \\x41\\101', [['/bin/a', '\\q', 'AA']]],
  ])('reads %s', (line, expected) => {
    expect(argvs(line)).toEqual(expected);
  });

  it.each([
    ['-/bin/a', { ignoreFailure: true }],
    ['-:@/bin/a name', { ignoreFailure: true, literalDollar: true, argv0: 'name' }],
    ['+/bin/a', { privileged: true }],
    ['!/bin/a', { privileged: true }],
    ['!!/bin/a', { privileged: false }],
  ])('removes the prefixes of %s', (line, expected) => {
    expect(parseCommandLine(line, none).commands).toMatchObject([{ argv: ['/bin/a'], ...expected }]);
  });

  it('drops a command without a readable word, and the unit stays, as in systemd', () => {
    expect(parseCommandLine('/bin/a x ; "/bin/b', none)).toMatchObject({
      commands: [{ argv: ['/bin/a', 'x'] }],
      isIgnored: true,
    });
    expect(parseCommandLine('/bin/a "x', none).isIgnored).toBe(false);
  });

  it.each(['--/bin/a', '+!/bin/a', '/bin/a/', 'bin/a', '@/bin/a', '/bin/a "x', '/bin/a %z', '-'])(
    'refuses %s',
    (line) => {
      expect(parseCommandLine(line, none).refusal).toBeDefined();
    },
  );
});
