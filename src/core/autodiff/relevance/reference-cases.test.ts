/** @file Relevance that captum and zennit give on tiny networks. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lrp } from '../../attribution/lrp.ts'
import { canonicalise } from '../../onnx/canonicalise.ts'
import { decode } from '../../onnx/codec.ts'
import { upgradeOpset } from '../../onnx/upgrade-opset.ts'
import { defaultOptions } from '../../parse-options.ts'
import { runRecipe } from '../../testing/run-recipe.ts'

/** Given by the machine that runs the tests; not part of the project. */
const FOLDER =
  process.env.SALISCOPE_REFERENCE_CASES ??
  join(import.meta.dirname, '../../../../../shared/reference/cases')

type Nested = number | readonly Nested[]
interface Case {
  readonly id: string
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly inputs: readonly Nested[]
  readonly target: number | null
  readonly expected: readonly Nested[]
  readonly library_value: readonly Nested[] | null
  readonly tolerance: { readonly mode: 'max_abs' | 'sum_abs'; readonly value: number }
  readonly onnx: string
  readonly onnx_forward_output: Nested
}

const path = join(FOLDER, 'cases.json')
const file: { readonly cases: readonly Case[] } = existsSync(path)
  ? JSON.parse(readFileSync(path, 'utf8'))
  : { cases: [] }
/**
 * zennit's default counts positive biases among the winners, and a part of the relevance ends there;
 * the paper has none (Zhang et al. 2016), and parity/lrp.test.ts compares without them.
 */
const WITH_BIASES = 'composite:ExcitationBackprop'
const cases = file.cases.filter(
  ({ method }) =>
    method.startsWith('LRP') || (method.startsWith('composite:') && method !== WITH_BIASES),
)

test.skipIf(cases.length > 0)('reference cases (skipped: their folder is not here)', (context) => {
  context.skip()
})

test.each(cases.map((each) => [each.id, each] as const))('%s', async (id, each) => {
  const model = canonicalise(
    upgradeOpset(decode(new Uint8Array(readFileSync(join(FOLDER, 'onnx', each.onnx))))),
  )
  const inputs = each.inputs.map((input) => ({
    dims: shapeOf(input),
    data: Float32Array.from(flat(input)),
  }))
  const outputs = flat(each.onnx_forward_output)
  const weights = outputs.map((_, i) => (each.target === null || i === each.target ? 1 : 0))
  const options = { ...defaultOptions(lrp.options), ...optionsOf(each) }
  const run = await runRecipe({ model, recipe: lrp.recipe(options), inputs, weights })
  for (const [i, map] of run.outputs.entries()) {
    const wanted = BY_SHARE[id]?.[i] ?? flat((each.library_value ?? each.expected)[i]!)
    const differences = wanted.map((value, j) => Math.abs(value - map[j]!))
    const error =
      each.tolerance.mode === 'sum_abs'
        ? differences.reduce((sum, value) => sum + value, 0)
        : Math.max(...differences)
    expect(error).toBeLessThanOrEqual(each.tolerance.value)
  }
})

/** captum gives both summands the whole relevance of a sum; the notes of the case say what is right. */
const BY_SHARE: Readonly<Record<string, readonly (readonly number[])[]>> = {
  lrp_multi_in: [
    [4, 8, 12],
    [12, 24, 36],
  ],
}

/** zennit's composites were started with a relevance of 1 at the class. */
function optionsOf({ method, params }: Case): object {
  switch (method) {
    case 'composite:EpsilonAlpha2Beta1':
      return { composite: 'epsilon-alpha2-beta1', start: 'one' }
    case 'composite:EpsilonAlpha2Beta1Flat':
      return { composite: 'epsilon-alpha2-beta1-flat', start: 'one' }
    case 'composite:EpsilonGammaBox(-2,2)':
      return { composite: 'epsilon-gamma-box', start: 'one', low: params.low, high: params.high }
    case 'composite:EpsilonPlus':
      return { composite: 'epsilon-plus', start: 'one' }
    case 'composite:EpsilonPlusFlat':
      return { composite: 'epsilon-plus-flat', start: 'one' }
    case 'LRP:AlphaBeta':
      return { composite: 'alpha-beta', alpha: params.alpha, beta: params.beta }
    case 'LRP:Epsilon':
      return { epsilon: params.epsilon }
    case 'LRP:Flat':
      return { composite: 'flat' }
    case 'LRP:Gamma':
      return { composite: 'gamma', gamma: params.gamma }
    case 'LRP:WSquare':
      return { composite: 'w-square' }
    case 'LRP:ZBox':
      return { composite: 'epsilon-gamma-box', low: params.low, high: params.high }
    case 'LRP:ZPlus':
      return { composite: 'z-plus' }
    default:
      return {}
  }
}

function flat(nested: Nested): number[] {
  return typeof nested === 'number' ? [nested] : nested.flatMap(flat)
}

function shapeOf(nested: Nested): number[] {
  if (typeof nested === 'number') return []
  return [nested.length, ...(nested[0] === undefined ? [] : shapeOf(nested[0]))]
}
