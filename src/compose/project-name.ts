/**
 * The name of the project: the given one (-p, COMPOSE_PROJECT_NAME), else `name:`, else a default, else the
 * directory's.
 */
import { posix as path } from 'node:path';
import type { Findings } from './findings.ts';
import type { LoadInput } from './loading.ts';
import type { Interpolation } from './interpolate-tree.ts';
import { scalarText } from './scalar.ts';
import type { Mapping, Mark } from './tree.ts';
import { isNull } from './tree.ts';

export interface ProjectName {
  readonly name: string;
  readonly isNamed: boolean;
}

/** A given name must be valid; a directory's name is converted. Compose Specification, "Name top-level element". */
export function projectNameOf(
  input: Pick<LoadInput, 'directory' | 'projectName' | 'defaultName'>,
  trees: readonly Mapping[],
  interpolation: Interpolation,
  findings: Findings,
): ProjectName | undefined {
  if (input.projectName !== undefined && input.projectName !== '') {
    return explicitName(input.projectName, undefined, '', findings);
  }
  for (const tree of trees.toReversed()) {
    const node = tree.entries.get('name')?.value;
    if (node?.kind !== 'scalar' || isNull(node)) continue;
    const scalar = interpolation.tree(node, 'name');
    const name = scalarText(scalar);
    if (name !== '') return explicitName(name, scalar, 'name', findings);
  }
  const isNamed = input.defaultName !== undefined;
  const name = normaliseProjectName(input.defaultName ?? path.basename(input.directory));
  if (name !== '') return { name, isNamed };
  const giver = isNamed ? `the file name ${input.defaultName}` : `the directory ${input.directory}`;
  const message = `${giver} gives the project no name`;
  const mark = trees[0] && { source: trees[0].source, offset: 0 };
  findings.error(
    mark,
    '',
    'invalid-name',
    message,
    'Add `name:` at the top of the file, or give one with -p',
  );
  return undefined;
}

/** Lower case; only [a-z0-9_-]; beginning with a letter or digit. May be empty. */
function normaliseProjectName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
}

function explicitName(
  name: string,
  mark: Mark | undefined,
  path: string,
  findings: Findings,
): ProjectName | undefined {
  const normalName = normaliseProjectName(name);
  if (normalName === name) return { name, isNamed: true };
  const message = `\`${name}\` cannot name a project: lower-case letters, digits, _ and - only, beginning with a letter or digit`;
  findings.error(
    mark,
    path,
    'invalid-name',
    message,
    `Name it ${normalName === '' ? 'app' : normalName}, for example`,
  );
  return undefined;
}
