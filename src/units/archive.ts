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

/** The archive; the same entries give the same bytes: modification times are 0. */
export function writeArchive(entries: readonly ArchiveEntry[]): string {
  const end = '\0'.repeat(2 * blockSize);
  return entries.map((entry) => pathRecord(entry.path) + block(entry, '0')).join('') + end;
}

/** The path as a record before its entry, where no header can hold it: pax(1), pax Extended Header. */
function pathRecord(path: string): string {
  if (split(path) !== undefined) return '';
  const record = (length: number): string => `${String(length)} path=${path}\n`;
  let content = record(0);
  // The length counts its own digits.
  while (content !== record(Buffer.byteLength(content))) content = record(Buffer.byteLength(content));
  return block({ path: 'PaxHeader', content, mode: 0o644, uid: 0, gid: 0 }, 'x');
}

function block(entry: ArchiveEntry, type: '0' | 'x'): string {
  return header(entry, type) + entry.content + padding(entry.content);
}

function header({ path, content, mode, uid, gid }: ArchiveEntry, type: '0' | 'x'): string {
  const { prefix, name } = split(path) ?? { prefix: '', name: 'long' };
  const bytes = Buffer.alloc(blockSize);
  const put = (text: string, offset: number): void => {
    bytes.write(text, offset);
  };
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  put(name, 0);
  put(octal(mode, 7), 100);
  put(octal(uid, 7), 108);
  put(octal(gid, 7), 116);
  put(octal(Buffer.byteLength(content), 11), 124);
  put(octal(0, 11), 136);
  put(' '.repeat(8), 148);
  put(type, 156);
  put('ustar\u000000', 257);
  put(prefix, 345);
  // The sum counts its own field as spaces.
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  put(`${octal(sum, 6)}\0 `, 148);
  return bytes.toString('utf8');
}

/** The fields of a header that hold the path: 100 bytes, or 155 before a slash and 100 after it. */
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
