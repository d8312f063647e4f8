/** @file The figure: mass in truth of every method on every task, with intervals and chance. */

import type { TaskSummary } from './summary.ts'

const ROW = 18
const COLUMN = 150
const LABELS = 170
const HEAD = 40
const INK = '#1f2933'
const FAINT = '#9aa5b1'
const MARK = '#c2410c'

/** SVG text. One column per task, its scale from 0 to 1; a tick at chance. */
export function truthFigure(tasks: readonly TaskSummary[]): string {
  const ids = [...new Set(tasks.flatMap(({ methods }) => methods.map(({ id }) => id)))].sort()
  const width = LABELS + COLUMN * tasks.length
  const height = HEAD + ROW * ids.length + 30
  const parts = ids.map((id, n) =>
    text(LABELS - 8, HEAD + ROW * n + 13, id, { anchor: 'end', fill: INK }),
  )
  for (const [column, task] of tasks.entries()) parts.push(taskColumn(task, ids, column))
  const style = 'font-family="system-ui, sans-serif" font-size="11"'
  const title = 'Share of each map inside the truth (neuro pipeline), mean and 95 % interval'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" ${style}>
<title>${title}</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${parts.join('\n')}
</svg>
`
}

function taskColumn({ id, methods }: TaskSummary, ids: readonly string[], column: number): string {
  const left = LABELS + COLUMN * column
  const right = left + COLUMN - 16
  const x = (share: number) => (left + Math.min(Math.max(share, 0), 1) * (right - left)).toFixed(1)
  const bottom = HEAD + ROW * ids.length
  const parts = [text(left, HEAD - 14, id, { anchor: 'start', fill: INK })]
  for (const share of [0, 0.5, 1]) {
    parts.push(line(x(share), HEAD - 6, x(share), bottom, '#e4e7eb'))
    parts.push(
      text(Number(x(share)), bottom + 14, String(share), { anchor: 'middle', fill: FAINT }),
    )
  }
  for (const [n, method] of ids.entries()) {
    const found = methods.find((candidate) => candidate.id === method)
    if (!found) continue
    const y = HEAD + ROW * n + 9
    const { mean, low, high } = found.measures.neuro
    parts.push(line(x(found.chanceNeuro), y - 6, x(found.chanceNeuro), y + 6, FAINT))
    parts.push(line(x(low), y, x(high), y, MARK))
    parts.push(`<circle cx="${x(mean)}" cy="${y}" r="3.5" fill="${MARK}"/>`)
  }
  return parts.join('\n')
}

function line(x1: string, y1: number, x2: string, y2: number, colour: string): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colour}" stroke-width="1.5"/>`
}

function text(
  x: number,
  y: number,
  content: string,
  { anchor, fill }: { readonly anchor: 'end' | 'middle' | 'start'; readonly fill: string },
): string {
  const safe = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}" fill="${fill}">${safe}</text>`
}
