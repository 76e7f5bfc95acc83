/** Samples → figures → a table. */

/** Of a list of samples: the middle one and the least; the least is what the machine's other work spoils least. */
export function figures(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)], min: sorted[0], rounds: sorted.length };
}

/** A command's figures beside those of the peer it is measured against. */
export function against(peer, own) {
  return { median: own.median / peer.median, min: own.min / peer.min };
}

/** Columns as wide as their widest cell, numbers to the right. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export const milliseconds = (value) => `${value.toFixed(1)} ms`;
export const times = (value) => `${value.toFixed(2)}×`;
