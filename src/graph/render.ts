/** A view as a picture in other programs' languages: Graphviz and Mermaid. */
import { withoutControls } from '../text/controls.ts';
import { firmKinds } from './view.ts';
import type { View, ViewEdge, ViewNode } from './view.ts';
export { renderTree } from './render-tree.ts';
export type { TreeRole } from './render-tree.ts';

/** Graphviz; dot(1), the DOT language. Arrows point from a unit to what it needs. */
export function renderDot(view: View, name: string): string {
  const nodes = view.nodes.map((node) => {
    const look = node.foreign ? ', style=dashed, color=gray' : shapeOf(node);
    return `  ${quoteDot(node.id)} [label=${labelDot(textOf(node))}${look}];`;
  });
  const edges = view.edges.map((edge) => {
    const attributes = [
      ...(edge.label === '' ? [] : [`label=${labelDot(edge.label)}`]),
      ...(isFirm(edge) ? [] : ['style=dashed']),
    ];
    const list = attributes.length > 0 ? ` [${attributes.join(', ')}]` : '';
    return `  ${quoteDot(edge.from)} -> ${quoteDot(edge.to)}${list};`;
  });
  const head = [`digraph ${quoteDot(name)} {`, '  rankdir=LR;', '  node [shape=box];'];
  return `${[...head, ...nodes, ...edges, '}'].join('\n')}\n`;
}

/** A Mermaid flowchart, as GitHub and GitLab draw it. Ids are numbered, for hardly a name is a valid one. */
export function renderMermaid(view: View): string {
  const ids = new Map(view.nodes.map((node, index) => [node.id, `n${String(index)}`]));
  const idOf = (name: string): string => ids.get(name) ?? '';
  const nodes = view.nodes.map(
    (node) => `  ${idOf(node.id)}["${escapeMermaid(textOf(node))}"]${node.foreign ? ':::foreign' : ''}`,
  );
  const edges = view.edges.map((edge) => {
    const arrow = isFirm(edge) ? '-->' : '-.->';
    const label = edge.label === '' ? '' : `|"${escapeMermaid(edge.label)}"|`;
    return `  ${idOf(edge.from)} ${arrow}${label} ${idOf(edge.to)}`;
  });
  const styles = view.nodes.some(({ foreign }) => foreign)
    ? ['  classDef foreign stroke-dasharray: 4, color: gray']
    : [];
  return `${['flowchart LR', ...nodes, ...edges, ...styles].join('\n')}\n`;
}

function textOf(node: ViewNode): string {
  return [node.label, ...node.details].map(withoutControls).join('\n');
}

function shapeOf(node: ViewNode): string {
  return node.kind === 'target' ? ', shape=ellipse' : '';
}

/** Solid: the other unit must be up; dashed: a wish, an order, or only once enabled. */
function isFirm(edge: ViewEdge): boolean {
  return edge.requirements.some((kind) => firmKinds.has(kind));
}

/** A quoted ID: `\"` is its only escape, but a backslash before the closing quote would undo it. */
function quoteDot(text: string): string {
  return `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;
}

/** A label is an escString in which entities count as well: `\n` breaks the line, `&amp;` is an ampersand. */
function labelDot(text: string): string {
  return quoteDot(text.replace(/&/g, '&amp;')).replace(/\n/g, '\\n');
}

/** Mermaid has no backslash; `#NN;` is its escape, by code point. `%%` would begin a comment or directive. */
function escapeMermaid(text: string): string {
  return text
    .replace(/[^\p{L}\p{N} .,:_/@\n-]/gu, (character) => `#${String(character.codePointAt(0))};`)
    .replace(/\n/g, '<br/>');
}
