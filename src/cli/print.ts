/** @file Standard output: one JSON object, or lines for a person. Progress goes to standard error, only on a terminal. */

import type { Progress } from '../core/attribution/method.ts'

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

export function printLines(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** At most four significant digits; integers as they are. */
export function figure(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e6
    ? String(value)
    : String(Number(value.toPrecision(4)))
}

/** Rows of equal length, columns padded to their widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** One line on the terminal, written over again and again; nothing where there is no terminal. */
export function progressPrinter(): (progress: Progress) => void {
  if (!process.stderr.isTTY) return () => {}
  return ({ stage, fraction }) => {
    process.stderr.write(`\r\x1b[K${stage} (${Math.round(fraction * 100)} %)`)
  }
}

/** Takes the line of progress away, before anything else is said. */
export function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
}
