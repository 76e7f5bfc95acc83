/** Two ways of looking at a graph: every unit, or the services as the user wrote them. */
import { instanceOf } from '../units/unit-name.ts';
import type { UnitKind } from '../units/unit-set.ts';
import { groupBy } from '../model/group-by.ts';
import { requirementKinds } from './build.ts';
import type { GateCondition, Graph, GraphNode, RequirementKind } from './build.ts';

export interface ViewNode {
  /** Full unit name. */
  readonly id: string;
  readonly label: string;
  readonly foreign: boolean;
  readonly kind?: UnitKind;
  /** The units folded into the node: `image nginx:1`, `network default`, `volume data`. */
  readonly details: readonly string[];
}

/** All relations of one unit to another, as one edge. */
export interface ViewEdge {
  /** Id of the node that needs, follows or otherwise names the other. */
  readonly from: string;
  readonly to: string;
  readonly requirements: readonly RequirementKind[];
  /** Whether `from` starts after `to`. */
  readonly after: boolean;
  /** Gates folded into the edge. */
  readonly conditions: readonly GateCondition[];
  /** Requirements that hold only once `to` is enabled. */
  readonly whenEnabled: readonly RequirementKind[];
  /** For people: '' for the plain case of the view. */
  readonly label: string;
}

/** Nodes by id, edges by from and to; what `graph --json` prints. */
export interface View {
  readonly nodes: readonly ViewNode[];
  readonly edges: readonly ViewEdge[];
}

/** Every unit and every edge under the directives' own names. */
export function unitView(graph: Graph): View {
  const bundles = bundleEdges(graph, (name) => [name]);
  return {
    nodes: [...graph.nodes.values()].map(({ name, foreign, kind }) => ({
      id: name,
      label: name,
      foreign,
      ...(kind === undefined ? {} : { kind }),
      details: [],
    })),
    edges: bundles.map((bundle) => ({
      ...bundle,
      label: [
        ...bundle.requirements,
        ...(bundle.after ? ['After'] : []),
        ...bundle.whenEnabled.map((kind) => `${kind} when enabled`),
      ].join(', '),
    })),
  };
}

/** How the view of services treats a unit of each kind. */
const folding = {
  container: 'node',
  target: 'node',
  image: 'detail',
  network: 'detail',
  volume: 'detail',
  gate: 'edge',
  watch: 'detail',
  slice: 'detail',
} as const satisfies Record<UnitKind, 'node' | 'detail' | 'edge'>;

/** Every service comes after them; a picture with these edges would be all arrows to one point. */
const dockerUnits: ReadonlySet<string> = new Set(['docker.service', 'docker.socket']);

/** The label of each requirement between services; '' is the plain meaning of depends_on. */
const words = {
  Requires: '',
  Requisite: 'must be active',
  BindsTo: 'bound to',
  PartOf: 'restarts with',
  Wants: 'optional',
  Upholds: 'upholds',
  Conflicts: 'conflicts with',
  OnFailure: 'on failure',
  OnSuccess: 'on success',
  PropagatesStopTo: 'stops with itself',
} as const satisfies Record<RequirementKind, string>;

/** Requirements beside which a wish adds nothing: a gate for `healthy` is only wanted, its service required. */
export const firmKinds: ReadonlySet<RequirementKind> = new Set(['Requires', 'Requisite', 'BindsTo']);

/** Services, targets and foreign units; gates become conditions on edges, the rest details of nodes. */
export function serviceView(graph: Graph): View {
  const gateTargets = targetsOfGates(graph);
  const bundles = bundleEdges(graph, (name) => gateTargets.get(name) ?? [name]);
  const isNode = (name: string): boolean => foldingOf(graph.nodes.get(name)) === 'node';
  const details = detailsByUnit(graph, bundles);
  const edges = bundles
    .filter(({ from, to }) => isNode(from) && isNode(to) && from !== to)
    // Boot targets show when a project starts, not its parts.
    .filter(({ from }) => graph.nodes.get(from)?.foreign === false)
    .filter(({ to, requirements }) => requirements.length > 0 || !dockerUnits.has(to))
    .flatMap((bundle) => {
      const label = labelBetweenServices(graph, bundle);
      return label === undefined ? [] : { ...bundle, label };
    });
  const names = new Set(edges.flatMap(({ from, to }) => [from, to]));
  return {
    nodes: [...graph.nodes.values()]
      .filter(({ name, foreign }) => isNode(name) && (!foreign || names.has(name)))
      .map((node) => ({
        id: node.name,
        label: labelOf(node),
        foreign: node.foreign,
        ...(node.kind === undefined ? {} : { kind: node.kind }),
        details: details.get(node.name) ?? [],
      })),
    edges,
  };
}

/** A service as `status` names it: one of several containers with its number. */
function labelOf({ name, kind, service }: GraphNode): string {
  return kind === 'container' && service !== undefined ? service + instanceOf(name) : name;
}

