/**
 * UnitSet → Graph: which unit requires which, which starts before which, as plain edges. Only the
 * directives of the units, plus a target's automatic ordering; default dependencies on basic.target and
 * shutdown.target are the same for every unit and carry no information.
 */
import { dockunitField, namesIn, namesOf, valuesOf } from '../units/unit-set.ts';
import type { Unit, UnitKind, UnitSet } from '../units/unit-set.ts';

/** Dependency directives of [Unit] that are not ordering; systemd.unit(5). */
export const requirementKinds = [
  'Requires',
  'Requisite',
  'BindsTo',
  'PartOf',
  'Wants',
  'Upholds',
  'Conflicts',
  'OnFailure',
  'OnSuccess',
  'PropagatesStopTo',
] as const;
export type RequirementKind = (typeof requirementKinds)[number];

/** `from` carries the directive, `to` is the unit it names. */
export interface Requirement {
  readonly from: string;
  readonly to: string;
  readonly kind: RequirementKind;
}

/** `first` starts before `then`, and stops after it; both After= and Before= end up here. */
export interface Ordering {
  readonly first: string;
  readonly then: string;
}

/** The requirement that enabling a unit adds, by directive of [Install]; systemd.unit(5), [INSTALL]. */
const installKinds = {
  WantedBy: 'Wants',
  RequiredBy: 'Requires',
  UpheldBy: 'Upholds',
} as const satisfies Record<string, RequirementKind>;

export type GateCondition = 'healthy' | 'completed';

export interface GraphNode {
  /** Full unit name. */
  readonly name: string;
  /** Named by a unit of the set, but not in it: docker.service, multi-user.target. */
  readonly foreign: boolean;
  readonly kind?: UnitKind;
  /** The service of the Compose file that the unit serves. */
  readonly service?: string;
  readonly image?: string;
  /** The condition that a gate waits for. */
  readonly condition?: GateCondition;
}

export interface Graph {
  readonly project: string;
  /** By name, in the order of names. */
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Sorted, without repetition; so are the two that follow. */
  readonly requirements: readonly Requirement[];
  readonly orderings: readonly Ordering[];
  /** The requirements that enabling would add: they hold only once the user has run `enable`. */
  readonly installations: readonly Requirement[];
}

/**
 * Builds the graph of a unit set; the order of units and directives in it does not matter.
 * @param enabledUnitsUnits names of the units that are enabled: the requirements of their [Install] count as stated.
 */
export function buildGraph(set: UnitSet, enabledUnits: ReadonlySet<string> = new Set()): Graph {
  const isEnabled = ({ name }: Unit): boolean => enabledUnits.has(name);
  const requirements = distinct([
    ...set.units.flatMap(requirementsOf),
    ...set.units.filter(isEnabled).flatMap(installationsOf),
  ]);
  const orderings = set.units.flatMap(orderingsOf);
  const installations = distinct(set.units.filter((unit) => !isEnabled(unit)).flatMap(installationsOf));
  const own = new Map(set.units.map((unit) => [unit.name, unit]));
  const withImplied = distinctOrderings([...orderings, ...impliedOrderings(own, requirements, orderings)]);
  const names = [
    ...own.keys(),
    ...[...requirements, ...installations].flatMap(({ from, to }) => [from, to]),
    ...withImplied.flatMap(({ first, then }) => [first, then]),
  ];
  return {
    project: set.project,
    nodes: new Map([...new Set(names)].sort().map((name) => [name, nodeOf(name, own.get(name))])),
    requirements,
    orderings: withImplied,
    installations,
  };
}

/**
 * The condition of the gate of that name: gates are named `SERVICE-healthy.service`,
 * `SERVICE-completed.service`.
 */
export function gateConditionOf(unitName: string): GateCondition | undefined {
  return /-(healthy|completed)\.service$/.exec(unitName)?.[1] as GateCondition | undefined;
}

