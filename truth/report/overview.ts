/** @file One number per method and task. */

import { referenceIds, referenceTitles } from '../measure/references.ts'
import { figure, markdownTable } from './markdown-table.ts'
import { rankMethods } from './rank-methods.ts'
import type { TaskSummary } from './summary.ts'

/** Mean mass in truth; the best of each task in bold, but for controls. Methods by their mean, controls last. */
export function overviewTable(tasks: readonly TaskSummary[]): string {
  const sorted = [
    ...tasks.filter(({ isControl }) => !isControl),
    ...tasks.filter(({ isControl }) => isControl),
  ]
  const titles = [
    'Method',
    'Mean',
    ...sorted.map(({ id, isControl }) => (isControl ? `*${id}*` : id)),
  ]
  const cellsOf = (id: string) =>
    sorted.map(({ methods, isControl }) => {
      const masses = methods.map(({ measures }) => measures.neuro.mean)
      const own = methods.find((method) => method.id === id)?.measures.neuro.mean
      if (own === undefined) return '-'
      return !isControl && own === Math.max(...masses) ? `**${figure(own)}**` : figure(own)
    })
  const rows = rankMethods(tasks).map(({ id, mean }) => [
    `\`${id}\``,
    mean === null ? '-' : figure(mean),
    ...cellsOf(id),
  ])
  const references = referenceIds.map((id) => [
    `*${referenceTitles[id]}*`,
    '',
    ...sorted.map(({ references }) => figure(references[id].neuro)),
  ])
  const chance = [
    '*chance*',
    '',
    ...sorted.map(({ methods }) => figure(methods[0]?.chanceNeuro ?? Number.NaN)),
  ]
  return markdownTable(titles, [...rows, ...references, chance])
}
