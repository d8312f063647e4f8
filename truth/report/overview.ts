/** @file One number per method and task. */

import { referenceIds, referenceTitles } from '../measure/references.ts'
import { figure, markdownTable } from './markdown-table.ts'
import { namesOf, rankMethods } from './rank-methods.ts'
import { isReal, type TaskSummary } from './summary.ts'

/**
 * Mean mass in truth; the best of each task in bold, but for controls. Ranked methods by their mean,
 * controls last. What was measured on fewer cases than the task has says on how many.
 */
export function overviewTable(tasks: readonly TaskSummary[]): string {
  const sorted = [...tasks.filter(isReal), ...tasks.filter((task) => !isReal(task))]
  const titles = [
    'Method',
    'Mean',
    ...sorted.map((task) => (isReal(task) ? task.id : `*${task.id}*`)),
  ]
  const cellsOf = (id: string) =>
    sorted.map((task) => {
      const most = Math.max(...task.methods.map(({ count }) => count))
      const whole = task.methods.filter(({ count }) => count === most)
      const best = Math.max(...whole.map(({ measures }) => measures.neuro.mean))
      const own = task.methods.find((method) => method.id === id)
      if (!own) return '-'
      const text = figure(own.measures.neuro.mean)
      if (own.count < most) return `${text} (${own.count})`
      return isReal(task) && own.measures.neuro.mean === best ? `**${text}**` : text
    })
  const rows = rankMethods(tasks).map((method) => [
    namesOf(method),
    method.mean === null ? '-' : figure(method.mean),
    ...cellsOf(method.id),
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