function nodeOf(name: string, unit: Unit | undefined): GraphNode {
  if (unit === undefined) return { name, foreign: true };
  const service = dockunitField(unit, 'Service');
  const image = dockunitField(unit, 'Image');
  const condition = unit.kind === 'gate' ? gateConditionOf(name) : undefined;
  return {
    name,
    foreign: false,
    kind: unit.kind,
    ...(service === undefined ? {} : { service }),
    ...(image === undefined ? {} : { image }),
    ...(condition === undefined ? {} : { condition }),
  };
}

function requirementsOf(unit: Unit): readonly Requirement[] {
  const { name, sections } = unit;
  return sections
    .flatMap((section) => (section.name === 'Unit' ? section.directives : []))
    .flatMap(({ key, value }): readonly Requirement[] => {
      if (isRequirementKind(key)) return namesIn(value).map((to) => ({ from: name, to, kind: key }));
      if (key !== 'StopPropagatedFrom') return [];
      return namesIn(value).map((from) => ({ from, to: name, kind: 'PropagatesStopTo' }));
    });
}

const isRequirementKind = (key: string): key is RequirementKind =>
  (requirementKinds as readonly string[]).includes(key);

function orderingsOf(unit: Unit): readonly Ordering[] {
  return [
    ...namesOf(unit, 'After').map((first) => ({ first, then: unit.name })),
    ...namesOf(unit, 'Before').map((then) => ({ first: unit.name, then })),
  ];
}

function installationsOf(unit: Unit): readonly Requirement[] {
  return Object.entries(installKinds).flatMap(([key, kind]) =>
    valuesOf(unit, 'Install', key)
      .flatMap(namesIn)
      .map((from) => ({ from, to: unit.name, kind })),
  );
}

/** The requirements for which a target orders itself; UNIT_ATOM_ADD_DEFAULT_TARGET_DEPENDENCY_QUEUE in systemd. */
export const targetOrdered: ReadonlySet<RequirementKind> = new Set([
  'Requires',
  'Requisite',
  'BindsTo',
  'PartOf',
  'Wants',
  'Upholds',
]);

/**
 * systemd.target(5), automatic dependencies: a target comes after what it wants or requires, unless
 * it is explicitly ordered before it or either side says DefaultDependencies=no.
 */
function impliedOrderings(
  own: ReadonlyMap<string, Unit>,
  requirements: readonly Requirement[],
  orderings: readonly Ordering[],
): readonly Ordering[] {
  const explicit = new Set(orderings.map(({ first, then }) => `${first}\0${then}`));
  return requirements
    .filter(({ from, to, kind }) => {
      const target = own.get(from);
      const member = own.get(to);
      return (
        target?.name.endsWith('.target') === true &&
        targetOrdered.has(kind) &&
        hasDefaultDependencies(target) &&
        (member === undefined || hasDefaultDependencies(member)) &&
        !explicit.has(`${from}\0${to}`)
      );
    })
    .map(({ from, to }) => ({ first: to, then: from }));
}

function hasDefaultDependencies(unit: Unit): boolean {
  const last = valuesOf(unit, 'Unit', 'DefaultDependencies').at(-1);
  const word = last?.kind === 'word' ? last.word : last?.kind === 'verbatim' ? last.text.trim() : 'yes';
  // The spellings of false in systemd.syntax(7).
  return !['0', 'no', 'n', 'false', 'f', 'off'].includes(word.toLowerCase());
}

function distinct(edges: readonly Requirement[]): readonly Requirement[] {
  return sortedByKey(edges, ({ from, to, kind }) => `${from}\0${to}\0${kind}`);
}

function distinctOrderings(edges: readonly Ordering[]): readonly Ordering[] {
  return sortedByKey(edges, ({ first, then }) => `${first}\0${then}`);
}

function sortedByKey<Edge>(edges: readonly Edge[], key: (edge: Edge) => string): readonly Edge[] {
  const byKey = new Map(edges.map((edge) => [key(edge), edge]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, edge]) => edge);
}
