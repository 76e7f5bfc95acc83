/**
 * Random Compose files that are there for their YAML: every style of it, well and badly indented, and some with
 * a character or a line changed. A file is a number, the seed it is made of.
 */
import { type Place, ScalarWriter, type Writing } from './yaml-scalars.ts';
import { badKeys, directives, ends, insertions, keys, lineBreaks } from './yaml-words.ts';

/** The text of a Compose file, the same one for the same seed. */
export function yamlTextFrom(seed: number): string {
  return new YamlWriter(seed).file();
}

type Entries = readonly (readonly [key: string, value: Writing])[];

class YamlWriter extends ScalarWriter {
  file(): string {
    const lines = this.chance(0.08)
      ? this.some(1, this.errs ? 2 : 1, () => `${this.pick(directives)}\n`)
      : [];
    const start = lines.length > 0 || this.chance(0.15) ? this.pick(['---\n', '--- # c\n', '---\t\n']) : '';
    const end = this.chance(0.25) ? this.pick(ends) : '';
    const second = this.chance(0.05) ? `---\n${this.document()}` : '';
    const head = this.chance(0.03) ? '\ufeff' : '';
    const text = `${head}${lines.join('')}${start}${this.document()}${second}${end}`;
    const ended = this.chance(0.1) ? text.replace(/\n+$/, '') : text;
    const lineBreak = this.pick(lineBreaks);
    const broken = ended.replaceAll('\n', () => (this.errs ? this.pick(lineBreaks) : lineBreak));
    return this.chance(0.25) ? this.changed(broken) : broken;
  }

  private document(): string {
    this.anchors.length = this.maps.length = 0;
    const service: Entries = [
      ['image', () => ' busybox'],
      ['labels', (place) => this.map(place, this.scalar)],
      ['environment', (place) => this.map(place, this.scalar)],
    ];
    const web = service.filter(([key]) => key === 'image' || this.chance(0.4));
    const top: [string, Writing][] = ['x-a', 'x-b', 'x-c', 'x-d']
      .filter(() => this.chance(0.6))
      .map((key) => [key, (place) => this.node(place)]);
    const services: Writing = (place) => this.mapOf([['web', (inner) => this.mapOf(web, inner)]], place);
    top.splice(this.upTo(top.length), 0, ['services', services]);
    return `${this.mapOf(top, { indent: -1, flow: this.chance(0.06), depth: 0 }).replace(/^[ \n]/, '')}\n`;
  }

  /** What stands after `key:` or `-`, the blank or the line break before it too. */
  private node(place: Place): string {
    const below: Writing = (inner) => (inner.depth > 5 ? this.scalar(inner) : this.node(inner));
    const writings: readonly Writing[] = [
      this.scalar,
      this.scalar,
      (where) => this.map(where, below),
      (where) => this.list(where, below),
      (where) => (this.anchors.length > 0 ? ` *${this.pick(this.anchors)} ` : this.scalar(where)),
    ];
    return this.pick(writings)(place);
  }

  private map(place: Place, value: Writing): string {
    const names = [...new Set(this.some(0, 4, () => this.pick(keys)))];
    const entries = names.map((name): [string, Writing] => [this.key(name), value]);
    if (this.maps.length > 0 && this.chance(0.25)) {
      const one = `*${this.pick(this.maps)} `;
      const from = this.pick([one, `[ ${one}, *${this.pick(this.maps)} ]`, `{ z: 1, <<: ${one}}`]);
      const key = this.errs ? this.pick(['"<<"', '!!merge <<']) : '<<';
      entries.splice(this.upTo(entries.length), 0, [key, () => ` ${from}`]);
    }
    return this.mapOf(entries, place);
  }

  private mapOf(entries: Entries, place: Place): string {
    const { text, done } = this.properties('map');
    const column = this.columnBelow(place);
    const written =
      place.flow || entries.length === 0 || (place.depth > 0 && this.chance(0.25))
        ? ` {${this.flowItems(this.flowEntries(entries, place), place)}}`
        : this.block(
            entries.map(([key, value]) => {
              const of = value({ indent: column, flow: false, depth: place.depth + 1 });
              if (this.chance(0.04)) return `? ${key}\n${' '.repeat(column)}:${of}`;
              return `${key}${this.errs ? ' ' : ''}:${of}`;
            }),
            column,
            text !== '' || place.indent < 0,
          );
    done();
    return `${text}${written}`;
  }