type Bundle = Omit<ViewEdge, 'label'>;

/** One bundle for each pair of units, after `resolve` has replaced gates by the units they wait for. */
function bundleEdges(graph: Graph, resolve: (name: string) => readonly string[]): readonly Bundle[] {
  const all = [
    ...graph.requirements.map(({ from, to, kind }) => ({ from, to, requirement: kind })),
    ...graph.orderings.map(({ first, then }) => ({ from: then, to: first, after: true })),
    ...graph.installations.map(({ from, to, kind }) => ({ from, to, enabled: kind })),
  ].flatMap((edge) =>
    resolve(edge.to).map((to) => ({
      ...{ requirement: undefined, after: false, enabled: undefined, ...edge },
      to,
      condition: to === edge.to ? undefined : graph.nodes.get(edge.to)?.condition,
    })),
  );
  const pairs = groupBy(all, ({ from, to }) => `${from}\0${to}`);
  return [...pairs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, edges]) => {
      const first = edges[0];
      if (first === undefined) return [];
      return {
        from: first.from,
        to: first.to,
        requirements: requirementKinds.filter((kind) =>
          edges.some(({ requirement }) => requirement === kind),
        ),
        after: edges.some(({ after }) => after),
        conditions: [...new Set(edges.flatMap(({ condition }) => condition ?? []))].sort(),
        whenEnabled: requirementKinds.filter((kind) => edges.some(({ enabled }) => enabled === kind)),
      };
    });
}

/** Gate → the containers it watches: those of its service, else the one it requires. */
function targetsOfGates(graph: Graph): ReadonlyMap<string, readonly string[]> {
  const needs = groupBy(graph.requirements, ({ from }) => from);
  const nodes = [...graph.nodes.values()];
  const containers = groupBy(
    nodes.filter(({ kind }) => kind === 'container'),
    ({ service = '' }) => service,
  );
  return new Map(
    nodes
      .filter(({ kind }) => kind === 'gate')
      .flatMap((gate): [string, readonly string[]][] => {
        const own = gate.service === undefined ? [] : (containers.get(gate.service) ?? []);
        if (own.length > 0) return [[gate.name, own.map(({ name }) => name)]];
        const requirement = (needs.get(gate.name) ?? []).find(
          ({ to }) => graph.nodes.get(to)?.kind === 'container',
        );
        return requirement === undefined ? [] : [[gate.name, [requirement.to]]];
      }),
  );
}

function foldingOf(node: GraphNode | undefined): 'node' | 'detail' | 'edge' {
  return node?.kind === undefined ? 'node' : folding[node.kind];
}

function detailsByUnit(graph: Graph, bundles: readonly Bundle[]): ReadonlyMap<string, readonly string[]> {
  const details = groupBy(
    bundles.filter(({ to }) => foldingOf(graph.nodes.get(to)) === 'detail'),
    ({ from }) => from,
  );
  return new Map(
    [...graph.nodes.values()].map((node) => {
      const own = node.kind === 'container' && node.image !== undefined ? [`image ${node.image}`] : [];
      const others = (details.get(node.name) ?? []).flatMap(({ to }) => {
        const unit = graph.nodes.get(to);
        return unit === undefined ? [] : detailOf(graph.project, unit);
      });
      return [node.name, [...new Set([...own, ...others])]];
    }),
  );
}

/** `shop-net-default.service` → `network default`. */
function detailOf(project: string, node: GraphNode): string {
  const stem = node.name.replace(/\.service$/, '');
  const prefix = { network: `${project}-net-`, volume: `${project}-vol-` };
  if (node.kind === 'image') return `image ${node.image ?? stem}`;
  const kind = node.kind === 'network' ? 'network' : 'volume';
  return `${kind} ${stem.startsWith(prefix[kind]) ? stem.slice(prefix[kind].length) : stem}`;
}

/**
 * The label of the edge, '' for the plain case; undefined where it is no dependency: PartOf the project's
 * target.
 */
function labelBetweenServices(graph: Graph, edge: Bundle): string | undefined {
  const [from, to] = [graph.nodes.get(edge.from), graph.nodes.get(edge.to)];
  const ofTarget = from?.kind === 'target';
  const firm = edge.requirements.some((kind) => firmKinds.has(kind));
  const kinds = edge.requirements.filter(
    (kind) => !(kind === 'PartOf' && to?.kind === 'target') && !(kind === 'Wants' && (ofTarget || firm)),
  );
  const isNeeded = edge.requirements.some((kind) => words[kind] === '' || (ofTarget && kind === 'Wants'));
  const enablement = edge.whenEnabled.length > 0 && !isNeeded ? ['when enabled'] : [];
  const parts = [
    ...edge.conditions,
    ...kinds.map((kind) => words[kind]).filter((word) => word !== ''),
    ...enablement,
  ];
  if (parts.length > 0) return parts.join(', ');
  if (isNeeded) return '';
  return edge.requirements.length > 0 ? undefined : 'after';
}
