/** Facts in aligned columns, for people; scripts take --json. */
import { plainStyle } from './style.ts';
import type { Style, StyleName } from './style.ts';
import { displayWidth, truncate, withoutControls } from '../text/width.ts';

export type Cell = string | { readonly text: string; readonly style: StyleName };

export interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => Cell;
  readonly align?: 'left' | 'right';
  /** Shrinks when the terminal is too narrow; at most one column. */
  readonly flexible?: boolean;
}

const gap = '  ';
/** Below this width a shortened column is useless; then the line wraps. */
const leastWidth = 8;

/**
 * A heading line and one line a row, columns two blanks apart, no blanks at the end of a line.
 * @param options.width columns of the terminal; absent: no limit.
 */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  options: { readonly style?: Style; readonly width?: number } = {},
): readonly string[] {
  const style = options.style ?? plainStyle;
  const headings = columns.map(({ heading }) => ({ text: heading, style: 'heading' as const }));
  const lines = [headings, ...rows.map((row) => columns.map(({ cell }) => cellOf(cell(row))))];
  const widths = fit(
    columns,
    columns.map((_, index) => Math.max(...lines.map((line) => displayWidth(line[index]?.text ?? '')))),
    options.width,
  );
  return lines.map((line) => {
    // Padding is added only before the next text, so that no line ends in blanks.
    let padding = '';
    let text = '';
    line.forEach((cell, index) => {
      const width = widths[index] ?? 0;
      const cellText = truncate(cell.text, width);
      const blanks = ' '.repeat(width - displayWidth(cellText));
      const right = columns[index]?.align === 'right';
      if (cellText !== '') {
        const paint = cell.style === undefined ? (plain: string): string => plain : style[cell.style];
        text += padding + (right ? blanks : '') + paint(cellText);
        padding = '';
      }
      padding += (right && cellText !== '' ? '' : blanks) + gap;
    });
    return text;
  });
}

function cellOf(cell: Cell): { readonly text: string; readonly style?: StyleName } {
  return typeof cell === 'string'
    ? { text: withoutControls(cell) }
    : { text: withoutControls(cell.text), style: cell.style };
}

/** The widths, with the flexible column reduced by the excess of the line. */
function fit<Row>(
  columns: readonly Column<Row>[],
  widths: readonly number[],
  limit: number | undefined,
): readonly number[] {
  const total = widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1));
  const excess = limit === undefined ? 0 : Math.max(0, total - limit);
  return widths.map((width, index) =>
    columns[index]?.flexible === true ? Math.max(Math.min(width, leastWidth), width - excess) : width,
  );
}