  private list(place: Place, value: Writing): string {
    const { text, done } = this.properties('list');
    const count = this.upTo(4);
    const column = this.chance(0.3) ? Math.max(place.indent, 0) : this.columnBelow(place);
    const items = (of: Place): string[] => Array.from({ length: count }, () => value(of));
    const inner = { indent: place.flow ? place.indent : column, flow: place.flow, depth: place.depth + 1 };
    let written: string;
    if (place.flow || count === 0 || this.chance(0.35)) {
      const inFlow = { ...inner, indent: place.indent, flow: true };
      const pair = (item: string): string =>
        this.chance(0.06) ? `${this.key(this.pick(keys))}: ${item}` : item;
      written = ` [${this.flowItems(
        items(inFlow).map((item) => pair(item.trimStart())),
        place,
      )}]`;
    } else {
      const lines = items(inner).map((item) => {
        const [, blank, rest] = /^\n( *)([^]*)$/.exec(item) ?? [];
        // A collection may begin in the line of its dash, where its column is known.
        const fits = blank !== undefined && blank.length > column + 1 && !(rest ?? '').startsWith('#');
        return fits && this.chance(0.7)
          ? `-${' '.repeat(blank.length - column - 1)}${rest ?? ''}`
          : `-${item}`;
      });
      written = this.block(lines, column, true);
    }
    done();
    return `${text}${written}`;
  }

  /** Lines of one block, after what stands before them. */
  private block(lines: readonly string[], column: number, ends: boolean): string {
    const margin = ' '.repeat(column);
    const body = lines
      .map((line, index) => `${index > 0 ? this.noise(column) : ''}${margin}${line}`)
      .join('\n');
    return `${ends ? this.lineEnd() : ''}\n${body}`;
  }

  private key(name: string): string {
    // Beyond 1024 characters a key is none.
    if (this.chance(0.002)) return 'ä'.repeat(1018 + this.upTo(12));
    const quoted = /[#:?']|^-/.test(name) ? 0.5 : 0.1;
    if (this.errs) return this.pick(badKeys);
    if (this.chance(quoted)) return this.chance(0.5) ? `"${name}"` : `'${name.replaceAll("'", "''")}'`;
    return this.chance(0.03) ? `${this.pick(['&k', '!!str', '!'])} ${name}` : name;
  }

  private flowEntries(entries: Entries, place: Place): string[] {
    const inner = { indent: place.indent, flow: true, depth: place.depth + 1 };
    return entries.map(([key, write]) => {
      if (place.depth > 2 && this.chance(0.05)) return key;
      const value = write(inner);
      if (/^["'][^]*["']$/.test(key) && this.chance(0.3)) return `${key}:${value.trimStart()}`;
      return `${this.chance(0.03) ? '? ' : ''}${key}:${this.chance(0.1) ? this.flowSpace(place) : ''}${value}`;
    });
  }

  private flowItems(items: readonly string[], place: Place): string {
    const space = (): string => this.flowSpace(place);
    const last = (items.length > 0 && this.chance(0.15)) || this.errs ? `,${space()}` : '';
    return `${items.map((item) => `${space()}${item}${this.chance(0.2) ? space() : ''}`).join(',')}${last}${space()}`;
  }

  /** Between the tokens of a flow collection, whose lines may begin in any column. */
  private flowSpace({ indent }: Place): string {
    const columns = [0, 1, Math.max(indent, 0), indent + 1, indent + 2, indent + 4].map((count) =>
      ' '.repeat(count),
    );
    const lead = `${this.pick(columns)}${this.chance(0.02) ? '\t' : ''}`;
    const comment = `${this.chance(0.2) ? '' : ' '}# c\n${lead}`;
    return this.pick([
      '',
      '',
      ' ',
      ' ',
      '',
      ' ',
      `\n${lead}`,
      `\n${lead}`,
      this.pick([comment, `\n\n${lead}`, '\t']),
    ]);
  }

  /** Comments and empty lines before a line of a block. */
  private noise(column: number): string {
    if (!this.chance(0.12)) return '';
    const margin = ' '.repeat(column);
    return this.pick([
      `\n`,
      `${margin}# c\n`,
      '# c: [\n',
      '    # "c\n',
      ' \n',
      `${margin} \n\n`,
      this.errs ? '\t\n' : '\n',
    ]);
  }

  private columnBelow({ indent }: Place): number {
    return indent + this.pick(indent < 0 ? [1, 1, 1, 1, 3] : [2, 2, 2, 2, 1, 3, 4]);
  }

  /** One or two changes of a character or the margin of a line. */
  private changed(text: string): string {
    return this.some(1, 2, () => 0).reduce((before: string) => {
      const at = this.upTo(before.length);
      const line = before.lastIndexOf('\n', at) + 1;
      const [head, tail] = [before.slice(0, line), before.slice(line)];
      return this.pick([
        before.slice(0, at) + this.pick(insertions) + before.slice(at),
        before.slice(0, at) + before.slice(at + 1),
        head + this.pick([' ', '  ', '\t', ' \t']) + tail,
        head + tail.replace(/^[ \t]+/, (blanks) => blanks.slice(1 + this.upTo(3))),
        head + tail.replace(/^[^\n]*\n/, '$&$&'),
      ]);
    }, text);
  }
}
