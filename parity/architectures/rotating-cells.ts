/** @file Which cells of the table a test measures again: others after every change of the source. */

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const source = join(import.meta.dirname, '../../src')
/** What a method's outcome depends on. */
const folders = ['core/attribution', 'core/autodiff', 'core/onnx', 'engine']

/** `count` of the cells, drawn by a hash of the source code: the same until it changes, no clock. */
export function drawCells<Cell>(
  cells: readonly Cell[],
  nameOf: (cell: Cell) => string,
  count: number,
): readonly Cell[] {
  const seed = hashOfSource()
  const drawn = cells.map((cell) => ({ cell, rank: digest([seed, nameOf(cell)]) }))
  return drawn
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ cell }) => cell)
}

function hashOfSource(): string {
  const files = folders.flatMap((folder) =>
    readdirSync(join(source, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => join(folder, file)),
  )
  return digest(files.sort().map((file) => readFileSync(join(source, file), 'utf8')))
}

function digest(parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex')
}
