/** The user and groups of a child process; systemd.exec(5), User=, Group= and SupplementaryGroups=. */
import { readFileSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { findProgram } from '../machine/programs.ts';
import type { SpawnRefusal, SpawnRequest } from '../../model/supervisor-ports.ts';

/** The ids to change; absent ones stay the supervisor's own. */
export interface ProcessOwner {
  readonly uid?: number;
  readonly gid?: number;
  /** Supplementary groups, where there are any besides `gid`; never empty. */
  readonly groups?: readonly number[];
}

/** systemd.exec(5), "Process Exit Codes". */
const exitCodes = { group: 216, user: 217 } as const;

export function ownerOf({ user, group, groups = [] }: SpawnRequest): ProcessOwner | SpawnRefusal {
  const account = user === undefined ? undefined : lookUp('/etc/passwd', user);
  if (user !== undefined && account === undefined)
    return { code: exitCodes.user, reason: `there is no user ${user}` };
  const ids = new Map(
    [...(group === undefined ? [] : [group]), ...groups].map((name) => [name, groupId(name)]),
  );
  const [missing] = [...ids].find(([, id]) => id === undefined) ?? [];
  if (missing !== undefined) return { code: exitCodes.group, reason: `there is no group ${missing}` };
  const uid = account && Number(account[2]);
  const gid = group === undefined ? account && Number(account[3]) : ids.get(group);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && groups.length > 0)
    return { code: exitCodes.group, reason: 'only root may give a process supplementary groups' };
  // As in systemd, root's own has no supplementary groups.
  const initial = account !== undefined && gid !== undefined && gid !== 0 ? initialGroups(account, gid) : [];
  const all = [...new Set([...initial, ...groups.flatMap((name) => ids.get(name) ?? [])])];
  return {
    // Not even root's own id is set unnecessarily: a user's supervisor may not.
    ...((isOther(uid, process.getuid?.()) || isOther(gid, process.getgid?.())) && {
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    }),
    ...(isRoot && all.some((id) => id !== gid) && { groups: all }),
  };
}

const isOther = (id: number | undefined, own: number | undefined): boolean => id !== undefined && id !== own;

/** The result of initgroups(3) from the files; `account`: the fields of passwd(5). */
function initialGroups([name = '']: readonly string[], gid: number): readonly number[] {
  const has = (members: string | undefined): boolean => members?.split(',').includes(name) ?? false;
  return [gid, ...entriesOf('/etc/group').flatMap(([, , id, members]) => (has(members) ? [Number(id)] : []))];
}

function groupId(name: string): number | undefined {
  const entry = lookUp('/etc/group', name);
  return entry && Number(entry[2]);
}

/** The fields of the line for a name or number in passwd(5) or group(5). As with systemd, a number needs a line. */
const lookUp = (file: string, name: string): readonly string[] | undefined =>
  entriesOf(file).find((fields) => fields[0] === name || (fields.length > 3 && fields[2] === name));

function entriesOf(file: string): readonly (readonly string[])[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
}

/** The options for spawn(). */
export interface CommandAs {
  readonly program: string;
  readonly args: readonly string[];
  readonly argv0: string;
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * The command with that owner. With Node, a child of another user has no supplementary groups; setpriv(1), which then
 * executes the command, sets them. The command then has its own name as its zeroth argument.
 * @param fellShort called where the host has no setpriv
 */
export function commandAs(
  { groups, ...ids }: ProcessOwner,
  { argv, argv0, environment }: SpawnRequest,
  fellShort: (message: string) => void,
): CommandAs {
  const [program = '', ...args] = argv;
  const plain = { program, args, argv0: argv0 ?? program, ...ids };
  // The caller reports a missing program, so that setpriv does not fail on it.
  if (groups === undefined || !isThere(program, environment)) return plain;
  const setpriv = findSetpriv();
  if (setpriv === undefined) {
    fellShort(
      `${program} has none of the groups ${groups.join(', ')}: this host has no setpriv(1); install that of util-linux`,
    );
    return plain;
  }
  const options = [
    ...(ids.uid === undefined ? [] : [`--reuid=${String(ids.uid)}`]),
    ...(ids.gid === undefined ? [] : [`--regid=${String(ids.gid)}`]),
    `--groups=${groups.join(',')}`,
  ];
  return { program: setpriv, args: [...options, '--', program, ...args], argv0: setpriv };
}

function isThere(program: string, environment: ReadonlyMap<string, string>): boolean {
  const directories = program.includes('/') ? ['/'] : (environment.get('PATH') ?? '').split(':');
  return findProgram(program, directories) !== undefined;
}

/** The one of util-linux: busybox has a program of that name that does not know users. */
function findSetpriv(): string | undefined {
  return ['/usr/bin', '/bin']
    .flatMap((directory) => findProgram('setpriv', [directory]) ?? [])
    .find((path) => basename(realpathSync(path)) !== 'busybox');
}
