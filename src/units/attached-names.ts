/** The files beside a unit that it reads. Pure. */
import { runScriptName } from './scripts.ts';
import type { Unit } from './unit-set.ts';

/**
 * The names of the files beside a unit that its text refers to: their names begin with that of the unit. A target has the
 * script of its project, which all of its units call.
 */
export function attachedNames(
  { unit, text }: { readonly unit: Pick<Unit, 'name'>; readonly text: string },
  directory: string,
): readonly string[] {
  if (unit.name.endsWith('.target')) return [runScriptName(unit.name)];
  const stem = unit.name.replace(/\.[a-z]+$/, '');
  const names = text.split(/[\s"']+/).flatMap((word) => {
    const start = word.indexOf('/');
    return Array.from(word.matchAll(/\/([^/\\,]+)/g), ({ 1: name = '', index }) => {
      const where = word.slice(start, index);
      const isBeside = word.endsWith('%Y', index) || where === directory || where.endsWith(`=${directory}`);
      return isBeside && name.startsWith(`${stem}.`) ? [name] : [];
    }).flat();
  });
  return [...new Set(names)];
}
