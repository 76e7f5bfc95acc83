/** The linter refuses a participle that stands alone as a name, in each place that declares one. */
import { ESLint } from 'eslint';
import { expect, it } from 'vitest';

const rule = 'no-restricted-syntax';
/** The project's own configuration; without the types of the project, which this rule does not need. */
const linter = new ESLint({
  ruleFilter: ({ ruleId }) => ruleId === rule,
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
});

async function refusals(text: string, filePath = 'src/planted.ts'): Promise<number> {
  const [result] = await linter.lintText(text, { filePath });
  expect(result?.messages.filter(({ fatal }) => fatal)).toEqual([]);
  return result?.messages.filter(({ ruleId }) => ruleId === rule).length ?? 0;
}

it.each([
  'const found = 1;',
  'for (const found of [1]) void found;',
  'const [found] = [1];',
  'const [...found] = [1];',
  'const { match: found } = { match: 1 };',
  'const { match: found = 2 } = { match: 1 };',
  'function found() {}',
  'function f(found: number) {}',
  'function f(found = 1) {}',
  'function f(...found: number[]) {}',
  'type F = (found: number) => void;',
  'interface I { readonly found?: number }',
  'interface I { found(): void }',
  'class C { found = 1 }',
  'class C { #found = 1 }',
  'class C { found() {} }',
  'class C { constructor(private found: number) {} }',
  'interface Found {}',
  'type Found = 1;',
  'class Found {}',
])('refuses %s', async (text) => {
  expect(await refusals(text)).toBe(1);
});

it.each([
  'const foundUnits = 1;',
  'const { found } = facts;',
  'const { found = 1 } = facts;',
  'function f({ found }: Facts) {}',
  'const report = { found: 1 };',
  'interface Report { readonly applied: boolean }',
])('takes %s', async (text) => {
  expect(await refusals(text)).toBe(0);
});
