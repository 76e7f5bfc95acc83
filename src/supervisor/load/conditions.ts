/** Condition*= and Assert*=; systemd.unit(5), CONDITIONS AND ASSERTS. */
import { type Condition, type ConditionTest, conditionTests } from './loaded-unit.ts';
import type { Assignment, UnitSettings } from './settings.ts';
import { type SpecifierValues, replaceSpecifiers, resolvePath } from './specifiers.ts';

/** In order; an empty assignment removes all earlier conditions, or all earlier asserts. */
export function readConditions(settings: UnitSettings, specifiers: SpecifierValues): readonly Condition[] {
  const read = (prefix: 'Condition' | 'Assert'): readonly Condition[] =>
    settings.list(...conditionTests.map((test) => `Unit.${prefix}${test}` as const)).flatMap((assignment) => {
      const test = assignment.directive.slice(`Unit.${prefix}`.length) as ConditionTest;
      return readCondition(assignment, { assert: prefix === 'Assert', test }, settings, specifiers);
    });
  return [...read('Condition'), ...read('Assert')];
}

function readCondition(
  { value, position }: Assignment,
  kind: Pick<Condition, 'assert' | 'test'>,
  settings: UnitSettings,
  specifiers: SpecifierValues,
): readonly Condition[] {
  const isPath = ofPaths.has(kind.test);
  // White space may stand between the marks of texts, but not before a path.
  const marks = isPath ? /^(\|?)(!?)/ : /^(\|?)[ \t]*(!?)[ \t]*/;
  const [whole = '', bar, mark] = marks.exec(value) ?? [];
  const rest = value.slice(whole.length);
  const outcome = replaceSpecifiers(rest, specifiers);
  const text = 'text' in outcome ? outcome.text : undefined;
  const parameter = isPath ? resolvePath(rest, specifiers) : text;
  if (parameter === undefined) {
    const expectation = isPath ? 'absolute path' : 'text with known specifiers';
    const message = `${rest} is no ${expectation}, so the condition is ignored`;
    settings.report('warning', 'invalid-value', message, 'Correct it, or remove the condition', position);
    return [];
  }
  return [{ ...kind, triggering: bar === '|', isNegated: mark === '!', parameter }];
}

const ofPaths: ReadonlySet<ConditionTest> = new Set<ConditionTest>([
  ...(['PathExists', 'PathExistsGlob', 'PathIsDirectory', 'PathIsSymbolicLink'] as const),
  ...(['PathIsMountPoint', 'PathIsReadWrite', 'DirectoryNotEmpty', 'FileNotEmpty'] as const),
  'FileIsExecutable',
]);
