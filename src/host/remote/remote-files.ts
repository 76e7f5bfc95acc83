/** The files of another machine, by sh(1), find(1) and coreutils, which every host with systemd has. */
import { dirname } from 'node:path';
import type { FileStatus, Files } from '../machine/files.ts';
import { HostError } from '../../model/ports.ts';
import type { RemoteShell } from './remote-shell.ts';

/** An error like those of node:fs: with the name of its errno. */
class RemoteFileError extends Error {
  override readonly name = 'RemoteFileError';
  constructor(
    readonly code: string | undefined,
    message: string,
  ) {
    super(message);
  }
}

/** Reads small files with their directory: up to 128 blocks of 512 bytes. */
const small = '-size -129';

/** Each script ends with the exit status of its work. */
const scripts = {
  read: 'cat -- "$1"',
  list: String.raw`find -H "$1" -mindepth 1 -maxdepth 1 -printf '%f\0'`,
  // No output where nothing exists; failed access is an error.
  status: String.raw`[ -e "$1" ] || [ -L "$1" ] || ls -d -- "$1" >/dev/null || exit; find "$1" -maxdepth 0 -printf '%y %m %U %T@'`,
  realPath: 'realpath -e -- "$1"',
  isDirectory: '[ -d "$1" ]',
  // dd(1) creates the file and syncs it before it ends; open(2) with mode 0600, so never more than requested.
  create:
    'umask 077; printf %s "$2" | base64 -d | dd of="$1" conv=excl,fsync status=none && chmod -- "$3" "$1"',
  // In one write, as O_APPEND requires.
  append:
    'umask 077; [ ! -L "$1" ] || { echo "$1: Too many levels of symbolic links" >&2; exit 1; }; ' +
    'new=no; [ -e "$1" ] || new=yes; printf %s "$2" | base64 -d | ' +
    'dd of="$1" bs=1M iflag=fullblock oflag=append conv=notrunc,fsync status=none && ' +
    '{ [ $new = no ] || chmod -- "$3" "$1"; } && stat -c %s -- "$1"',
  // mkdir(1) gives parents a mode by the umask, so the script creates them one by one.
  makeDirectory:
    'make() { [ -e "$1" ] || [ -L "$1" ] || { [ -z "${1%/*}" ] || make "${1%/*}" "$2"; } && ' +
    '{ mkdir -m "$2" -- "$1" || [ -d "$1" ]; }; }; make "$1" "$2" && { [ -d "$1" ] || mkdir -- "$1"; }',
  setMode: 'chmod -- "$2" "$1"',
  rename: 'mv -fT -- "$1" "$2"',
  link: 'ln -T -- "$1" "$2"',
  symlink: 'ln -sT -- "$1" "$2"',
  remove: 'rm -- "$1"',
  discard: 'rm -rf -- "$1"',
  sync: 'sync -- "$1"',
  // The directory and its parents.
  owners:
    'id -u && d=$(realpath -e -- "$1") && while :; do stat -c "%u %a %n" -- "$d"; [ "$d" = / ] && break; d=${d%/*}; d=${d:-/}; done',
  // Existing directories; their entries; sizes of the small files; their contents, one after the other.
  prefetch: [
    String.raw`for d; do [ -d "$d" ] && [ -r "$d" ] && [ -x "$d" ] && printf '%s\0' "$d"; done; printf '\0'`,
    String.raw`find -H "$@" -mindepth 1 -maxdepth 1 -printf '%y %m %U %T@ %p\0' 2>/dev/null; printf '\0'`,
    String.raw`find -L "$@" -mindepth 1 -maxdepth 1 -type f -readable ${small} -printf '%s %p\0' 2>/dev/null; printf '\0'`,
    `find -L "$@" -mindepth 1 -maxdepth 1 -type f -readable ${small} -print0 2>/dev/null | xargs -0 -r cat --`,
  ].join('\n'),
} as const;

interface RemoteEntry {
  readonly status: FileStatus;
  /** For a link, the target's too; absent where it is not a small regular file. */
  text?: string;
}

