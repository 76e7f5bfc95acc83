/**
 * Readers of the two kinds of files with variables, from the documents of the programs that read
 * them: `docker create --env-file` and systemd's EnvironmentFile=.
 */

/**
 * docs.docker.com, `docker container run`, --env-file: a variable a line, `#` begins a comment line,
 * values are literal. Lines are those of Go's bufio.ScanLines (a final \r is cut) and shorter than
 * bufio.MaxScanTokenSize; white space before a name is cut and none may be in it.
 */
export function readDockerEnvFile(
  text: string,
  client: Readonly<Record<string, string>>,
): [string, string][] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.flatMap((raw): [string, string][] => {
    if (Buffer.byteLength(raw) >= 64 * 1024) throw new SyntaxError('a line is longer than Go reads');
    const line = raw.replace(/\r$/, '').replace(/^[\s\u0085]+/u, '');
    if (line === '' || line.startsWith('#')) return [];
    const [, name = '', value] = /^([^=]*)(?:=(.*))?$/su.exec(line) ?? [];
    if (name === '' || /[ \t]/.test(name)) throw new SyntaxError(`docker refuses the name in: ${line}`);
    const passed = value ?? client[name];
    return passed === undefined ? [] : [[name, passed]];
  });
}

/**
 * systemd.exec(5), EnvironmentFile=: comment lines, then NAME="value" in POSIX double quotes, in which
 * a backslash escapes only `\ " $` and the backtick. Other quoting, though allowed, throws.
 */
export function readEnvironmentFile(text: string): [string, string][] {
  const variables: [string, string][] = [];
  let rest = text;
  while (rest !== '') {
    const comment = /^(?:[#;][^\n\r]*)?[\n\r]/.exec(rest)?.[0];
    if (comment !== undefined) {
      rest = rest.slice(comment.length);
      continue;
    }
    const [whole, name, quoted] =
      /^([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\`$]|\\[^])*)"\n/u.exec(rest) ??
      raise(`not an assignment: ${rest.slice(0, 60)}`);
    if (name === undefined || quoted === undefined) throw new SyntaxError('an empty match');
    const value = quoted.replace(/\\([^])/gu, (escape, next: string) => {
      if (next === '\n') return '';
      return '\\"$`'.includes(next) ? next : escape;
    });
    if (containsNoncharacter(value))
      throw new SyntaxError(`systemd calls the value of ${name} invalid UTF-8`);
    variables.push([name, value]);
    rest = rest.slice(whole.length);
  }
  return variables;
}

/** Code points that systemd's utf8_is_valid() refuses though they are Unicode: the noncharacters. */
export function containsNoncharacter(text: string): boolean {
  return [...text].some((character) => {
    const code = character.codePointAt(0) ?? 0;
    return (code & 0xfffe) === 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
  });
}

function raise(message: string): never {
  throw new SyntaxError(message);
}
