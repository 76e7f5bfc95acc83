/**
 * A terminal session as a picture: what commands write to a terminal → the screen that a person sees → SVG. The
 * commands appear one after the other, for as long as they took; without motion where the reader wants none.
 */
import xterm from '@xterm/headless';

/** A command of the session, with all that its terminal got from it. */
export interface TerminalCommand {
  readonly line: string;
  /** Bytes as the terminal got them, with escape sequences. */
  readonly output: string;
  /** Milliseconds that it took. */
  readonly duration: number;
}

/** Characters of one look. */
interface Run {
  readonly column: number;
  readonly text: string;
  readonly look: string;
}

/** A command with the lines of its screen. */
export interface CommandScreen {
  readonly line: string;
  readonly duration: number;
  readonly rows: readonly (readonly Run[])[];
}

/** What the terminal shows once each command has ended. @param columns width of the terminal */
export async function screensOf(
  commands: readonly TerminalCommand[],
  columns: number,
): Promise<readonly CommandScreen[]> {
  const screens: CommandScreen[] = [];
  for (const { line, output, duration } of commands) {
    screens.push({ line, duration, rows: await rowsOf(output, columns) });
  }
  return screens;
}

/** Plain text of the screens: `# COMMAND`, then its lines. */
export function textOf(screens: readonly CommandScreen[]): string {
  return screens
    .flatMap(({ line, rows }) => [
      `# ${line}`,
      ...rows.map((runs) => runs.reduce((text, run) => text.padEnd(run.column) + run.text, '').trimEnd()),
    ])
    .join('\n');
}

async function rowsOf(output: string, columns: number): Promise<CommandScreen['rows']> {
  const terminal = new xterm.Terminal({ cols: columns, rows: 200, allowProposedApi: true });
  await new Promise<void>((resolve) => {
    terminal.write(output, resolve);
  });
  const buffer = terminal.buffer.active;
  const rows: (readonly Run[])[] = [];
  for (let y = 0; y < buffer.baseY + buffer.cursorY + 1; y++) {
    const line = buffer.getLine(y);
    if (line !== undefined) rows.push(runsOf(line, columns));
  }
  terminal.dispose();
  while (rows.at(-1)?.length === 0) rows.pop();
  return rows;
}

type BufferLine = NonNullable<ReturnType<xterm.Terminal['buffer']['active']['getLine']>>;

function runsOf(line: BufferLine, columns: number): readonly Run[] {
  const runs: Run[] = [];
  for (let x = 0; x < columns; x++) {
    const cell = line.getCell(x);
    const text = cell?.getChars() ?? '';
    if (cell === undefined || text === '' || text === ' ') continue;
    const look = [
      ...(cell.isFgPalette() ? [`c${String(cell.getFgColor() % 8)}`] : []),
      ...(cell.isBold() ? ['b'] : []),
      ...(cell.isDim() ? ['d'] : []),
    ].join(' ');
    const last = runs.at(-1);
    const gap = last === undefined ? Infinity : x - last.column - last.text.length;
    // Across one blank the look of a word goes on: fewer elements, the same picture.
    if (last?.look === look && gap <= 1) {
      runs[runs.length - 1] = { ...last, text: `${last.text}${' '.repeat(gap)}${text}` };
    } else runs.push({ column: x, text, look });
  }
  return runs;
}

/** In pixels. */
const cell = { width: 8, height: 18, padding: 16 } as const;
/** Seconds: that a command is shown before its output, and the longest wait for an output. */
const pace = { typing: 0.8, longest: 3 } as const;

/** @param title what the picture shows, for who cannot see it; its text follows as a description */
export function drawTerminal(screens: readonly CommandScreen[], columns: number, title: string): string {
  const width = columns * cell.width + 2 * cell.padding;
  let [row, time] = [0, 0];
  const groups: string[] = [];
  for (const { line, duration, rows } of screens) {
    groups.push(group(time, [[{ column: 0, text: `# ${line}`, look: 'b' }]], row));
    time += pace.typing + Math.min(pace.longest, duration / 1000);
    groups.push(group(time, rows, row + 1));
    time += pace.typing;
    row += rows.length + 2;
  }
  const height = (row - 1) * cell.height + 2 * cell.padding;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(height)}" role="img" aria-labelledby="title text">
<title id="title">${escapeXml(title)}</title>
<desc id="text">${escapeXml(textOf(screens))}</desc>
<style>
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d6dbe1; white-space: pre }
.b { font-weight: bold } .d { opacity: .6 }
.c1 { fill: #ff7b72 } .c2 { fill: #56d364 } .c3 { fill: #e3b341 } .c4 { fill: #79c0ff } .c5 { fill: #d2a8ff } .c6 { fill: #76e3ea }
g { animation: appear .1s backwards }
@keyframes appear { from { opacity: 0 } }
@media (prefers-reduced-motion: reduce) { g { animation: none } }
</style>
<rect width="100%" height="100%" rx="8" fill="#12161c"/>
${groups.join('\n')}
</svg>
`;
}

/** @param time seconds after which the rows appear @param top the row of the first one */
function group(time: number, rows: CommandScreen['rows'], top: number): string {
  const texts = rows.flatMap((runs, index) =>
    runs.map(({ column, text, look }) => {
      const [x, y] = [cell.padding + column * cell.width, cell.padding + (top + index + 0.75) * cell.height];
      const length = [...text].length * cell.width;
      return `<text x="${String(x)}" y="${String(y)}" textLength="${String(length)}"${look === '' ? '' : ` class="${look}"`}>${escapeXml(text)}</text>`;
    }),
  );
  return `<g style="animation-delay:${time.toFixed(1)}s">\n${texts.join('\n')}\n</g>`;
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
