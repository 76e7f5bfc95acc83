/**
 * Text in a Compose file before interpolation: `$$` is a dollar sign, `${NAME}` a variable. Words of a
 * command line are converted to this first, so that all later steps stay exact.
 */

/** A word taken literally: every dollar sign is one. */
export function literal(word: string): string {
  return word.replaceAll('$', '$$$$');
}

/** Whether the text has a variable, whose value is not known here. */
export function holdsVariable(text: string): boolean {
  return text.replaceAll('$$', '').includes('$');
}

/**
 * Compose does not interpolate a key of a map, so its dollar signs stay single. Undefined where it has a
 * variable.
 */
export function mapKey(text: string): string | undefined {
  return holdsVariable(text) ? undefined : text.replaceAll('$$', '$');
}

/** Split at each separator that stands outside of `${…}`; `$${` is no variable. */
export function splitAt(text: string, separator: ':' | ',' | '='): readonly string[] {
  const parts = [''];
  for (const [piece] of text.matchAll(/\$\$|\$\{[^}]*(?:\}|$)|[^]/gu)) {
    if (piece === separator) parts.push('');
    else parts[parts.length - 1] += piece;
  }
  return parts;
}

/** `a=b=c` → [`a`, `b=c`]; the second is undefined without a separator. */
export function cutAt(text: string, separator: ':' | '='): readonly [string, string | undefined] {
  const [first = '', ...rest] = splitAt(text, separator);
  return [first, rest.length === 0 ? undefined : rest.join(separator)];
}

/** One record of CSV as Go's encoding/csv reads it (RFC 4180); undefined where it is none. */
export function readCsv(record: string): readonly string[] | undefined {
  const fields: string[] = [];
  let rest = record;
  for (;;) {
    const match = /^(?:"([^"]*(?:""[^"]*)*)"|((?:[^",$]|\$\$|\$\{[^}]*(?:\}|$)|\$(?![${]))*))(,|$)/.exec(
      rest,
    );
    if (match === null) return undefined;
    const [whole, quotedText, bare = '', end] = match;
    fields.push(quotedText === undefined ? bare : quotedText.replaceAll('""', '"'));
    if (end === '') return fields;
    rest = rest.slice(whole.length);
  }
}
