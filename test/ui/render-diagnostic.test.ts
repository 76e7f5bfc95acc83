import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { renderDiagnostic, renderDiagnostics, summarise } from '../../src/ui/render-diagnostic.ts';
import { displayWidth } from '../../src/text/width.ts';
import { markingStyle } from './marking-style.ts';

const text = 'services:\n  web:\n    ports:\n      - 99999:80\n\tlist: [名前, x]\r\n\n';
const source = (file: string): string | undefined => (file === 'compose.yaml' ? text : undefined);
const finding = (line: number, column: number, file = 'compose.yaml'): Diagnostic => ({
  severity: 'error',
  code: 'bad-port',
  position: { file, line, column },
  path: 'services.web.ports[0]',
  message: 'there is no port 99999',
  remedy: 'choose a port from 1 to 65535',
});

describe('renderDiagnostic', () => {
  it('shows place, problem and remedy, with the line itself', () => {
    expect(renderDiagnostic(finding(4, 9), { source })).toEqual([
      'compose.yaml:4:9 services.web.ports[0]',
      '  error: there is no port 99999',
      '  4 │       - 99999:80',
      '    │         ^',
      '  → choose a port from 1 to 65535',
    ]);
  });

  it('puts the caret under its character behind tabs and wide characters', () => {
    expect(renderDiagnostic(finding(5, 13), { source }).slice(2, 4)).toEqual([
      '  5 │   list: [名前, x]',
      '    │                ^',
    ]);
  });

  it('omits the line where the text is not available or has no such place', () => {
    const bare = ['  error: there is no port 99999', '  → choose a port from 1 to 65535'];
    expect(renderDiagnostic(finding(4, 9)).slice(1)).toEqual(bare);
    expect(renderDiagnostic(finding(4, 9, 'other.yaml'), { source }).slice(1)).toEqual(bare);
    expect(renderDiagnostic(finding(99, 1), { source }).slice(1)).toEqual(bare);
    expect(renderDiagnostic(finding(4, 99), { source }).slice(1)).toEqual(bare);
    expect(renderDiagnostic(finding(6, 1), { source }).slice(1)).toEqual(bare);
  });

  it('omits the place where there is none', () => {
    const diagnostic = { severity: 'note', code: 'x', message: 'no healthcheck', remedy: 'add one' } as const;
    expect(renderDiagnostic(diagnostic)).toEqual(['note: no healthcheck', '→ add one']);
  });

  it('shows only the nearby text in a line of a megabyte', () => {
    const long = `${'a'.repeat(500_000)}!${'b'.repeat(500_000)}`;
    const lines = renderDiagnostic(finding(1, 500_001), { source: () => long });
    expect(lines[2]).toBe(`  1 │ …${'a'.repeat(60)}!${'b'.repeat(39)}…`);
    expect(lines[3]?.indexOf('^')).toBe(lines[2]?.indexOf('!'));
  });

  it('does not obey control characters in quoted text', () => {
    const diagnostic = { ...finding(1, 1), message: 'bad \x1b[2J key' };
    expect(renderDiagnostic(diagnostic, { source: () => 'x\x07y' }).slice(1, 3)).toEqual([
      '  error: bad \\x1b[2J key',
      '  1 │ x\\x07y',
    ]);
  });

  it('puts the caret under the character it names, whatever comes before it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (before) => {
        const lines = renderDiagnostic(finding(1, before.length + 1), { source: () => `${before}§` });
        const [line = '', caret = ''] = lines.slice(2, 4);
        expect(displayWidth(caret.slice(0, caret.indexOf('^')))).toBe(
          displayWidth(line.slice(0, line.lastIndexOf('§'))),
        );
      }),
    );
  });

  it('paints by meaning', () => {
    expect(renderDiagnostic(finding(1, 1), { style: markingStyle }).slice(0, 2)).toEqual([
      '<unit:compose.yaml:1:1> <path:services.web.ports[0]>',
      '  <error:error:> there is no port 99999',
    ]);
  });
});

describe('renderDiagnostics', () => {
  const of = (severity: Diagnostic['severity']): Diagnostic => ({
    severity,
    code: 'x',
    message: 'm',
    remedy: 'r',
  });

  it('ends with the summary, and prints nothing without findings', () => {
    expect(renderDiagnostics([of('error'), of('warning')])).toEqual([
      'error: m',
      '→ r',
      'warning: m',
      '→ r',
      '1 error, 1 warning',
    ]);
    expect(renderDiagnostics([])).toEqual([]);
  });

  it.each([
    [[], 'no findings'],
    [['error'], '1 error'],
    [['warning', 'error', 'error'], '2 errors, 1 warning'],
    [['note', 'note'], '2 notes'],
  ] as const)('counts %j as %s', (severities, summary) => {
    expect(summarise(severities.map(of))).toBe(summary);
  });
});
