/** @file What every LRP composite did on which architecture, as the tables of docs/lrp-architectures.md. */

import { lrpComposites } from '../../src/core/autodiff/relevance/composites.ts'
import type { Arrived, CompositeOutcome } from './try-composites.ts'

/** By architecture and composite. */
export type LrpOutcomes = Readonly<
  Record<string, Readonly<Record<string, Omit<CompositeOutcome, 'composite'>>>>
>

/** Markdown: what arrived, the same without biases, and what it costs. */
export function renderLrpTable(outcomes: LrpOutcomes, labels: ReadonlyMap<string, string>): string {
  const table = (cellOf: (outcome: Omit<CompositeOutcome, 'composite'>) => string) =>
    [
      line(['network', ...lrpComposites]),
      line(['---', ...lrpComposites.map(() => '--:')]),
      ...Object.entries(outcomes).map(([name, own]) =>
        line([
          labels.get(name) ?? name,
          ...lrpComposites.map((id) => {
            const outcome = own[id]
            if (!outcome) return 'not measured'
            return outcome.refusal ? `refused (${reasonNumber(outcome.refusal)})` : cellOf(outcome)
          }),
        ]),
      ),
    ].join('\n')
  const reasons: string[] = []
  const reasonNumber = (reason: string) => {
    if (!reasons.includes(reason)) reasons.push(reason)
    return reasons.indexOf(reason) + 1
  }
  return [
    'Sum of the map over the score:',
    '',
    table(({ arrived }) => share(arrived)),
    '',
    'The same with every bias set to zero:',
    '',
    table(({ withoutBiases }) => share(withoutBiases)),
    '',
    'Nodes of the graph, and seconds to compile it and open its session:',
    '',
    table(
      ({ nodes = 0, compileMs = 0, openMs = 0 }) =>
        `${nodes}; ${((compileMs + openMs) / 1000).toFixed(1)}`,
    ),
    ...(reasons.length > 0 ? ['', ...reasons.map((reason, i) => `${i + 1}. ${reason}`)] : []),
  ].join('\n')
}

/** With the sum of the map's sizes in brackets where much cancels in its sum. */
function share(arrived: Arrived | undefined): string {
  if (!arrived) return '-'
  const { ratio, size } = arrived
  if (!arrived.isFinite) return 'not finite'
  const text = Math.abs(ratio) < 1000 ? ratio.toFixed(3) : ratio.toExponential(0)
  return size > CANCELLING ? `${text} (${size.toExponential(0)})` : text
}

const CANCELLING = 1000

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
