/** @file Columns of text: the first `left` ones flush left, the others flush right. */

export function plainTable(header, rows, left = 1) {
  const all = [header, ...rows]
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column].length)))
  const pad = (cell, column) =>
    column < left ? cell.padEnd(widths[column]) : cell.padStart(widths[column])
  const [first, ...others] = all.map((row) => row.map(pad).join('  ').trimEnd())
  return [first, '-'.repeat(first.length), ...others].join('\n')
}
