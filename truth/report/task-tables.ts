/** @file The tables of one task. */

import { measureIds, measureTitles } from '../measure/measures.ts'
import { referenceIds, referenceTitles } from '../measure/references.ts'
import { figure, interval, markdownTable } from './markdown-table.ts'
import type { MethodSummary, TaskSummary } from './summary.ts'

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
  const titles = ['Method', 'Cases', 'Empty maps', 'Gap', 'Seconds', 'Forward runs']
  const more = isRetrained ? ['Retrained alike'] : []
  const rows = sorted(methods).map((method) => [
    `\`${method.id}\``,
    String(method.count),
    String(method.empty),
    method.gap === null ? '-' : figure(method.gap),
    figure(method.seconds),
    figure(method.forwards),
    method.randomised ? interval(method.randomised) : '-',
    method.verdict ?? '-',
    ...(isRetrained ? [method.retrained ? interval(method.retrained) : '-'] : []),
  ])
  return markdownTable([...titles, 'Randomised alike', 'Verdict', ...more], rows)
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
      `${figure(model.accuracy)} [${figure(model.low)}, ${figure(model.high)}]`,
      figure(model.sensitivity),
      figure(model.specificity),
      figure(model.auc),
      String(model.count),
    ]),
  )
  const titles = [
    'Task',
    'Model',
    'Accuracy [95 %]',
    'With signal',
    'Twin without',
    'AUC',
    'Images',
  ]
  return markdownTable(titles, rows)
}

function sorted(methods: readonly MethodSummary[]): readonly MethodSummary[] {
  return methods.toSorted((a, b) => b.measures.neuro.mean - a.measures.neuro.mean)
}
