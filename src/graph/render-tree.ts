/** A view as a tree for the terminal: under each unit, the units that its start pulls in. */
import { groupBy } from '../model/group-by.ts';
import type { RequirementKind } from './build.ts';
import { withoutControls } from '../text/controls.ts';
import type { View, ViewEdge, ViewNode } from './view.ts';

/** The role of a piece of the tree, for the caller's colours. */
export type TreeRole = 'root' | 'unit' | 'foreign' | 'label' | 'branch' | 'repeat';
export type PaintTree = (text: string, role: TreeRole) => string;

const pullsIn: ReadonlySet<RequirementKind> = new Set([
  'Requires',
  'Requisite',
  'BindsTo',
  'Wants',
  'Upholds',
]);

/**
 * The lines of the tree. A unit that was drawn already is not opened again but marked `…`.
 * @param roots ids to begin with; else those that no other unit needs, and all that they do not reach.
 */
export function renderTree(
  view: View,
  options: { readonly roots?: readonly string[]; readonly paint?: PaintTree } = {},
): readonly string[] {
  const paint = options.paint ?? ((text) => text);
  const nodes = new Map(view.nodes.map((node) => [node.id, node]));
  const children = groupBy(treeEdges(view, nodes), ({ from }) => from);
  const openIds = new Set<string>();
  const lines: string[] = [];

  const draw = (root: string): void => {
    // A stack of its own: the tree may be as deep as the longest chain.
    const pending: TreeLine[] = [{ id: root, label: '', lead: '', hang: '' }];
    for (let line = pending.pop(); line !== undefined; line = pending.pop()) {
      const node = nodes.get(line.id);
      if (node === undefined) continue;
      const below = children.get(line.id) ?? [];
      const isRepeat = openIds.has(line.id) && below.length > 0;
      openIds.add(line.id);
      lines.push(paintLine(node, line, isRepeat, paint));
      if (isRepeat) continue;
      for (let index = below.length - 1; index >= 0; index--) {
        const edge = below[index];
        if (edge === undefined) continue;
        const last = index === below.length - 1;
        pending.push({
          id: edge.to,
          label: edge.label,
          lead: `${line.hang}${last ? '└─ ' : '├─ '}`,
          hang: `${line.hang}${last ? '   ' : '│  '}`,
        });
      }
    }
  };

  if (options.roots !== undefined) options.roots.forEach(draw);
  else {
    const targets = new Set([...children.values()].flat().map(({ to }) => to));
    view.nodes.filter(({ id, foreign }) => !foreign && !targets.has(id)).forEach(({ id }) => draw(id));
    for (const { id, foreign } of view.nodes) if (!foreign && !openIds.has(id)) draw(id);
  }
  return lines;
}

interface TreeLine {
  readonly id: string;
  readonly label: string;
  /** The text before the unit on its own line, and before its children. */
  readonly lead: string;
  readonly hang: string;
}

function paintLine(node: ViewNode, line: TreeLine, isRepeat: boolean, paint: PaintTree): string {
  const role = node.foreign ? 'foreign' : line.lead === '' ? 'root' : 'unit';
  const aside = [line.label, ...(isRepeat ? [] : node.details)].filter((text) => text !== '').join('; ');
  return [
    line.lead === '' ? '' : paint(line.lead, 'branch'),
    paint(withoutControls(node.label), role),
    aside === '' ? '' : ` ${paint(`(${withoutControls(aside)})`, 'label')}`,
    isRepeat ? ` ${paint('…', 'repeat')}` : '',
  ].join('');
}

/**
 * The edges the tree follows: those that pull in a start. It draws a target's member that another unit
 * needs only there, and so a foreign unit that a dependency needs as well: every service needs
 * docker.service, and once a chain is enough. Foreign units come last.
 */
function treeEdges(view: View, nodes: ReadonlyMap<string, ViewNode>): readonly ViewEdge[] {
  const pulling = view.edges.filter(
    ({ from, requirements, whenEnabled }) =>
      nodes.get(from)?.foreign === false &&
      [...requirements, ...whenEnabled].some((kind) => pullsIn.has(kind)),
  );
  const isTarget = (id: string): boolean => nodes.get(id)?.kind === 'target';
  const isForeign = (id: string): boolean => nodes.get(id)?.foreign === true;
  const needs = groupBy(pulling, ({ from }) => from);
  const neededByUnits = new Set(pulling.filter(({ from }) => !isTarget(from)).map(({ to }) => to));
  const pairs = new Set(pulling.map(({ from, to }) => `${from}\0${to}`));
  return pulling
    .filter(({ from, to }) => !(isTarget(from) && !isTarget(to) && neededByUnits.has(to)))
    .filter(
      ({ from, to }) =>
        !isForeign(to) ||
        !(needs.get(from) ?? []).some((other) => !isForeign(other.to) && pairs.has(`${other.to}\0${to}`)),
    )
    .sort((a, b) => Number(isForeign(a.to)) - Number(isForeign(b.to)));
}
