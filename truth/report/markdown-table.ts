/** @file Tables in Markdown, numbers in plain words of fixed length. */

import type { Estimate } from '../measure/bootstrap.ts'

/** `|` in a cell is escaped; every row must have as many cells as there are titles. */
export function markdownTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  const odd = rows.find((row) => row.length !== titles.length)
  if (odd) throw new Error(`a row of ${odd.length} cells under ${titles.length} titles`)
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Shares to three decimals without the leading zero, larger numbers to three digits. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-'
  const text = Math.abs(value) < 1 ? value.toFixed(3) : plain(value)
  return text.replace(/^(-?)0\./, '$1.')
}

function plain(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0)
}

export function interval({ mean, low, high }: Estimate): string {
  return `${figure(mean)} [${figure(low)}, ${figure(high)}]`
}
