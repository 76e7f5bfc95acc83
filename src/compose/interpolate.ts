/**
 * Variables in values: `$VAR`, `${VAR}`, `${VAR:-default}` and similar forms, nested to any sensible depth, `$$` for a
 * dollar sign. Source: Compose Specification, "Interpolation". As in Compose, a `$` that starts none of these is
 * literal, so `$1` and `$(date)` stay unchanged.
 */

/** A parsed template: literal text and variables in turn. */
export type Template = readonly (string | TemplateVariable)[];

interface TemplateVariable {
  readonly name: string;
  readonly operator?: Operator;
  readonly operand: Template;
}

/** With a colon, an empty variable counts as unset. */
export type Operator = ':-' | '-' | ':?' | '?' | ':+' | '+';

export type ParsedTemplate =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

export type Expansion =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly name: string; readonly message: string };

/** The value of a variable; undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

const namePattern = /[A-Za-z_][A-Za-z0-9_]*/y;
const operatorPattern = /:?[-?+]/y;
const maxNesting = 50;

/** Reads a template, in one pass. */
export function parseTemplate(text: string): ParsedTemplate {
  const parser = new TemplateParser(text);
  const template = parser.parse(0);
  return parser.problem ? { ok: false, ...parser.problem } : { ok: true, template };
}

/** The context in which a template is expanded. */
export interface Expander {
  readonly lookup: Lookup;
  /** Receives a variable without a value and a default, which expands to nothing. */
  readonly onUnset: (name: string) => void;
  /** Whether so many more characters are allowed: variables of variables double a text with each line. */
  readonly spend: (characters: number) => boolean;
}

const nothing: Expansion = { ok: true, text: '' };

/**
 * Expands a template, to nothing where `spend` refuses; `:?` and `?` without a value fail, with the message that
 * follows them.
 */
export function expandTemplate(template: Template, expander: Expander): Expansion {
  const { lookup, onUnset, spend } = expander;
  let text = '';
  for (const part of template) {
    if (typeof part === 'string') {
      if (!spend(part.length)) return nothing;
      text += part;
      continue;
    }
    const value = lookup(part.name);
    if (!spend(value?.length ?? 0)) return nothing;
    const present = value !== undefined && !(part.operator?.startsWith(':') && value === '');
    const expandOperand = () => expandTemplate(part.operand, expander);
    let expansion: Expansion = { ok: true, text: value ?? '' };
    switch (part.operator) {
      case undefined:
        if (value === undefined) onUnset(part.name);
        break;
      case ':-':
      case '-':
        if (!present) expansion = expandOperand();
        break;
      case ':+':
      case '+':
        if (present) expansion = expandOperand();
        break;
      case ':?':
      case '?':
        if (!present) {
          const operand = expandOperand();
          return operand.ok ? { ok: false, name: part.name, message: operand.text } : operand;
        }
        break;
    }
    if (!expansion.ok) return expansion;
    text += expansion.text;
  }
  return { ok: true, text };
}

class TemplateParser {
  problem: { readonly message: string; readonly remedy: string } | undefined;
  #at = 0;

  constructor(readonly text: string) {}

  /** Up to the end, or within `${…}` to its closing brace; braces within a default must balance. */
  parse(nesting: number): Template {
    const parts: (string | TemplateVariable)[] = [];
    let literal = '';
    let braces = 0;
    while (this.#at < this.text.length && !this.problem) {
      const character = this.text.charAt(this.#at);
      if (nesting > 0 && character === '}' && braces === 0) break;
      if (character !== '$') {
        if (character === '{') braces++;
        if (character === '}') braces--;
        literal += character;
        this.#at++;
        continue;
      }
      const part = this.#dollar(nesting);
      if (typeof part === 'string') literal += part;
      else {
        if (literal !== '') parts.push(literal);
        literal = '';
        parts.push(part);
      }
    }
    if (literal !== '') parts.push(literal);
    return parts;
  }

  #dollar(nesting: number): string | TemplateVariable {
    this.#at++;
    if (this.#take('$')) return '$';
    if (!this.#take('{')) {
      const name = this.#match(namePattern);
      return name === undefined ? '$' : { name, operand: [] };
    }
    const start = this.#at - 2;
    const name = this.#match(namePattern);
    if (name === undefined) return this.#refuse(start, 'no variable name follows `${`');
    if (this.#take('}')) return { name, operand: [] };
    const operator = this.#match(operatorPattern);
    if (operator === undefined)
      return this.#refuse(start, `\`\${${name}\` continues with none of } :- - :? ? :+ +`);
    if (nesting >= maxNesting) return this.#refuse(start, 'variables are nested too deep');
    const operand = this.parse(nesting + 1);
    if (!this.problem && !this.#take('}')) return this.#refuse(start, `\`\${${name}\` is never closed`);
    return { name, operator: operator as Operator, operand };
  }

  #refuse(start: number, message: string): string {
    const excerpt = this.text.slice(start, start + 40);
    this.problem = {
      message: `${message}: \`${excerpt}\``,
      remedy: 'Write ${NAME} or ${NAME:-default}, or $$ for a dollar sign',
    };
    return '';
  }

  #take(character: string): boolean {
    if (this.text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [match] = pattern.exec(this.text) ?? [];
    if (match !== undefined) this.#at += match.length;
    return match;
  }
}
