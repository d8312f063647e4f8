/** @file Our ordering of methods beside the published one. */

import { bootstrap } from '../measure/bootstrap.ts'
import { figure, markdownTable } from './markdown-table.ts'
import type { MethodSummary } from './method-summary.ts'
import { publishedGroups } from './published.ts'
import { fisherInterval, permutationP, spearman } from './rank-agreement.ts'
import type { TaskSummary } from './summary.ts'

export interface Ordering {
  readonly taskId: string
  readonly group: string
  /** Of the study, where it does not fit the task quite. */
  readonly remark: string
  /** Spearman's over the common methods; null for fewer than three of them. */
  readonly correlation: number | null
  /** Of that: other cases of ours could have been drawn. */
  readonly overCases: readonly [number, number] | null
  /** Of that: other methods could have been compared. */
  readonly overMethods: readonly [number, number] | null
  /** How often a random order is as far from none; two-sided. */
  readonly p: number | null
  /** The same on the cases that the model tells right. */
  readonly onRight: number | null
  readonly methods: readonly {
    readonly id: string
    readonly ours: number
    /** On the cases that the model tells right. */
    readonly right: number | null
    readonly empty: number
    readonly count: number
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
    return published === undefined ? [] : [{ method, published }]
  })
  if (common.length < 3) return null
  const ours = common.map(({ method }) => method.measures.neuro.mean)
  const right = common.map(({ method }) => method.right?.neuro.mean ?? null)
  const published = common.map((one) => one.published)
  const correlation = spearman(ours, published)
  return {
    taskId: id,
    group: group.title,
    remark: group.remark,
    correlation,
    overCases:
      correlation === null
        ? null
        : overCases(
            common.map((one) => one.method),
            published,
          ),
    overMethods: correlation === null ? null : fisherInterval(correlation, common.length),
    p: permutationP(ours, published),
    onRight: right.every((value) => value !== null) ? spearman(right, published) : null,
    methods: common.map(({ method, published: mass }, n) => ({
      id: method.id,
      ours: method.measures.neuro.mean,
      right: right[n] ?? null,
      empty: method.empty,
      count: method.count,
      published: mass,
      ourPlace: placeOf(method.measures.neuro.mean, ours),
      publishedPlace: placeOf(mass, published),
    })),
  }
}

/** Cases are drawn with replacement, the same for all methods: those that all of them have. */
function overCases(
  methods: readonly MethodSummary[],
  published: readonly number[],
): readonly [number, number] | null {
  const masses = methods.map(({ cases }) => new Map(cases.map((one) => [one.index, one.neuro])))
  const [first] = masses
  const shared = [...(first?.keys() ?? [])].filter((index) => masses.every((one) => one.has(index)))
  if (shared.length < 2) return null
  const { low, high } = bootstrap((random) => {
    const drawn = shared.map(() => shared[random.integer(shared.length)] as number)
    const means = masses.map((one) => drawn.reduce((sum, at) => sum + (one.get(at) ?? 0), 0))
    return spearman(means, published) ?? 0
  })
  return [low, high]
}

function placeOf(value: number, all: readonly number[]): number {
  return 1 + all.filter((other) => other > value).length
}

const span = (interval: readonly [number, number]) =>
  `[${interval.map((end) => end.toFixed(2)).join(', ')}]`

/** "0.83 ([0.70, 0.93] over cases, [0.32, 0.97] over methods, p = 0.008)". */
export function correlationInWords({
  correlation,
  overCases: cases,
  overMethods,
  p,
}: Ordering): string {
  if (correlation === null) return 'not defined'
  const parts = [
    ...(cases ? [`${span(cases)} over cases`] : []),
    ...(overMethods ? [`${span(overMethods)} over methods`] : []),
    ...(p === null ? [] : [p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`]),
  ]
  return `${correlation.toFixed(2)}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`
}

/** What agrees and what does not, in sentences made from the numbers. */
export function describeOrdering(ordering: Ordering): string {
  const { taskId, group, remark, methods, onRight } = ordering
  const first = (place: 'ourPlace' | 'publishedPlace') =>
    methods.filter((method) => method[place] === 1).map(({ id }) => `\`${id}\``)
  const [far] = [...methods].sort((a, b) => distance(b) - distance(a))
  const said = [
    `\`${taskId}\` against "${group}": Spearman ${correlationInWords(ordering)}, ${methods.length} methods.`,
    `Best here: ${first('ourPlace').join(', ')}; best there: ${first('publishedPlace').join(', ')}.`,
  ]
  if (far && distance(far) > 1) {
    said.push(
      `Furthest apart: \`${far.id}\`, place ${far.ourPlace} here (${far.ours.toFixed(3)}) and ${far.publishedPlace} there (${far.published.toFixed(3)}).`,
    )
  } else said.push('No method is more than one place away.')
  if (onRight !== null) {
    said.push(`On the cases that the model tells right: Spearman ${onRight.toFixed(2)}.`)
  }
  const blank = methods.filter(({ empty, count }) => empty > count / 10)
  if (blank.length > 0) {
    const names = blank.map(({ id, empty, count }) => `\`${id}\` ${empty} of ${count}`).join(', ')
    said.push(
      `Empty maps, which count as no mass: ${names}. Where they are that many, a place says how often a method draws anything as much as where.`,
    )
  }
  if (remark !== '') said.push(remark)
  return said.join(' ')
}

export function orderingTable({ methods }: Ordering): string {
  const rows = methods
    .toSorted((a, b) => a.publishedPlace - b.publishedPlace)
    .map(({ id, published, publishedPlace, ours, ourPlace, right, empty }) => [
      `\`${id}\``,
      figure(published),
      String(publishedPlace),
      figure(ours),
      String(ourPlace),
      right === null ? '-' : figure(right),
      String(empty),
    ])
  const titles = ['Method', 'Published', 'Place', 'Here', 'Place', 'Told right', 'Empty maps']
  return markdownTable(titles, rows)
}

function distance(method: Ordering['methods'][number]): number {
  return Math.abs(method.ourPlace - method.publishedPlace)
}
