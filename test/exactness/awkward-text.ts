import fc from 'fast-check';

/** Pieces that someone's quoting gets wrong: systemd's, the shell's, YAML's, docker's or ours. */
const pieces = [
  ...[
    '"',
    "'",
    '\\',
    '`',
    ' ',
    '  ',
    '\t',
    '\n',
    '\r',
    '\r\n',
    ';',
    '#',
    '&',
    '|',
    '<',
    '>',
    '(',
    ')',
    '*',
    '?',
  ],
  ...[
    '%',
    '%%',
    '%n',
    '%Y',
    '%i',
    '$',
    '$$',
    '$HOME',
    '${HOME}',
    '${',
    '{{',
    '}}',
    '{{.Name}}',
    '!',
    '~',
    '=',
  ],
  ...[
    '-',
    '--',
    '--name',
    '-x',
    ':',
    ',',
    '/',
    '.',
    '[',
    ']',
    '@',
    '\\n',
    '\\x41',
    '\\\n',
    '\x01',
    '\x1b',
    '\x7f',
  ],
  ...[
    'é',
    'ß',
    '漢字',
    '🎈',
    '\u00a0',
    '\u0085',
    '\u2028',
    '\ufeff',
    'a',
    'B',
    '0',
    'word',
    'EOF',
    'null',
    'true',
  ],
];

/** Any text that a container can be given, most of it hard to quote; often empty. */
export function awkwardText(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant('') },
    {
      weight: 6,
      arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join('')),
    },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).filter(isPlainUnicode) },
  );
}

/** Without NUL, lone surrogates and noncharacters, each of which the compiler refuses. */
function isPlainUnicode(text: string): boolean {
  return text.isWellFormed() && !/\0|\p{NChar}/u.test(text);
}
