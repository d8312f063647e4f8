/** @file `saliscope metrics`: what can be measured, and which direction is better. */

import type { AnyMetric } from '../../core/metrics/metric.ts'
import { metrics } from '../../core/metrics/metrics.ts'
import { readArguments } from '../arguments.ts'
import { columns, printJson, printLines } from '../print.ts'
import { describeOptions } from './methods.ts'

export function listMetrics(args: readonly string[]): void {
  const { has } = readArguments('metrics', args, { flags: ['json'] })
  if (has('json')) printJson({ metrics: metrics.map(describeMetric) })
  else
    printLines(
      columns(
        metrics.map(({ id, family, better, definition }) => [
          id,
          family,
          `${better} is better`,
          definition,
        ]),
      ),
    )
}

function describeMetric(metric: AnyMetric) {
  const { id, family, label, title, better, unit, definition, formula, options, needs, citation } =
    metric
  return {
    id,
    family,
    label,
    title,
    better,
    unit,
    definition,
    formula,
    options: describeOptions(options),
    needs,
    citation,
  }
}
