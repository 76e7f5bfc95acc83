/**
 * Each file of test/fixtures/graph holds a unit set and what must come of it, section by section.
 * DOCKUNIT_UPDATE_FIXTURES=1 writes what comes out instead; read the diff before you commit it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../src/graph/build.ts';
import type { Graph } from '../../src/graph/build.ts';
import { closureOf } from '../../src/graph/closure.ts';
import { diagnoseCycles } from '../../src/graph/cycles.ts';
import { orderUnits } from '../../src/graph/order.ts';
import { renderDot, renderMermaid, renderTree } from '../../src/graph/render.ts';
import { serviceView, unitView } from '../../src/graph/view.ts';
import { parseUnitSet } from './unit-sets.ts';

const directory = new URL('../fixtures/graph/', import.meta.url);
const update = process.env['DOCKUNIT_UPDATE_FIXTURES'] === '1';

/** What a section's title asks for. */
const produce: Readonly<Record<string, (graph: Graph, argument: readonly string[]) => string>> = {
  tree: (graph) => renderTree(serviceView(graph)).join('\n'),
  'tree-of': (graph, roots) => renderTree(serviceView(graph), { roots }).join('\n'),
  'unit-tree': (graph) => renderTree(unitView(graph)).join('\n'),
  dot: (graph) => renderDot(serviceView(graph), graph.project),
  'unit-dot': (graph) => renderDot(unitView(graph), graph.project),
  mermaid: (graph) => renderMermaid(serviceView(graph)),
  json: (graph) => JSON.stringify(serviceView(graph), null, 2),
  levels: (graph) =>
    orderUnits(graph.nodes.keys(), graph.orderings)
      .levels.map((level) => level.join(' '))
      .join('\n'),
  edges: (graph) =>
    [
      ...graph.requirements.map(({ from, kind, to }) => `${from} ${kind} ${to}`),
      ...graph.orderings.map(({ first, then }) => `${first} before ${then}`),
      ...graph.installations.map(({ from, kind, to }) => `when enabled: ${from} ${kind} ${to}`),
    ].join('\n'),
  cycles: (graph) =>
    diagnoseCycles(graph, (unit, dependency) => ({
      path: `${unit}>${dependency}`,
      position: { file: 'compose.yaml', line: unit.length, column: dependency.length },
    }))
      .map(
        ({ position, path, message, remedy }) =>
          `${String(position?.line)}:${String(position?.column)} ${String(path)}: ${message}; ${remedy}`,
      )
      .join('\n'),
  start: (graph, units) => closureText(graph, 'start', units),
  stop: (graph, units) => closureText(graph, 'stop', units),
  restart: (graph, units) => closureText(graph, 'restart', units),
};

function closureText(graph: Graph, verb: 'start' | 'stop' | 'restart', units: readonly string[]): string {
  const { jobs, contradictions } = closureOf(graph, verb, units);
  return [
    ...jobs.map(
      ({ level, type, unit, mandatory, because }) =>
        `${String(level)} ${type} ${unit}${mandatory ? '' : ' (best effort)'}${
          because === undefined ? '' : ` ← ${because.unit} ${because.kind}`
        }`,
    ),
    ...contradictions.map((unit) => `contradiction: ${unit}`),
  ].join('\n');
}

const files = readdirSync(directory).filter((name) => name.endsWith('.txt'));

it('has fixtures', () => {
  expect(files.length).toBeGreaterThan(3);
});

describe.each(files)('%s', (file) => {
  const path = fileURLToPath(new URL(file, directory));
  const [head = '', ...parts] = readFileSync(path, 'utf8').split(/^=== /m);
  const sections = parts.map((part) => {
    const [title = '', ...body] = part.split('\n');
    return { title, body: body.join('\n').trim() };
  });
  const graph = buildGraph(parseUnitSet(sections.find(({ title }) => title === 'units')?.body ?? ''));
  const outputs = sections.map(({ title, body }) => {
    const [name = '', ...argument] = title.split(' ');
    return title === 'units' ? body : (produce[name]?.(graph, argument) ?? `no such section: ${name}`).trim();
  });

  if (update) {
    const text = sections.map(({ title }, index) => `=== ${title}\n${outputs[index] ?? ''}\n`).join('\n');
    writeFileSync(path, head + text);
  }

  it('begins with units', () => {
    expect(sections[0]?.title).toBe('units');
    expect(graph.nodes.size).toBeGreaterThan(0);
    expect(sections.length).toBeGreaterThan(1);
  });
  it.each(sections.map(({ title, body }, index) => ({ title, body, index })).slice(1))(
    '$title',
    ({ body, index }) => {
      expect(outputs[index]).toBe(body);
    },
  );
});
