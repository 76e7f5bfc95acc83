/** A Compose file as data → text that a person would write, and that reads back as the same. */
import { Document, isCollection, isMap, isScalar, isSeq, visit } from 'yaml';
import type { ComposeFile } from './import-runs.ts';

/** Lists of words that are read as one line. */
const inOneLine: ReadonlySet<string> = new Set(['command', 'entrypoint', 'test']);

/** Words that some reader of YAML takes for a boolean, nothing, a number, a time or a date. */
const notText = [
  /^(?:y|n|yes|no|on|off|true|false|null|~|<<|=)$/i,
  /^[-+.]*\d[-+.:_\da-fA-FxXoO]*$/,
  /^[-+]?\.(?:inf|nan)$/i,
  /^\d{4}-\d/,
];
/** What cannot be seen, or is easily lost by an editor. */
const unseen = /^\s|\s$|[^\P{C}\n]|[\p{Zl}\p{Zp}]/u;

/** YAML; the same file gives the same bytes. */
export function writeComposeFile(file: ComposeFile): string {
  // One list in two places is two lists to a reader.
  const document = new Document(file, { aliasDuplicateObjects: false });
  visit(document, {
    Pair(_key, { key, value }) {
      if (isScalar(key) && inOneLine.has(String(key.value)) && isSeq(value)) value.flow = true;
      if (isMap(value) && value.items.length === 0) value.flow = true;
    },
    Scalar(_key, scalar, path) {
      const inFlow = path.some((above) => isCollection(above) && above.flow === true);
      if (typeof scalar.value === 'string' && needsQuotes(scalar.value, inFlow)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  spaceOut(document.contents);
  const services = document.get('services');
  if (isMap(services)) spaceOut(services);
  return document.toString({
    // Folding would change the text for some.
    lineWidth: 0,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
    nullStr: '',
    flowCollectionPadding: false,
  });
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

/** An empty line between the entries of a map. */
function spaceOut(map: unknown): void {
  if (!isMap(map)) return;
  for (const { key } of map.items.slice(1)) if (isScalar(key)) key.spaceBefore = true;
}
