/** What random YAML (yaml-text.ts) is made of. */

/** Texts that YAML reads as other than text, or that look like its indicators. */
export const words = [
  ...[
    'a',
    'b c',
    'web',
    'a:b',
    'a#b',
    'http://x:80/y?z=1',
    '-a',
    '--x',
    "it's",
    'say "x"',
    'a\tb',
    'ä€',
    '𝄞',
  ],
  ...['true', 'False', 'yes', 'No', 'on', 'OFF', 'y', 'n', 'null', '~', 'NULL', '<<', '=', '.', '-', '..'],
  ...['1', '-1', '+1', '017', '0o17', '0x1F', '0b11', '1_000', '12:30:45', '1.50', '.5', '1.', '1e3', '1E-7'],
  ...['.inf', '-.INF', '.NaN', '0', '-0', '08', '0x', '1__0', '_1', '1.2.3', '9223372036854775808', '1e400'],
  ...['2001-12-14', '2001-1-2', '2001-12-14t21:59:43.10-05:00', '2001-12-14 21:59:43', '2001-13-01', '1e21'],
  ...[':a', '?a', 'a?', '@a', '%a', '`a', '*a', '&a', '!a', '|', '>', 'a]', 'a}', '[a', '{a', 'a,b', '$$a'],
  ...['a: b', 'a #b', '---', '...', '# a', '- a', '? a', ': a', "'a", '"a', 'a\\b', 'a\u00a0b', 'a\u2003b'],
];
/** What many readers stumble on; most of them none of Compose's. */
export const odd = ['\ufeff', '\u0085', '\u2028', '\u2029', '\u0007', '\u007f', '\ud83d\ude00', '\ufffe'];
/** Of the words those that stand without quotes anywhere. */
export const plainWords = words.filter((word) =>
  /^(?![-?:,[\]{}#&*!|>'"%@`])(?!.*(?:: | #|:$))[^,[\]{}?]*$/.test(word),
);
export const keys = [
  'a',
  'b',
  'c',
  'd e',
  'f.g',
  'h-i',
  'yes',
  'x',
  'on',
  'k#',
  'ä',
  "it's",
  'a:b',
  '-k',
  'y',
];
export const badKeys = ['', '1', 'true', '~', '2001-01-01', '[a]', '1.5', '?k', ':k', '{}', '*a', '"a\nb"'];
export const escapes =
  '\\n \\t \\" \\\\ \\x41 \\u00e9 \\U0001F600 \\a \\e \\N \\_ \\L \\P \\r \\v \\f \\b \\\t'.split(' ');
export const oddEscapes = [
  "\\'",
  '\\/',
  '\\d',
  '\\0',
  '\\ud83d\\ude00',
  '\\ud800',
  '\\x4',
  '\\ ',
  '\\U00110000',
];
export const tags = ['!!str', '!', '!<tag:yaml.org,2002:str>', '!mine', '!!int'];
export const directives = [
  '%YAML 1.1',
  '%YAML 1.1 # c',
  '%YAML\t1.1',
  '%TAG !e! tag:yaml.org,2002:',
  '%YAML 1.2',
  '%FOO bar',
];
export const ends = [
  '\n',
  '...\n',
  '---\n',
  '... # c\n',
  '...\n---\n',
  '# end',
  '  # end\n',
  ' ',
  '\t\n',
  '...',
];
export const insertions = [
  ...'\t\t   ::--##,,[]{}\'"\n\n&*!|>?%\\@.=<',
  '\n\n',
  '\r',
  ': ',
  ' #',
  '- ',
  '---\n',
  ...odd,
];
/** Mostly those that people's editors write. */
export const lineBreaks = [
  ...Array<string>(12).fill('\n'),
  '\r\n',
  '\r\n',
  '\r\n',
  '\r',
  '\u0085',
  '\u2028',
  '\u2029',
];
