/** Random texts of service units: mostly valid, with what people get wrong in between. */
import fc from 'fast-check';

/** Pieces of command lines and lists of words, as they stand in a file. */
const raw = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b=c', '/srv/x', '--opt', 'é', '-1', '🎈', '=', ',') },
  { weight: 5, arbitrary: fc.constantFrom(' ', ' ', '\t', '  ', ' ; ', ' \\; ', ';', '\\;') },
  { weight: 4, arbitrary: fc.constantFrom('"x y"', "'p q'", '"it\'s"', '""', '"a\\"b"', '"; "', "'\\n'") },
  {
    weight: 4,
    arbitrary: fc.constantFrom('\\n', '\\x41', '\\u00e9', '\\101', '\\s', '\\q', '\\\\', '\\t', '\\"'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom('%n', '%N', '%p', '%i', '%j', '%H', '%%', '%-', '%U', '%t', '%Y', '%y'),
  },
  { weight: 3, arbitrary: fc.constantFrom('$A', '${B}', '$$', '${', '$', '$ ', '}') },
  { weight: 1, arbitrary: fc.constantFrom('"', "'", '\\', '%z', '%X', '\\x00', '\\xzz', '\\777', '\\u12') },
);

const line = (pieces: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<string> =>
  fc.array(pieces, { maxLength }).map((parts) => parts.join(''));

const prefixes = fc.constantFrom(
  '',
  '',
  '',
  '-',
  '@',
  ':',
  '+',
  '!',
  '!!',
  '-:',
  ':-@',
  '-+',
  '+!',
  '--',
  '|',
);
const program = fc.constantFrom(
  '/bin/true',
  '/bin/true',
  '/bin//echo',
  'sh',
  '/usr/./bin/env',
  '"/bin/true"',
  '%p',
);

const commandLine: fc.Arbitrary<string> = fc
  .tuple(prefixes, program, line(raw, 10))
  .map(([prefix, path, rest]) => `${prefix}${path} ${rest}`);

const spanUnit = fc.constantFrom(
  ...[
    '',
    's',
    'sec',
    'second',
    'seconds',
    'm',
    'min',
    'minutes',
    'ms',
    'msec',
    'us',
    'usec',
    'h',
    'hr',
    'hours',
  ],
  ...['d', 'days', 'w', 'week', 'M', 'month', 'y', 'years', 'µs', 'x', 'mins', 'S'],
);
const spanNumber = fc.oneof(
  fc.nat(5000).map(String),
  fc.tuple(fc.nat(90), fc.nat(99_999)).map(([whole, part]) => `${String(whole)}.${String(part)}`),
  fc.constantFrom('0', '007', '.5', '1.', '-1', '+3', '1e3', '0x10', '99999999999999999999', '1.2.3'),
);
const span = fc.array(
  fc.tuple(spanNumber, fc.constantFrom('', '', ' '), spanUnit, fc.constantFrom('', ' ')),
  {
    minLength: 1,
    maxLength: 3,
  },
);
export const timeSpan: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: span.map((parts) => parts.flat().join('')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('infinity', ' infinity ', '', 'infinity s', 'never', '1s 2', '5 m 6'),
  },
);

const unitName = fc.constantFrom(
  ...['a.service', 'b-c.service', 'd@.service', 'd@1.service', 'e.target', '%p-x.service', 'f@%i.service'],
  ...['bad', 'g.socket', '"q.service"', 'multi-user.target', '%n'],
);
const unitNames = fc.array(unitName, { maxLength: 4 }).map((names) => names.join(' '));
const bool = fc.constantFrom('yes', 'no', 'TRUE', 'off', '1', 'maybe', '');
const status = fc.constantFrom(
  '0',
  '143',
  'TEMPFAIL',
  'SIGKILL',
  'USR1',
  '256',
  'bogus',
  '"7"',
  'CONFIG',
  '15',
);
const statuses = fc.array(status, { maxLength: 4 }).map((words) => words.join(' '));
const assignment = fc.constantFrom(
  'A=b',
  '"B=c d"',
  "'C=$x'",
  'D=%n',
  'e',
  'F.g=1',
  'H=',
  '1=2',
  'I="j k"',
  'L=a\\tb',
);
const signal = fc.constantFrom('SIGTERM', 'INT', '9', 'SIGUSR2', '0', '65', 'sigterm', 'SIGWINCH');
const path = fc.constantFrom('/srv/a', '/srv//a/', '"/srv/a b"', 'relative', '%t/x', '/');
const condition = fc
  .tuple(fc.constantFrom('', '|', '!', '|!', '| ! '), fc.constantFrom('/etc/passwd', '/nowhere', 'x', '%t'))
  .map((parts) => parts.join(''));

const unitDirective: fc.Arbitrary<string> = fc.oneof(
  ...['Requires', 'Requisite', 'Wants', 'BindsTo', 'PartOf', 'Upholds', 'Before', 'After', 'OnFailure'].map(
    (key) => unitNames.map((names) => `${key}=${names}`),
  ),
  fc
    .tuple(fc.constantFrom('StopPropagatedFrom', 'PropagatesStopTo', 'OnSuccess'), unitNames)
    .map((pair) => pair.join('=')),
  fc
    .tuple(fc.constantFrom('StartLimitIntervalSec', 'StartLimitInterval'), timeSpan)
    .map((pair) => pair.join('=')),
  fc.constantFrom('StartLimitBurst=3', 'StartLimitBurst=0', 'StartLimitBurst=x', 'StartLimitBurst=0x10'),
  fc
    .tuple(fc.constantFrom('ConditionPathExists', 'ConditionHost', 'AssertPathExists'), condition)
    .map((pair) => pair.join('=')),
  fc.constantFrom('ConditionPathIsDirectory=', 'AssertPathExists='),
  line(raw, 6).map((text) => `Description=${text}`),
  path.map((text) => `RequiresMountsFor=${text}`),
  fc.constantFrom('# comment \\', '; comment', 'nonsense', 'X-Mine=1', 'Unknown=2', '= 3'),
);

