/** @file Our ordering of methods beside the published one. */

import { rankCorrelation } from '../../src/core/tensor/correlation.ts'
import { figure, markdownTable } from './markdown-table.ts'
import { publishedGroups } from './published.ts'
import type { TaskSummary } from './summary.ts'

export interface Ordering {
  readonly taskId: string
  readonly group: string
  /** Spearman's over the common methods; null for fewer than three of them. */
  readonly correlation: number | null
  readonly methods: readonly {
    readonly id: string
    readonly ours: number
    readonly published: number
    /** From 1, the best. */
    readonly ourPlace: number
    readonly publishedPlace: number
  }[]
}

/** Null where the study has no group like this task, or too few methods are common. */
export function compareOrdering({ id, caseId, methods }: TaskSummary): Ordering | null {
  const group = publishedGroups.find(({ cases }) => cases.includes(caseId))
  if (!group) return null
  const common = methods.flatMap((method) => {
    const published = group.mass[method.id]
    return published === undefined
      ? []
      : [{ id: method.id, ours: method.measures.neuro.mean, published }]
  })
  if (common.length < 3) return null
  const ours = common.map((method) => method.ours)
  const published = common.map((method) => method.published)
  return {
    taskId: id,
    group: group.title,
    correlation: rankCorrelation(Float32Array.from(ours), Float32Array.from(published)),
    methods: common.map((method) => ({
      ...method,
      ourPlace: placeOf(method.ours, ours),
      publishedPlace: placeOf(method.published, published),
    })),
  }
}

function placeOf(value: number, all: readonly number[]): number {
  return 1 + all.filter((other) => other > value).length
}

/** What agrees and what does not, in sentences made from the numbers. */
export function describeOrdering({ taskId, group, correlation, methods }: Ordering): string {
  const rho = correlation === null ? 'not defined' : correlation.toFixed(2)
  const first = (place: 'ourPlace' | 'publishedPlace') =>
    methods.filter((method) => method[place] === 1).map(({ id }) => `\`${id}\``)
  const [far] = [...methods].sort((a, b) => distance(b) - distance(a))
  const said = [
    `\`${taskId}\` against "${group}": Spearman ${rho} over ${methods.length} methods.`,
    `Best here: ${first('ourPlace').join(', ')}; best there: ${first('publishedPlace').join(', ')}.`,
  ]
  if (far && distance(far) > 1) {
    said.push(
      `Furthest apart: \`${far.id}\`, place ${far.ourPlace} here (${far.ours.toFixed(3)}) and ${far.publishedPlace} there (${far.published.toFixed(3)}).`,
    )
  } else said.push('No method is more than one place away.')
  return said.join(' ')
}

export function orderingTable({ methods }: Ordering): string {
  const rows = methods
    .toSorted((a, b) => a.publishedPlace - b.publishedPlace)
    .map(({ id, published, publishedPlace, ours, ourPlace }) => [
      `\`${id}\``,
      figure(published),
      String(publishedPlace),
      figure(ours),
      String(ourPlace),
    ])
  return markdownTable(['Method', 'Published', 'Place', 'Here', 'Place'], rows)
}

function distance(method: Ordering['methods'][number]): number {
  return Math.abs(method.ourPlace - method.publishedPlace)
}
