/**
 * Strongly connected components (Tarjan 1972), without recursion: a chain of 10,000 units must not
 * overflow the stack.
 */

/** Adjacency by index: `successors[i]` are the indices that i points at. */
export type Adjacency = readonly (readonly number[])[];

/** Adjacency over `names`; without edges to other names, with repeated ones. */
export function adjacencyOf<Edge>(
  names: readonly string[],
  edges: Iterable<Edge>,
  ends: (edge: Edge) => readonly [from: string, to: string],
): Adjacency {
  const index = new Map(names.map((name, position) => [name, position]));
  const successors: number[][] = names.map(() => []);
  for (const edge of edges) {
    const [from, to] = ends(edge).map((name) => index.get(name));
    if (from !== undefined && to !== undefined) successors[from]?.push(to);
  }
  return successors;
}

/** The components, each as indices; a component comes after every component it can reach. */
export function stronglyConnected(successors: Adjacency): readonly (readonly number[])[] {
  const count = successors.length;
  const numbers = new Int32Array(count); // when the node was first met, from 1; 0: not yet
  const low = new Int32Array(count); // the earliest node on the stack it can get back to
  const onStack = new Uint8Array(count);
  const nextChild = new Int32Array(count);
  const stack: number[] = [];
  const components: number[][] = [];
  let clock = 0;

  for (let root = 0; root < count; root++) {
    if (numbers[root] !== 0) continue;
    const path = [root];
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      if (numbers[node] === 0) {
        numbers[node] = low[node] = ++clock;
        onStack[node] = 1;
        stack.push(node);
      }
      const child = successors[node]?.[at(nextChild, node)];
      if (child !== undefined) {
        nextChild[node] = at(nextChild, node) + 1;
        if (numbers[child] === 0) path.push(child);
        else if (onStack[child] === 1) low[node] = Math.min(at(low, node), at(numbers, child));
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) low[parent] = Math.min(at(low, parent), at(low, node));
      if (low[node] === numbers[node]) {
        const component = stack.splice(stack.lastIndexOf(node));
        for (const member of component) onStack[member] = 0;
        components.push(component);
      }
    }
  }
  return components;
}

function at(values: Int32Array, index: number): number {
  return values[index] ?? 0;
}