const serviceDirective: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        'RestartSec',
        'TimeoutStartSec',
        'TimeoutStopSec',
        'TimeoutSec',
        'RuntimeMaxSec',
        'RestartMaxDelaySec',
      ),
      timeSpan,
    )
    .map((pair) => pair.join('=')),
  fc
    .tuple(
      fc.constantFrom('ExecStartPre', 'ExecStartPost', 'ExecStop', 'ExecStopPost', 'ExecCondition'),
      commandLine,
    )
    .map((pair) => pair.join('=')),
  fc.constantFrom('ExecStartPre=', 'ExecStop=', 'Environment=', 'SuccessExitStatus='),
  fc
    .tuple(fc.constantFrom('RemainAfterExit', 'SendSIGKILL', 'SendSIGHUP'), bool)
    .map((pair) => pair.join('=')),
  fc
    .tuple(
      fc.constantFrom('SuccessExitStatus', 'RestartPreventExitStatus', 'RestartForceExitStatus'),
      statuses,
    )
    .map((pair) => pair.join('=')),
  fc.tuple(fc.constantFrom('KillSignal', 'FinalKillSignal'), signal).map((pair) => pair.join('=')),
  fc
    .constantFrom('no', 'always', 'on-failure', 'on-abnormal', 'on-success', 'sometimes', '')
    .map((word) => `Restart=${word}`),
  fc.constantFrom('normal', 'direct', 'other', '').map((word) => `RestartMode=${word}`),
  fc.constantFrom('control-group', 'mixed', 'process', 'none', 'all', '').map((word) => `KillMode=${word}`),
  fc.constantFrom('0', '5', '-1', 'x', '010', '').map((word) => `RestartSteps=${word}`),
  fc.constantFrom('022', '7', '8', '').map((word) => `UMask=${word}`),
  fc.array(assignment, { maxLength: 4 }).map((words) => `Environment=${words.join(' ')}`),
  fc.tuple(fc.constantFrom('', '-'), path).map((parts) => `EnvironmentFile=${parts.join('')}`),
  fc
    .tuple(fc.constantFrom('', '-'), fc.constantFrom('/srv', '~', 'x', ''))
    .map((parts) => `WorkingDirectory=${parts.join('')}`),
  fc.constantFrom('User=nobody', 'Group=nogroup', 'User=', 'Group=', 'User=%p-x'),
  fc.constantFrom(
    'SupplementaryGroups=daemon  adm',
    'SupplementaryGroups=7 %p',
    'SupplementaryGroups=',
    'SupplementaryGroups=a/b',
  ),
);

const start: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: commandLine.map((text) => `ExecStart=${text}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('ExecStart=', '', 'ExecStart=/bin/true \\\n# comment\n  more \\\n'),
  },
);
const type = fc.constantFrom(
  '',
  '',
  'Type=exec',
  'Type=oneshot',
  'Type=notify',
  'Type=forking',
  'Type=idle',
  'Type=odd',
);

/** The text of a service unit. */
export const serviceText: fc.Arbitrary<string> = fc
  .tuple(fc.array(unitDirective, { maxLength: 4 }), type, start, fc.array(serviceDirective, { maxLength: 6 }))
  .map(([unit, kind, command, service]) =>
    ['[Unit]', ...unit, '[Service]', kind, command, ...service, ''].join('\n'),
  );

/** The text of a drop-in that keeps a valid unit valid more often than not. */
export const dropInText: fc.Arbitrary<string> = fc
  .tuple(fc.array(unitDirective, { maxLength: 2 }), fc.array(serviceDirective, { maxLength: 3 }))
  .map(([unit, service]) => ['[Unit]', ...unit, '[Service]', ...service, ''].join('\n'));

/** The text of a file of variables whose names begin with V, as people, shells and editors write them. */
export const environmentFileText: fc.Arbitrary<string> = fc
  .array(
    fc.tuple(
      fc.constantFrom('VA', 'VB', ' VC ', 'V.D', '# VE', 'V_F'),
      fc.constantFrom('=', '=', '= ', ''),
      line(
        fc.constantFrom(
          ...[
            'a',
            ' ',
            '\t',
            '"',
            "'",
            '"x y"',
            "'p q'",
            '\\',
            '\\\n',
            '\\"',
            '$VA',
            '\\$',
            '`',
            '#',
            ';',
            'é',
            '\\n',
            '%n',
          ],
          ...['"l1\nl2"', "'l1\\\nl2'", '\r'],
        ),
        6,
      ),
      fc.constantFrom('\n', '\n', '\n\n', '\\\n'),
    ),
    { maxLength: 6 },
  )
  .map((lines) => lines.flat().join(''));

/** Arguments with variables of such a file. */
export const variableArguments: fc.Arbitrary<string> = line(
  fc.constantFrom(
    ...[
      '$VA',
      '${VB}',
      '$VC',
      '${V_F}',
      '$$',
      '$',
      '${',
      '}',
      '$VA.x',
      '${VA',
      '${VA:-d}',
      '$1',
      '${}',
      '$V.D',
    ],
    ...[' ', ' ', ' ', 'a', '"$VA"', '"a $VB"', "'${VC} b'", '"$$"', '-'],
  ),
  8,
);
