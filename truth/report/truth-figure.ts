/** @file The figure: mass in truth of every method on every task, as a matrix of shaded numbers. */

import { type ReferenceId, referenceIds } from '../measure/references.ts'
import { figure } from './markdown-table.ts'
import { rankMethods } from './rank-methods.ts'
import { isReal, type TaskSummary } from './summary.ts'

const ROW = 19
const COLUMN = 58
const LABELS = 176
const HEAD = 122
const GAP = 10
const TITLE = 'Share of each map inside the truth (neuro pipeline), mean over held-out cases'

const style = `
text { font: 11px system-ui, sans-serif; fill: #1f2933; }
.back { fill: #ffffff; }
.cell { fill: #0f766e; }
.faint { fill: #52606d; }
.title { font-size: 13px; font-weight: 600; }
.high { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
  text { fill: #e5e9ee; }
  .back { fill: #10161c; }
  .cell { fill: #2dd4bf; }
  .faint { fill: #9aa5b1; }
  .middle, .high { fill: #06231f; }
}`

const isShifted = (task: TaskSummary | undefined) => task !== undefined && !isReal(task)

const references: Readonly<Record<ReferenceId, string>> = {
  difference: 'causal map',
  image: 'image alone',
  edges: 'edges alone',
}

/**
 * SVG text, drawn for light and dark pages alike. Methods are sorted by their mean over the tasks
 * that are no controls; controls are set apart, as are the maps that no network made, and chance.
 */
export function truthFigure(tasks: readonly TaskSummary[]): string {
  const sorted = [...tasks.filter(isReal), ...tasks.filter((task) => !isReal(task))]
  const ids = rankMethods(tasks).map(({ id }) => id)
  const below = [...referenceIds.map((id) => references[id]), 'chance']
  const yOf = (row: number) => HEAD + ROW * row + (row >= ids.length ? GAP : 0)
  const xOf = (column: number) => LABELS + COLUMN * column + (isShifted(sorted[column]) ? GAP : 0)
  const width = LABELS + COLUMN * sorted.length + 2 * GAP + 40
  const height = yOf(ids.length + below.length) + GAP
  const parts = [
    text(12, 22, TITLE, 'title'),
    ...[...ids, ...below].map((id, n) =>
      text(LABELS - 8, yOf(n) + 13, id, n < ids.length ? '' : 'faint', 'end'),
    ),
  ]
  for (const [column, task] of sorted.entries()) {
    const x = xOf(column)
    parts.push(
      `<g transform="translate(${x + COLUMN / 2 - 4} ${HEAD - 8}) rotate(-35)">${text(0, 0, task.id, isReal(task) ? '' : 'faint')}</g>`,
    )
    const means = new Map(task.methods.map(({ id, measures }) => [id, measures.neuro.mean]))
    const others = referenceIds.map((id) => task.references[id].neuro)
    const values = [...ids.map((id) => means.get(id)), ...others, task.methods[0]?.chanceNeuro]
    for (const [row, value] of values.entries()) parts.push(cell(x, yOf(row), value))
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${TITLE}</title>
<style>${style}
</style>
<rect class="back" width="${width}" height="${height}" rx="8"/>
${parts.join('\n')}
</svg>
`
}

function cell(x: number, y: number, value: number | undefined): string {
  if (value === undefined) return text(x + COLUMN / 2, y + 13, '·', 'faint', 'middle')
  const share = Math.min(Math.max(value, 0), 1)
  const shade = `<rect class="cell" x="${x + 1}" y="${y}" width="${COLUMN - 2}" height="${ROW - 2}" rx="2" fill-opacity="${(0.05 + 0.95 * share).toFixed(3)}"/>`
  const level = share > 0.85 ? 'high' : share > 0.62 ? 'middle' : ''
  return shade + text(x + COLUMN / 2, y + 13, figure(value), level, 'middle')
}

function text(x: number, y: number, content: string, kind = '', anchor = 'start'): string {
  const safe = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const named = kind === '' ? '' : ` class="${kind}"`
  return `<text x="${x}" y="${y}" text-anchor="${anchor}"${named}>${safe}</text>`
}
