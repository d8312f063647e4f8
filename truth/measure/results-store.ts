/** @file Measured rows in a file of JSON lines, so that a long run can be stopped and resumed. */

import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'

export interface ResultsStore<Row> {
  find(key: string): Row | undefined
  /** On disk when it returns. */
  add(key: string, row: Row): void
  readonly size: number
}

/** A line that was cut off when a run was killed is measured again; of equal keys the last counts. */
export function openResultsStore<Row>(path: string): ResultsStore<Row> {
  mkdirSync(dirname(path), { recursive: true })
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const rows = new Map<string, Row>()
  for (const line of text.split('\n')) {
    const parsed = parseLine<Row>(line)
    if (parsed) rows.set(parsed.key, parsed.row)
  }
  if (text !== '' && !text.endsWith('\n')) appendFileSync(path, '\n')
  return {
    find: (key) => rows.get(key),
    add(key, row) {
      appendFileSync(path, `${JSON.stringify({ key, row })}\n`)
      rows.set(key, row)
    },
    get size() {
      return rows.size
    },
  }
}

function parseLine<Row>(line: string): { readonly key: string; readonly row: Row } | null {
  try {
    const parsed: unknown = JSON.parse(line)
    const isRow =
      typeof parsed === 'object' && parsed !== null && 'key' in parsed && 'row' in parsed
    return isRow ? (parsed as { key: string; row: Row }) : null
  } catch {
    return null
  }
}
