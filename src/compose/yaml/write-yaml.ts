/** Writes data as text that Compose's reader and dockunit's (YAML 1.1), and readers of YAML 1.2, read alike. */
import type { Document, ToStringOptions } from 'yaml';
import { isCollection, visit } from 'yaml';

/** Words that some YAML readers parse as a boolean, null, a number, a time or a date. */
const notText = [
  /^(?:y|n|yes|no|on|off|true|false|null|~|<<|=)$/i,
  /^[-+.]*\d[-+.:_\da-fA-FxXoO]*$/,
  /^[-+]?\.(?:inf|nan)$/i,
  /^\d{4}-\d/,
];
/** Invisible characters, and those that an editor easily loses. */
const fragilePattern = /^\s|\s$|[^\P{C}\n]|[\p{Zl}\p{Zp}]/u;
/** Between double quotes: characters that YAML 1.1 does not allow unescaped, or treats as line ends. */
const unwritable = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** The same document and options give the same bytes. */
export function writeYaml(document: Document, options: ToStringOptions): string {
  visit(document, {
    Scalar(_key, scalar, path) {
      const inFlow = path.some((above) => isCollection(above) && above.flow === true);
      if (typeof scalar.value === 'string' && needsQuotes(scalar.value, inFlow)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  const text = document.toString({
    // Folding would change the text for some readers.
    lineWidth: 0,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
    ...options,
  });
  return withEscapes(text);
}

/** JSON that YAML readers and JSON readers read alike. */
export function writeJson(value: object): string {
  return withEscapes(`${JSON.stringify(value, null, 2)}\n`);
}

function withEscapes(text: string): string {
  return text.replace(unwritable, (match) => `\\u${match.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A text of several lines becomes a block, where blocks are allowed and no line end would get lost in one. */
function needsQuotes(text: string, inFlow: boolean): boolean {
  const isBlock = !inFlow && text.includes('\n') && !/^\s|[ \t]\n|\s\s$/.test(text);
  if (text.includes('\n') && !isBlock) return true;
  // Between brackets Compose's reader treats them as indicators.
  if (inFlow && /\?|^:/.test(text)) return true;
  const body = isBlock ? text.replace(/\n$/, '') : text;
  return fragilePattern.test(body) || notText.some((pattern) => pattern.test(text));
}
