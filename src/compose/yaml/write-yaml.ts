/** Data → text that Compose's reader and dockunit's (YAML 1.1), and those of YAML 1.2, read as the same. */
import type { Document, ToStringOptions } from 'yaml';
import { isCollection, visit } from 'yaml';

/** Words that some reader of YAML takes for a boolean, nothing, a number, a time or a date. */
const notText = [
  /^(?:y|n|yes|no|on|off|true|false|null|~|<<|=)$/i,
  /^[-+.]*\d[-+.:_\da-fA-FxXoO]*$/,
  /^[-+]?\.(?:inf|nan)$/i,
  /^\d{4}-\d/,
];
/** What cannot be seen, or is easily lost by an editor. */
const unseen = /^\s|\s$|[^\P{C}\n]|[\p{Zl}\p{Zp}]/u;
/** Between double quotes: what YAML 1.1 does not allow as it is, or takes for the end of a line. */
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
    // Folding would change the text for some.
    lineWidth: 0,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
    ...options,
  });
  return withEscapes(text);
}

/** JSON that YAML readers read as JSON readers do. */
export function writeJson(value: object): string {
  return withEscapes(`${JSON.stringify(value, null, 2)}\n`);
}

function withEscapes(text: string): string {
  return text.replace(unwritable, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A text of several lines is a block, where there are blocks and nothing at the ends of its lines gets lost in one. */
function needsQuotes(text: string, inFlow: boolean): boolean {
  const isBlock = !inFlow && text.includes('\n') && !/^\s|[ \t]\n|\s\s$/.test(text);
  if (text.includes('\n') && !isBlock) return true;
  // Between brackets Compose's reader takes them for indicators.
  if (inFlow && /\?|^:/.test(text)) return true;
  const seen = isBlock ? text.replace(/\n$/, '') : text;
  return unseen.test(seen) || notText.some((pattern) => pattern.test(text));
}
