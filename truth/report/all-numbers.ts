/** @file `docs/truth.json`: every measure of every method and task with its interval. */

import type { Estimate } from '../measure/bootstrap.ts'
import { measureIds } from '../measure/measures.ts'
import { triple } from './page-summary.ts'
import type { TaskSummary } from './summary.ts'
import type { TruthReport } from './truth-document.ts'

const orNull = (estimate: Estimate | null) => estimate && triple(estimate)

/** One line per method and task, so that a change of one is a change of one line. */
export function allNumbers({ tasks, date }: Pick<TruthReport, 'date' | 'tasks'>): string {
  const about =
    'Written by npm run truth; docs/truth.md explains. Means over held-out cases with bootstrap 95 % intervals: [mean, low, high].'
  const lines = tasks.map(
    (task) => `${JSON.stringify(task.id)}: {\n${methodLines(task).join(',\n')}\n}`,
  )
  return `{\n"about": ${JSON.stringify(about)},\n"date": ${JSON.stringify(date)},\n"tasks": {\n${lines.join(',\n')}\n}\n}\n`
}

function methodLines({ methods }: TaskSummary): readonly string[] {
  return methods.map((method) => {
    const { id, count, empty, right, paired, randomised, permutedNeuro, retrained } = method
    const measures = measureIds.map((name) => [name, triple(method.measures[name])])
    const numbers = {
      cases: count,
      empty,
      ...Object.fromEntries(measures),
      'neuro, told right': orNull(right?.neuro ?? null),
      'neuro, subject less twin': orNull(paired),
      'neuro, over permuted weights': orNull(permutedNeuro),
      'randomised alike': orNull(randomised),
      'retrained alike': orNull(retrained),
    }
    return `${JSON.stringify(id)}: ${JSON.stringify(numbers)}`
  })
}
