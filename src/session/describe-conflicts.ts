/** Conflicts in words: which containers are in the way, and how to remove them without losing data. Pure. */
import { posix as path } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import { quoteWord } from '../units/container-command.ts';
import type { Conflict, Hold, ContainerOwner } from './find-conflicts.ts';

/** How many containers one finding names. */
const mostShown = 8;

/**
 * One finding for all containers of a Compose project, since they belong together, and one for each other
 * container.
 * @param there the prefix of a command that runs on the host: nothing, or `ssh HOST `
 */
export function tellConflicts(conflicts: readonly Conflict[], there: string): readonly Diagnostic[] {
  const groups = new Map<string, readonly [Conflict, ...Conflict[]]>();
  for (const conflict of conflicts) {
    const key = isOfSameProject(conflict)
      ? JSON.stringify(conflict.owner)
      : `container ${conflict.container}`;
    const group = groups.get(key);
    groups.set(key, group === undefined ? [conflict] : [...group, conflict]);
  }
  return [...groups.values()].map((group) => tellGroup(group, there));
}

const isOfSameProject = ({ holds }: Conflict): boolean => holds.some(({ kind }) => kind === 'project');

function tellGroup(group: readonly [Conflict, ...Conflict[]], there: string): Diagnostic {
  const [first] = group;
  const several = group.length > 1;
  const words = group.slice(0, mostShown).map(containerWords).join(', ');
  const more = group.length > mostShown ? ` and ${String(group.length - mostShown)} more` : '';
  return {
    severity: 'error',
    code: 'container-in-the-way',
    message: `${several ? 'The containers' : 'The container'} ${words}${more} ${several ? 'are' : 'is'} ${ownerWords(first.owner)}`,
    remedy: isOfSameProject(first) ? composeRemedy(first, there) : remedyFor(first, there),
  };
}

/** `shop-db-1 (runs; has the volume shop_data)`. */
function containerWords({ container, up, holds }: Conflict): string {
  const words = holds.flatMap((each) => heldWords(each) ?? []);
  const has = words.length === 0 ? '' : `; has ${words.join(', ')}`;
  return `${container} (${up ? 'runs' : 'is stopped'}${has})`;
}

function heldWords(hold: Hold): string | undefined {
  switch (hold.kind) {
    case 'project':
      return undefined;
    case 'name':
      return 'the name';
    case 'port':
      return `the port ${hold.port}`;
    case 'volume':
      return `the volume ${hold.volume}`;
  }
}

function ownerWords(owner: ContainerOwner): string {
  switch (owner.kind) {
    case 'compose':
      return `of docker compose: project ${owner.project}${owner.directory === undefined ? '' : `, in ${owner.directory}`}`;
    case 'dockunit':
      return `of dockunit’s project ${owner.project}${unitWords[owner.unit](owner.user)}`;
    case 'other':
      return 'none of dockunit’s';
  }
}

const unitWords = {
  installed: () => '',
  gone: () => ', and its unit is not installed any more',
  'of-another-manager': (user) =>
    user === undefined ? ', of the system’s manager' : `, of the manager of user ${user}`,
} as const satisfies Record<
  Extract<ContainerOwner, { kind: 'dockunit' }>['unit'],
  (user: string | undefined) => string
>;

function composeRemedy({ owner, source }: Conflict, there: string): string {
  const directory = owner.kind === 'compose' ? owner.directory : undefined;
  const project = owner.kind === 'compose' ? owner.project : '';
  const down =
    directory === undefined
      ? `${there}docker compose -p ${project} down`
      : onHost(there, `cd ${quoteWord(directory)} && docker compose down`);
  const keeps = 'without -v, so that the volumes and their data stay';
  if (directory === undefined || source === undefined || path.dirname(source) === directory) {
    return `Take them away first: ${down} (${keeps})`;
  }
  return `If that is the same application, take them away first: ${down} (${keeps}); else give this project another name with \`name:\` at the top`;
}

/** The remedies other than removing the container, by the resource it holds. */
const otherwise = {
  project: undefined,
  name: 'give the service another `container_name`',
  port: 'publish another port',
  volume: 'name another volume',
} as const satisfies Record<Hold['kind'], string | undefined>;

function remedyFor({ container, up, owner, holds }: Conflict, there: string): string {
  const name = quoteWord(container);
  const isName = holds.some(({ kind }) => kind === 'name');
  const or = [...new Set(holds.map(({ kind }) => otherwise[kind]).filter((each) => each !== undefined))];
  const alternative = or.length === 0 ? '' : `; or ${or.join(' and ')}`;
  if (owner.kind === 'dockunit' && owner.unit !== 'gone') {
    const user = owner.user === undefined ? '' : ' --user';
    const as =
      owner.unit === 'installed' ? '' : ` as ${owner.user === undefined ? 'root' : `user ${owner.user}`}`;
    return `Stop that project, if this one takes its place: dockunit stop${user} -p ${owner.project}${as}${alternative}`;
  }
  const stop = up ? `docker stop ${name}` : undefined;
  const remove = isName || owner.kind === 'dockunit' ? `docker rm ${name}` : undefined;
  const commands = [stop, remove].filter((each) => each !== undefined).join(' && ');
  return `Take it away first: ${onHost(there, commands)}${alternative}`;
}

function onHost(there: string, command: string): string {
  return there === '' ? command : `${there}'${command}'`;
}
