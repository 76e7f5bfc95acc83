/** The width of a text in columns of a terminal, and shortening it to fit. */
export { withoutControls } from './controls.ts';

/**
 * Unicode's East Asian Wide and Fullwidth (UAX #11), by script where JavaScript knows it, and
 * emoji. Functions, as V8 would otherwise build such sets at every start.
 */
const wide = () =>
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Yi}\p{Emoji_Presentation}\u2e80-\u303e\u309b-\u33ff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]/u;
/** Half-width Katakana and Hangul are of those scripts, but narrow. */
const narrow = /^[\uff61-\uffdc]/;
/** A character, a variation selector that asks for a picture: two columns whatever the character. */
const emojiStyle = /\ufe0f/;
const invisible = () => /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;
const plainAscii = /^[\x20-\x7e]*$/;

let segmenter: Intl.Segmenter | undefined;

/** Columns of a text without control characters. */
export function displayWidth(text: string): number {
  if (plainAscii.test(text)) return text.length;
  let width = 0;
  for (const grapheme of graphemesOf(text)) width += graphemeWidth(grapheme);
  return width;
}

/** The text, or as much of it as fits with an `…` at the end; never wider than `width`, never half a character. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 1) return '';
  let head = '';
  let total = 0;
  for (const grapheme of graphemesOf(text)) {
    total += graphemeWidth(grapheme);
    if (total > width - 1) break;
    head += grapheme;
  }
  return `${head}…`;
}

function* graphemesOf(text: string): Iterable<string> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

function graphemeWidth(grapheme: string): number {
  if (invisible().test(grapheme)) return 0;
  if (narrow.test(grapheme)) return 1;
  return wide().test(grapheme) || emojiStyle.test(grapheme) ? 2 : 1;
}
