/** @file The tables of one task. */

import { measureIds, measureTitles } from '../measure/measures.ts'
import { referenceIds, referenceTitles } from '../measure/references.ts'
import { figure, interval, markdownTable } from './markdown-table.ts'
import type { MethodSummary, Spread } from './method-summary.ts'
import type { Share } from './model-summary.ts'
import type { TaskSummary } from './summary.ts'

/** Best first by the mass of the neuro pipeline. */
export function methodTable({ methods, references }: TaskSummary): string {
  const rest = measureIds.filter((id) => id !== 'neuro')
  const titles = ['Method', `${measureTitles.neuro} [95 %]`, ...rest.map((id) => measureTitles[id])]
  const rows = sorted(methods).map(({ id, measures }) => [
    `\`${id}\``,
    interval(measures.neuro),
    ...rest.map((measure) => figure(measures[measure].mean)),
  ])
  for (const id of referenceIds) {
    const own = references[id]
    rows.push([`*${referenceTitles[id]}*`, figure(own.neuro), ...rest.map((m) => figure(own[m]))])
  }
  const [any] = methods
  if (any) {
    const { chance, chanceNeuro } = any
    const known: Partial<Record<(typeof rest)[number], number>> = {
      'neuro-strict': chance,
      mass: chance,
      rank: chance,
      'roc-auc': 0.5,
      'average-precision': chance,
      'best-dice': (2 * chance) / (1 + chance),
      pointing: chance,
      enrichment: 1,
    }
    rows.push([
      '*chance*',
      figure(chanceNeuro),
      ...rest.map((id) => figure(known[id] ?? Number.NaN)),
    ])
  }
  return markdownTable(titles, rows)
}

export function behaviourTable({ methods }: TaskSummary): string {
  const isRetrained = methods.some(({ retrained }) => retrained !== null)
  const rows = sorted(methods).map((method) => {
    const { right, paired, cost, randomised } = method
    return [
      `\`${method.id}\``,
      String(method.count),
      String(method.empty),
      right ? `${figure(right.neuro.mean)} (${right.neuro.count}; ${right.empty})` : '-',
      paired ? `${interval(paired)} (${paired.count})` : '-',
      method.gap === null ? '-' : figure(method.gap),
      cost ? spread(cost.seconds) : '-',
      cost ? spread(cost.forwards) : '-',
      randomised ? `${interval(randomised)} (${method.permutations})` : '-',
      method.verdict ?? '-',
      ...(isRetrained ? [method.retrained ? interval(method.retrained) : '-'] : []),
    ]
  })
  const titles = [
    'Method',
    'Cases',
    'Empty maps',
    'Told right (cases; empty)',
    'Subject less twin (pairs)',
    'Gap',
    'Seconds',
    'Forward runs',
    'Randomised alike (networks)',
    'Verdict',
    ...(isRetrained ? ['Retrained alike'] : []),
  ]
  return markdownTable(titles, rows)
}

/** The middle of a few repeats, and their quartiles. */
function spread({ median, low, high }: Spread): string {
  return `${figure(median)} [${figure(low)}, ${figure(high)}]`
}

/** How well the mask marks what the signal changed. */
export function maskTable(tasks: readonly TaskSummary[]): string {
  const rows = tasks.map(({ id, references, changed }) => {
    const { mass, neuro, 'off-target': away, 'roc-auc': area } = references.difference
    return [`\`${id}\``, ...[changed, mass, 1 - away, neuro, area].map(figure)]
  })
  const titles = [
    'Task',
    'Mask that changed',
    'Change in mask',
    'within 2 voxels',
    'neuro',
    'ROC-AUC',
  ]
  return markdownTable(titles, rows)
}

export function accuracyTable(tasks: readonly TaskSummary[]): string {
  const rows = tasks.flatMap(({ id, models }) =>
    models.map((model) => [
      `\`${id}\``,
      model.variant,
      told(model.accuracy),
      figure(model.sensitivity),
      figure(model.specificity),
      figure(model.ordered),
      figure(model.auc),
      `${figure(model.drawnAuc[0])} to ${figure(model.drawnAuc[1])}`,
      String(model.accuracy.count),
    ]),
  )
  const titles = [
    'Task',
    'Model',
    'Accuracy [95 %]',
    'With signal',
    'Twin without',
    'Pairs in order',
    'AUC',
    'AUC, a coin each',
    'Images',
  ]
  return markdownTable(titles, rows)
}

const told = ({ share, low, high }: Share) => `${figure(share)} [${figure(low)}, ${figure(high)}]`

/** Subjects with each part of the signal alone: one row per task, as its own words. */
export function crossedLines(tasks: readonly TaskSummary[]): readonly string[] {
  return tasks.flatMap(({ id, crossed }) => {
    if (!crossed) return []
    const [whole, ...rest] = crossed.told
    const right = crossed.balancedAccuracy
    const accuracy =
      right === null
        ? ''
        : ` Accuracy, the whole being the class and its parts equally frequent: ${figure(right)}.`
    const parts = [...(whole ? [whole] : []), ...rest].map((one) => {
      const area = crossed.auc[one.name]
      const beside = area === undefined ? '' : `, AUC against the whole ${figure(area)}`
      return `${one.name} ${told(one)}${beside}`
    })
    return [
      `- \`${id}\`, ${whole?.count ?? 0} subjects each, share told the class with the signal: ${parts.join('; ')}.${accuracy}`,
    ]
  })
}

function sorted(methods: readonly MethodSummary[]): readonly MethodSummary[] {
  return methods.toSorted((a, b) => b.measures.neuro.mean - a.measures.neuro.mean)
}
