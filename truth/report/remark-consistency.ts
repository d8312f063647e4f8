/** @file Whether the same training gives the same map again. */

import { interval } from './markdown-table.ts'
import type { MethodSummary } from './method-summary.ts'
import { distinct } from './rank-methods.ts'
import type { Numbers, Remark } from './remarks.ts'

const TASK = 'lesions-flair'

function compared(
  n: Numbers,
): readonly (MethodSummary & Pick<Required<MethodSummary>, 'retrained'>)[] {
  return distinct(n.summary(TASK)?.methods ?? [])
    .filter(({ retrained }) => retrained !== null)
    .toSorted((a, b) => (b.retrained?.mean ?? 0) - (a.retrained?.mean ?? 0))
}

export const consistency: Remark = {
  holds: (n) => compared(n).length >= 6,
  text: (n) => {
    const methods = compared(n)
    const said = (some: typeof methods) =>
      some
        .map(({ id, retrained }) => `\`${id}\` ${retrained ? interval(retrained) : ''}`)
        .join(', ')
    const count = n.summary(TASK)?.models.length ?? 0
    return `**Trained again.** ${count} networks with other seeds of training tell the FLAIR lesions; the maps of one method on two of them are most alike for ${said(methods.slice(0, 3))}, and least for ${said(methods.slice(-3))} (rank correlation of magnitudes over the brain, ${methods[0]?.retrained?.count ?? 0} cases). Likeness is no merit by itself: a map made of the image would have 1.`
  },
}
