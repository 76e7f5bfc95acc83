import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operator, Template } from '../../src/compose/interpolate.ts';
import { expandTemplate, parseTemplate } from '../../src/compose/interpolate.ts';

const literal = fc
  .string({ unit: 'grapheme', minLength: 1 })
  .map((text) => text.replace(/[${}]/g, ''))
  .filter(Boolean);
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
const operator = fc.constantFrom<Operator>(':-', '-', ':?', '?', ':+', '+');

/** Templates as the parser gives them: no two literals in a row. */
const { template } = fc.letrec<{ template: Template; variable: Exclude<Template[number], string> }>(
  (tie) => ({
    variable: fc.oneof(
      fc.record({ name, operand: fc.constant([]) }),
      fc.record({ name, operator, operand: tie('template') as fc.Arbitrary<Template> }),
    ),
    template: fc
      .array(
        fc.oneof(
          { depthSize: 'small' },
          literal,
          tie('variable') as fc.Arbitrary<Exclude<Template[number], string>>,
        ),
        { maxLength: 4 },
      )
      .map((parts) =>
        parts.filter((part, index) => typeof part !== 'string' || typeof parts[index - 1] !== 'string'),
      ),
  }),
);

function write(parts: Template): string {
  return parts
    .map((part) =>
      typeof part === 'string' ? part : `\${${part.name}${part.operator ?? ''}${write(part.operand)}}`,
    )
    .join('');
}

function expand(text: string, environment: Readonly<Record<string, string>>, unset: string[] = []): string {
  const parsed = parseTemplate(text);
  if (!parsed.ok) throw new Error(parsed.message);
  const expansion = expandTemplate(parsed.template, {
    lookup: (one) => environment[one],
    onUnset: (one) => unset.push(one),
    spend: () => true,
  });
  if (!expansion.ok) throw new Error(`${expansion.name}: ${expansion.message}`);
  return expansion.text;
}

describe('interpolation', () => {
  it('reads its own output, nested to any depth', () => {
    fc.assert(
      fc.property(template, (parts) => {
        expect(parseTemplate(write(parts))).toEqual({ ok: true, template: parts });
      }),
    );
  });

  it('keeps any text whose dollar signs are doubled', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(expand(text.replaceAll('$', '$$$$'), {})).toBe(text);
      }),
    );
  });

  it('inserts values unchanged, never expanding them again', () => {
    fc.assert(
      fc.property(name, fc.string(), (one, value) => {
        expect(expand(`<\${${one}}>`, { [one]: value })).toBe(`<${value}>`);
        expect(expand(`\${UNSET-\${${one}}}`, { [one]: value })).toBe(value);
      }),
    );
  });

  it('reads or refuses any text, with a remedy, and never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('$', '{', '}', ':', '-', '?', '+', 'A', '_', ' ', '\n') }),
        (text) => {
          const parsed = parseTemplate(text);
          if (!parsed.ok) expect(parsed.remedy).not.toBe('');
        },
      ),
    );
  });

  it.each([
    ['${A:-d}', { A: '' }, 'd'],
    ['${A-d}', { A: '' }, ''],
    ['${A:+r}', { A: '' }, ''],
    ['${A+r}', { A: '' }, 'r'],
    ['${A+r}', {}, ''],
    ['${A:-${B:-${C}}}', { C: 'c' }, 'c'],
    ['${A:-a}b}', {}, 'ab}'],
    ['$A-$B', { A: '1', B: '2' }, '1-2'],
    ['$', {}, '$'],
    ['a$1 $(b) $', {}, 'a$1 $(b) $'],
  ] as const)('%s in %o is %s', (text, environment, expected) => {
    expect(expand(text, environment)).toBe(expected);
  });

  it('reports only variables that are used without a default', () => {
    const unset: string[] = [];
    expand('${A}${B-}${C:-$D}${E+$F}$$G${H-$I}', { H: 'h' }, unset);
    expect(unset).toEqual(['A', 'D']);
  });

  it.each(['${', '${}', '${A', '${1}', '${A!}', '${A:}', '${ A}', '${A:-${}}'])('refuses %s', (text) => {
    expect(parseTemplate(text)).toMatchObject({ ok: false });
  });

  it('refuses endless nesting at once', () => {
    expect(parseTemplate('${A:-'.repeat(200_000))).toMatchObject({
      ok: false,
      message: expect.stringContaining('too deep') as string,
    });
  });
});
