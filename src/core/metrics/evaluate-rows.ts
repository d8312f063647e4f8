/** @file One score for a batch: the mean over its rows. */

import type { OptionSpec, OptionValues } from '../options.ts'
import type { LocalisationInput, Metric, Score } from './metric.ts'

/**
 * The metric on every row. One row: its score as it is. Several: the mean over the rows where it
 * can be computed, chance likewise, with `rows` and `rows-used` as details; where no row can be
 * computed, the reason of the first.
 */
export function evaluateRows<Spec extends OptionSpec>(
  metric: Metric<Spec>,
  rows: readonly LocalisationInput[],
  options: OptionValues<Spec>,
): Score {
  const scores = rows.map((row) => metric.evaluate(row, options))
  const [first] = scores
  if (first === undefined) return { kind: 'unavailable', reason: 'the map has no rows' }
  if (scores.length === 1) return first
  const used = scores.filter((score) => score.kind === 'value')
  if (used.length === 0) return first
  const chances = used.flatMap(({ chance }) => (chance === undefined ? [] : [chance]))
  return {
    kind: 'value',
    value: mean(used.map(({ value }) => value)),
    ...(chances.length === used.length ? { chance: mean(chances) } : {}),
    details: { rows: scores.length, 'rows-used': used.length },
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}
