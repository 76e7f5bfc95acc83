/**
 * A tar archive (POSIX ustar, pax(1)) as text: its contents are text, and its headers are ASCII.
 */

export interface ArchiveEntry {
  /** Without a leading slash. */
  readonly path: string;
  readonly content: string;
  /** Mode bits, 0o444. */
  readonly mode: number;
  /** Less than 2^21. */
  readonly uid: number;
  readonly gid: number;
}

const blockSize = 512;

/** The archive; the same entries give the same bytes: modification times are 0. Every path must fit (`fitsArchive`). */
export function writeArchive(entries: readonly ArchiveEntry[]): string {
  const end = '\0'.repeat(2 * blockSize);
  return entries.map((entry) => header(entry) + entry.content + padding(entry.content)).join('') + end;
}

/** Whether a header can hold the path: 100 bytes, or 155 before a slash and 100 after it. */
export function fitsArchive(path: string): boolean {
  return split(path) !== undefined;
}

function header({ path, content, mode, uid, gid }: ArchiveEntry): string {
  const { prefix, name } = split(path) ?? { prefix: '', name: path };
  const block = Buffer.alloc(blockSize);
  const put = (text: string, offset: number): void => {
    block.write(text, offset);
  };
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  put(name, 0);
  put(octal(mode, 7), 100);
  put(octal(uid, 7), 108);
  put(octal(gid, 7), 116);
  put(octal(Buffer.byteLength(content), 11), 124);
  put(octal(0, 11), 136);
  put(' '.repeat(8), 148);
  put('0', 156);
  put('ustar\u000000', 257);
  put(prefix, 345);
  // The sum counts its own field as spaces.
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${octal(sum, 6)}\0 `, 148);
  return block.toString('utf8');
}

function split(path: string): { readonly prefix: string; readonly name: string } | undefined {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path };
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100 && name !== '')
      return { prefix, name };
  }
  return undefined;
}

function padding(content: string): string {
  return '\0'.repeat((blockSize - (Buffer.byteLength(content) % blockSize)) % blockSize);
}
