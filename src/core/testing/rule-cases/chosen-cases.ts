/** @file A few cases of a rule that differ as much as they can: for where running all would take too long. */

import fc from 'fast-check'
import type { AttributesShorthand } from '../../onnx/graph-emitter.ts'
import { type RuleCase, type RuleProperty, strataOf, stratumOf } from './rule-case.ts'

const DRAWN_PER_STRATUM = 24
const LEAST = 3
const MOST = 8

interface ChosenCase extends RuleCase {
  /** `rank=3`, `batch=1`, `mode=linear` ... */
  readonly features: readonly string[]
}

/** At least three: the next is always the one with most features that none before it has. */
export function chosenCases(rule: RuleProperty): readonly ChosenCase[] {
  const drawn = strataOf(rule).flatMap((stratum, i) =>
    fc
      .sample(rule.cases(stratum), { numRuns: DRAWN_PER_STRATUM, seed: 11 + i })
      .map((each): ChosenCase => ({ ...each, features: featuresOf(each) })),
  )
  const seen = new Set<string>()
  const chosen: ChosenCase[] = []
  const rest = new Set(drawn)
  while (chosen.length < MOST) {
    const news = ({ features }: ChosenCase) =>
      features.filter((feature) => !seen.has(feature)).length
    const best = [...rest].reduce<ChosenCase | undefined>(
      (found, each) => (found && news(found) >= news(each) ? found : each),
      undefined,
    )
    if (!best || (news(best) === 0 && chosen.length >= LEAST)) break
    chosen.push(best)
    rest.delete(best)
    for (const feature of best.features) seen.add(feature)
  }
  return chosen
}

/** The shape, what a choice of words or small numbers says, and whether inputs that may be there are. */
function featuresOf(each: RuleCase): readonly string[] {
  const { batch, rank } = stratumOf(each)
  const { nodes, inputs } = each.model
  const last = nodes.findLast(({ attributes }) => attributes !== undefined) ?? nodes.at(-1)
  return [
    `rank=${rank}`,
    `batch=${batch}`,
    `inputs=${Object.keys(inputs).length}`,
    `args=${last?.inputs.length}`,
    ...Object.entries(last?.attributes ?? {}).flatMap(([name, value]) => featureOf(name, value)),
  ]
}

function featureOf(name: string, value: AttributesShorthand[string]): readonly string[] {
  if (typeof value === 'string') return [`${name}=${value}`]
  if (typeof value === 'number') return [`${name}=${value}`]
  // One number per axis: the largest.
  return Array.isArray(value) ? [`${name}=${Math.max(...value)}`] : []
}
