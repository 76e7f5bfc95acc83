/** A Compose file as data → text that a person would write, and that parses to the same data. */
import { Document, isMap, isScalar, isSeq, visit } from 'yaml';
import { writeYaml } from '../compose/yaml/write-yaml.ts';
import type { ComposeFile } from './import-runs.ts';

/** Lists of words that are written on one line. */
const inOneLine: ReadonlySet<string> = new Set(['command', 'entrypoint', 'test']);

/** YAML; the same file gives the same bytes. */
export function writeComposeFile(file: ComposeFile): string {
  // A reader sees one list in two places as two lists.
  const document = new Document(file, { aliasDuplicateObjects: false });
  visit(document, {
    Pair(_key, { key, value }) {
      if (isScalar(key) && inOneLine.has(String(key.value)) && isSeq(value)) value.flow = true;
      if (isMap(value) && value.items.length === 0) value.flow = true;
    },
  });
  spaceOut(document.contents);
  const services = document.get('services');
  if (isMap(services)) spaceOut(services);
  return writeYaml(document, { nullStr: '', flowCollectionPadding: false });
}

/** An empty line between the entries of a map. */
function spaceOut(map: unknown): void {
  if (!isMap(map)) return;
  for (const { key } of map.items.slice(1)) if (isScalar(key)) key.spaceBefore = true;
}
