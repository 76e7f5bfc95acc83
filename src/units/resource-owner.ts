/**
 * The owner of a network or volume: the labels that units give it, and how messages describe it before a change or
 * removal. Names alone are not enough, since the units of two users, or of two directories with one project name, may
 * create networks and volumes of one name.
 */
import type { Argument, Target, Unit } from './unit-set.ts';
import { dockunitField } from './unit-set.ts';

/** Two users' managers may use one Docker with units of the same names: neither may touch the other's. */
export const userLabel: Argument = ['dockunit.user=', { specifier: 'U' }];

/** Options of docker create for a network or volume. Those of the system have no label of a user. */
export function ownerLabels(
  unit: string,
  { project, source }: { readonly project: string; readonly source: string | undefined },
  target: Target,
): readonly Argument[] {
  const labels: readonly Argument[] = [
    `dockunit.unit=${unit}`,
    `dockunit.project=${project}`,
    ...(source === undefined ? [] : [`dockunit.source=${source}`]),
    ...(target.scope === 'user' ? [userLabel] : []),
  ];
  return labels.flatMap((label) => ['--label', label]);
}

export type Labels = ReadonlyMap<string, string>;

/** The required owner of what a unit creates. */
export interface ResourceOwner {
  readonly project: string;
  /** The Compose file that the unit was compiled from. */
  readonly source: string | undefined;
  /** User id of a user's manager; undefined for the system's. */
  readonly user: string | undefined;
}

export function ownerOf(unit: Unit, user: string | undefined): ResourceOwner {
  return { project: dockunitField(unit, 'Project') ?? '', source: dockunitField(unit, 'Source'), user };
}

/** `unsaid`: an older dockunit created it, without these labels. */
export type Ownership = 'own' | 'unsaid' | 'of-another' | 'of-others';

/** What the labels of a network or volume say to a user who wants to remove it. */
export function ownershipOf(labels: Labels, { project, source, user }: ResourceOwner): Ownership {
  if (!labels.has('dockunit.project')) return 'of-others';
  if (!labels.has('dockunit.source')) return 'unsaid';
  return isOfProject(labels, project, user) && labels.get('dockunit.source') === source
    ? 'own'
    : 'of-another';
}

/** For people: `/srv/shop/compose.yaml (project shop, user 1000)`. */
export function ownerWords(labels: Labels): string {
  const [project = '', user] = [labels.get('dockunit.project'), labels.get('dockunit.user')];
  const of = user === undefined ? '' : `, user ${user}`;
  return `${labels.get('dockunit.source') ?? 'a file'} (project ${project}${of})`;
}

/** Whether a network may be recreated where its options change: it holds no data, and a project may have moved. */
function isOfProject(labels: Labels, project: string, user: string | undefined): boolean {
  return labels.get('dockunit.project') === project && labels.get('dockunit.user') === user;
}

/**
 * The template of docker inspect that prints the hash of a network's configuration, and nothing for a network of
 * another owner.
 */
export function ownHashTemplate(project: string, target: Target): Argument {
  const [begin, end] = [
    `{{if and (eq (index .Labels "dockunit.project") "${project}") (eq (index .Labels "dockunit.user") "`,
    '")}}{{index .Labels "dockunit.config"}}{{end}}',
  ];
  return target.scope === 'user' ? [begin, { specifier: 'U' }, end] : `${begin}${end}`;
}

/** Parses docker's output for such a template; undefined for another template. */
export function printOwnHash(template: string, labels: Labels): string | undefined {
  const [, project, user] =
    /^\{\{if and \(eq \(index \.Labels "dockunit\.project"\) "([^"]*)"\) \(eq \(index \.Labels "dockunit\.user"\) "([^"]*)"\)\}\}\{\{index \.Labels "dockunit\.config"\}\}\{\{end\}\}$/.exec(
      template,
    ) ?? [];
  if (project === undefined) return undefined;
  return isOfProject(labels, project, user === '' ? undefined : user)
    ? (labels.get('dockunit.config') ?? '')
    : '';
}
