/** The scalars of random YAML, with their tags and anchors, and what may stand at the end of a line. */
import { Dice } from './dice.ts';
import { escapes, odd, oddEscapes, plainWords, tags, words } from './yaml-words.ts';

/** Where a node stands: the lines of it are indented more than `indent`, but where the writer errs. */
export interface Place {
  readonly indent: number;
  readonly flow: boolean;
  readonly depth: number;
}

export type Writing = (place: Place) => string;

export class ScalarWriter extends Dice {
  protected readonly anchors: string[] = [];
  protected readonly maps: string[] = [];
  /** How often something is written that YAML may not allow there. */
  private readonly wildness = this.pick([0, 0, 0, 0, 0.01, 0.02, 0.06]);

  protected get errs(): boolean {
    return this.chance(this.wildness);
  }

  /** Tag and anchor; once the node is written, aliases may follow the anchor. */
  protected properties(kind: 'scalar' | 'map' | 'list'): { text: string; done: () => void } {
    const own = { scalar: tags, map: ['!!map', '!mine', '!'], list: ['!!seq', '!mine', '!'] }[kind];
    const other = ['!!null', '!!float', '!!bool', '!!set', '!!binary', '!e!x', '!!float', '!a,b', '!reset'];
    const tag = this.chance(0.04) ? ` ${this.pick(this.errs ? other : own)}` : '';
    if (!this.chance(0.12)) return { text: tag, done: () => undefined };
    const name = `${this.errs ? this.pick(['é', 'f.g', 'a:b', '']) : this.pick(['a', 'b', 'c-1', 'd_e'])}${String(this.upTo(3))}`;
    const done = (): void => {
      this.anchors.push(name);
      if (kind === 'map') this.maps.push(name);
    };
    const between = this.errs ? '\n ' : '';
    return { text: this.chance(0.5) ? `${tag}${between} &${name}` : ` &${name}${between}${tag}`, done };
  }

  protected lineEnd(): string {
    return this.chance(0.1) ? this.pick([' # c', ' ', '\t', ' #', '  # a: b', this.errs ? '#c' : ' #']) : '';
  }

  protected readonly scalar: Writing = (place) => {
    const { text, done } = this.properties('scalar');
    done();
    if (!place.flow && this.chance(0.2)) return `${text} ${this.blockScalar(place)}`;
    const lead = this.chance(0.06)
      ? this.wordBreak(place)
      : this.pick([' ', ' ', ' ', '  ', this.chance(0.2) ? '\t' : ' ']);
    const write = this.pick([() => this.plain(place), () => this.single(place), () => this.double(place)]);
    return `${text}${lead}${write()}${place.flow ? '' : this.lineEnd()}`;
  };

  /** A line break within a scalar, and the margin of its next line. */
  protected wordBreak({ indent, flow }: Place, quoted = false): string {
    const free = flow || quoted || this.errs;
    const margin = ' '.repeat(free && this.chance(0.4) ? this.upTo(indent + 1) : indent + 1 + this.upTo(3));
    const more = this.chance(0.2) ? this.pick(['\n', ' \n', this.errs ? '\t\n\n' : '\n\n', '\n  \n']) : '';
    return `${this.pick(['', '', ' ', '\t'])}\n${more}${margin}${this.chance(0.02) ? '\t' : ''}`;
  }

  protected word(): string {
    const word = this.pick(words);
    return this.errs ? `${word}${this.pick(odd)}` : word;
  }

  protected plain(place: Place): string {
    if (this.chance(0.03)) return '';
    const word = (): string => (this.errs ? this.word() : this.pick(plainWords));
    const rest = this.chance(0.15)
      ? this.some(1, 3, () => `${this.chance(0.6) ? this.wordBreak(place) : ' '}${word()}`)
      : [];
    return `${word()}${rest.join('')}`;
  }

  protected single(place: Place): string {
    return `'${this.quoted(place, (word) => word.replaceAll("'", "''"))}'`;
  }

  protected double(place: Place): string {
    const escape = (word: string): string => {
      const text = word.replace(/["\\]/g, '\\$&');
      return this.chance(0.25) ? `${text}${this.pick(this.errs ? oddEscapes : escapes)}` : text;
    };
    return `"${this.quoted(place, escape, this.chance(0.3) ? '\\' : '')}"`;
  }

  protected quoted(place: Place, write: (word: string) => string, beforeBreak = ''): string {
    const parts = this.some(0, this.pick([1, 1, 3]), () => write(this.word()));
    const breaks = this.chance(0.4);
    const between = (): string => (breaks ? `${beforeBreak}${this.wordBreak(place, true)}` : ' ');
    return parts.map((part, index) => `${index > 0 ? between() : ''}${part}`).join('');
  }

  protected blockScalar({ indent }: Place): string {
    const explicit = this.chance(0.15) ? 1 + this.upTo(2) : undefined;
    const column = explicit === undefined ? indent + 1 + this.upTo(3) : Math.max(indent, 0) + explicit;
    const marks = [this.pick(['', '', '-', '+']), String(explicit ?? '')];
    const margin = ' '.repeat(column);
    const lines = this.some(0, 5, () => {
      const word = this.word();
      const text = this.pick([
        word,
        word,
        word,
        `  ${word}`,
        `\t${word}`,
        ` ${word}`,
        '# c',
        `${word} `,
        this.errs ? '\t' : word,
      ]);
      return this.chance(0.2) ? ' '.repeat(this.upTo(column + (this.errs ? 1 : 0))) : `${margin}${text}`;
    });
    // Without a mark the first line that is not empty says how far the block is indented.
    const first = lines.findIndex((line) => line.trim() !== '');
    if (explicit === undefined && first >= 0 && !this.errs) lines[first] = `${margin}${this.pick(words)}`;
    const header = `${this.pick(['|', '>'])}${(this.chance(0.5) ? marks : marks.reverse()).join('')}`;
    return `${header}${this.lineEnd()}${lines.map((line) => `\n${line}`).join('')}`;
  }
}