export class RemoteFiles implements Files {
  readonly #shell: RemoteShell;
  /** The fetched directories that were not written to since; undefined for missing ones. */
  readonly #listings = new Map<string, Map<string, RemoteEntry> | undefined>();

  constructor(shell: RemoteShell) {
    this.#shell = shell;
  }

  prefetch(directories: readonly string[]): void {
    const unread = directories.filter((directory) => !this.#listings.has(directory));
    if (unread.length === 0) return;
    const { status, stdout } = this.#shell.run(scripts.prefetch, unread);
    const listings = status === 0 ? readListings(stdout) : undefined;
    // Files that changed during the read are read one by one.
    if (listings === undefined) return;
    for (const directory of unread) {
      const listing = listings.get(directory);
      if (listing !== undefined || !this.isDirectory(directory)) this.#listings.set(directory, listing);
    }
  }

  read(path: string): string {
    const entry = this.#entry(path);
    if (entry === 'nothing') throw new RemoteFileError('ENOENT', `${path}: No such file or directory`);
    return entry?.text ?? this.#run('read', path).toString();
  }

  list(directory: string): readonly string[] {
    const listing = this.#listings.get(directory);
    if (listing !== undefined) return [...listing.keys()];
    return splitNul(this.#run('list', directory));
  }

  status(path: string): FileStatus | undefined {
    const entry = this.#entry(path);
    if (entry === 'nothing') return undefined;
    if (entry !== undefined) return entry.status;
    try {
      return readStatus(this.#run('status', path).toString());
    } catch (error) {
      if (error instanceof RemoteFileError && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  realPath(path: string): string {
    return this.#run('realPath', path).toString().replace(/\n$/, '');
  }

  isDirectory(path: string): boolean {
    return this.#shell.run(scripts.isDirectory, [path]).status === 0;
  }

  create(path: string, content: string | Uint8Array, mode: number): void {
    this.#change('create', [path, Buffer.from(content).toString('base64'), mode.toString(8)], path);
  }

  append(path: string, text: string, mode: number): number {
    const size = this.#change('append', [path, Buffer.from(text).toString('base64'), mode.toString(8)], path);
    return Number(size.toString());
  }

  makeDirectory(path: string, mode: number): void {
    this.#change('makeDirectory', [path, mode.toString(8)], path);
  }

  setMode(path: string, mode: number): void {
    this.#change('setMode', [path, mode.toString(8)], path);
  }

  rename(from: string, to: string): void {
    this.#change('rename', [from, to], from, to);
  }

  link(from: string, to: string): void {
    this.#change('link', [from, to], to);
  }

  symlink(target: string, path: string): void {
    this.#change('symlink', [target, path], path);
  }

  remove(path: string): void {
    this.#change('remove', [path], path);
  }

  discard(path: string): void {
    this.#change('discard', [path], path);
  }

  /**
   * sh(1) has no openat(2): by path, where no other user may replace this directory or its parents. In a directory with
   * the sticky bit other users cannot do so either; stat(1).
   */
  within<T>(directory: string, work: (inside: string) => T): T {
    const [uid, ...lines] = this.#run('owners', directory).toString().trimEnd().split('\n');
    for (const line of lines) {
      const [, owner = '', mode = '', path = ''] = /^(\d+) (\d+) (.*)$/.exec(line) ?? [];
      const bits = parseInt(mode, 8);
      if ((owner === '0' || owner === uid) && ((bits & 0o022) === 0 || (bits & 0o1000) !== 0)) continue;
      throw new HostError(
        `Cannot trust ${directory} on that host: others may change ${path} (user ${owner}, mode ${mode})`,
        'Connect as the user whose directory it is, or name one that belongs to root',
      );
    }
    return work(directory);
  }

  sync(directory: string): void {
    this.#run('sync', directory);
  }

  /** The fetched data for the path; undefined where its directory was not fetched. */
  #entry(path: string): RemoteEntry | 'nothing' | undefined {
    const directory = dirname(path);
    if (!this.#listings.has(directory)) return undefined;
    return this.#listings.get(directory)?.get(path.slice(directory.length + 1)) ?? 'nothing';
  }

  #change(action: keyof typeof scripts, args: readonly string[], ...paths: readonly string[]): Buffer {
    for (const path of paths) {
      for (const directory of [...this.#listings.keys()]) {
        if (directory === path || directory === dirname(path) || directory.startsWith(`${path}/`)) {
          this.#listings.delete(directory);
        }
      }
    }
    return this.#run(action, ...args);
  }

  #run(action: keyof typeof scripts, ...args: readonly string[]): Buffer {
    const { status, stdout, stderr } = this.#shell.run(`LC_ALL=C; export LC_ALL; ${scripts[action]}`, args);
    if (status === 0) return stdout;
    throw new RemoteFileError(errnoOf(stderr), stderr.trim() || `${action} ended with ${String(status)}`);
  }
}

/** strerror(3) of the C locale, and the messages of dash(1) in its place. */
const errnoTexts: Readonly<Record<string, string>> = {
  'no such file': 'ENOENT',
  'directory nonexistent': 'ENOENT',
  'permission denied': 'EACCES',
  'operation not permitted': 'EPERM',
  'file exists': 'EEXIST',
  'not a directory': 'ENOTDIR',
  'is a directory': 'EISDIR',
  'no space left': 'ENOSPC',
  'quota exceeded': 'EDQUOT',
  'read-only file system': 'EROFS',
  'name too long': 'ENAMETOOLONG',
  'too many levels of symbolic links': 'ELOOP',
  'input/output error': 'EIO',
  'resource busy': 'EBUSY',
};

/** The name of the errno in the last line of a program's message. */
function errnoOf(stderr: string): string | undefined {
  const line = stderr.trim().split('\n').at(-1)?.toLowerCase() ?? '';
  // At the end: the path before it may contain any of these.
  const end = line.slice(line.lastIndexOf(': ') + 2);
  return Object.entries(errnoTexts).find(([text]) => end.includes(text))?.[1];
}

/** `f 644 0 1700000000.5` of find(1), -printf '%y %m %U %T@'. */
function readStatus(text: string): FileStatus {
  const [type = '', mode = '', owner = '', mtime = ''] = text.split(' ');
  const kinds: Readonly<Record<string, FileStatus['kind']>> = { f: 'file', d: 'directory', l: 'link' };
  return {
    kind: kinds[type] ?? 'other',
    mode: parseInt(mode, 8),
    owner: Number(owner),
    modifiedAt: Number(mtime) * 1000,
  };
}

function splitNul(bytes: Buffer): readonly string[] {
  return bytes.toString().split('\0').slice(0, -1);
}

/** The output of `prefetch`, by directory; undefined where sizes and contents do not fit. */
function readListings(output: Buffer): ReadonlyMap<string, Map<string, RemoteEntry>> | undefined {
  let rest = output;
  const section = (): readonly string[] => {
    // A section ends with an empty entry.
    const end = rest[0] === 0 ? 0 : rest.indexOf('\0\0') + 1;
    const entries = splitNul(rest.subarray(0, end));
    rest = rest.subarray(end + 1);
    return entries;
  };
  const listings = new Map(section().map((directory) => [directory, new Map<string, RemoteEntry>()]));
  const entryAt = (path: string): RemoteEntry | undefined =>
    listings.get(dirname(path))?.get(path.slice(dirname(path).length + 1));
  for (const line of section()) {
    const [, facts = '', path = ''] = /^(\S+ \S+ \S+ \S+) (.*)$/s.exec(line) ?? [];
    listings.get(dirname(path))?.set(path.slice(dirname(path).length + 1), { status: readStatus(facts) });
  }
  for (const line of section()) {
    const [, size = '', path = ''] = /^(\d+) (.*)$/s.exec(line) ?? [];
    const entry = entryAt(path);
    if (entry !== undefined) entry.text = rest.subarray(0, Number(size)).toString();
    if (rest.length < Number(size)) return undefined;
    rest = rest.subarray(Number(size));
  }
  return rest.length === 0 ? listings : undefined;
}
