/** Tags and the directives that abbreviate them: YAML 1.1, 6.8.2. */
import type { Cursor } from './cursor.ts';
import { YamlError, code, isBreak, isSpace } from './cursor.ts';

const standardTag = 'tag:yaml.org,2002:';
const verbatim = /!<([\w;/?:@&=+$,.!~*'()[\]%-]+)>/y;
const shorthand = /!(?:([\w-]*)!)?([\w;/?:@&=+$,.!~*'()[\]%-]*)/y;
const directive = /%(?:YAML[ \t]+1\.1|TAG[ \t]+(!(?:[\w-]*!)?)[ \t]+([^\0 \t\n\r\x85\u2028\u2029]+))/y;

export class Tags {
  #handles = new Map<string, string>();
  /** By its handle; the version's is ''. */
  #nextHandles = new Map<string, string>();

  /** The declarations of earlier directives apply to one document. */
  beginDocument(): void {
    this.#handles = this.#nextHandles;
    this.#nextHandles = new Map();
  }

  /** The tag at the cursor: `!!str` for YAML's own, also where it is written `!<tag:yaml.org,2002:str>`. */
  take(cursor: Cursor): string {
    const start = cursor.at;
    const full = cursor.take(verbatim)?.[1];
    const [, name, suffix = ''] = full === undefined ? (cursor.take(shorthand) ?? []) : [];
    const tag = full ?? this.#resolve(name === undefined ? '!' : `!${name}!`, suffix);
    if (tag === undefined || !isSpace(cursor.code)) throw new YamlError('bad-property', start);
    return tag.startsWith(standardTag) ? `!!${tag.slice(standardTag.length)}` : tag;
  }

  #resolve(handle: string, suffix: string): string | undefined {
    const standard = handle === '!!' ? standardTag : handle === '!' ? '!' : undefined;
    const prefix = this.#handles.get(handle) ?? standard;
    if (prefix === undefined || (handle !== '!' && suffix === '')) return undefined;
    return `${prefix}${suffix}`;
  }

  /** A directive line: for the version, or for a tag handle; each once a document. */
  takeDirective(cursor: Cursor): void {
    const start = cursor.at;
    const match = cursor.take(directive);
    cursor.skipBlanks();
    if (cursor.code === code.hash) cursor.skipLine();
    if (!match || !(isBreak(cursor.code) || cursor.code === 0)) throw new YamlError('directive', start);
    const [, handle = '', prefix = ''] = match;
    if (this.#nextHandles.has(handle)) throw new YamlError('directive', start);
    this.#nextHandles.set(handle, prefix);
  }
}
