/**
 * @file Implementation invariance of the gradient (Sundararajan et al. 2017, axiom 2) under the rewrites that every
 * model goes through: generated networks as exporters write them, upgraded and canonicalised, against the same
 * network written plainly, which nothing has rewritten, and against differences of the model as it was written.
 */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createNodeRuntime } from '../../engine/runtime-node.ts'
import { canonicalise } from '../onnx/canonicalise.ts'
import { encode } from '../onnx/codec.ts'
import { upgradeOpset } from '../onnx/upgrade-opset.ts'
import { runGradient, traceTypes } from '../testing/check-gradient.ts'
import { directionalDerivative } from '../testing/numeric-derivative.ts'
import { count, randomNumbers } from '../testing/tiny-models.ts'
import {
  canHave,
  type Piece,
  pieceNames,
  type WrittenPlan,
  writtenOddly,
  writtenPlainly,
} from '../testing/written-networks.ts'

const OPSETS = [9, 10, 11, 12, 13, 17, 18, 23] as const
const RUNS = 12
const runtime = createNodeRuntime({ threads: 1 })

function plans(opset: number): fc.Arbitrary<WrittenPlan> {
  return fc
    .record({
      batch: fc.constantFrom(1, 3),
      space: fc.array(fc.constantFrom(2, 4), { minLength: 1, maxLength: 3 }),
      seed: fc.integer({ min: 1, max: 1_000_000 }),
    })
    .chain(({ batch, space, seed }) => {
      const possible = pieceNames().filter((piece) => canHave(piece, opset, space.length))
      return fc
        .shuffledSubarray(possible, { minLength: 3, maxLength: 6 })
        .map((pieces) => ({ opset, dims: [batch, 4, ...space], pieces, seed }))
    })
}

test.each(OPSETS)(
  'opset %i',
  async (opset) => {
    const seen = new Set<Piece>()
    const property = fc.asyncProperty(plans(opset), async (plan) => {
      for (const piece of plan.pieces) seen.add(piece)
      const { dims, seed } = plan
      const data = Float32Array.from(randomNumbers(count(dims), seed))
      const feeds = { x: { dtype: 'float32', dims, data } as const }
      const [odd, plain] = [writtenOddly(plan), writtenPlainly(plan)]
      const weights = randomNumbers(3 * dims[0]!, seed + 1)

      const expected = await runGradient({ model: plain, feeds, weights })
      const prepared = canonicalise(upgradeOpset(odd))
      const typed = canonicalise(prepared, await traceTypes(prepared, feeds))
      const numbers = ({ gradients }: typeof expected) => Array.from(gradients[0]!.data, Number)
      const size = Math.hypot(...numbers(expected))
      expect(size).toBeGreaterThan(0)
      for (const model of [prepared, typed]) {
        const got = numbers(await runGradient({ model, feeds, weights }))
        const apart = numbers(expected).map((value, i) => value - got[i]!)
        expect(Math.hypot(...apart)).toBeLessThan(2e-6 * size)
      }

      const session = await runtime.createSession(encode(odd))
      const output = odd.graph.outputs[0]!.name
      const evaluate = async (moved: Float32Array<ArrayBuffer>) => {
        const { [output]: y } = await session.run({ x: { ...feeds.x, data: moved } }, [output])
        return weights.reduce((sum, weight, i) => sum + weight * Number(y!.data[i]), 0)
      }
      const direction = randomNumbers(data.length, seed + 2)
      const numeric = await directionalDerivative({ step: 8e-3, evaluate }, data, direction)
      await session.release()
      const own = direction.reduce((sum, v, i) => sum + v * numbers(expected)[i]!, 0)
      expect(Math.abs(own - numeric)).toBeLessThan(0.02 * size * Math.hypot(...direction) + 1e-3)
    })
    await fc.assert(property, { numRuns: RUNS, seed: 5, unbiased: true })
    const possible = pieceNames().filter((piece) => canHave(piece, opset, 2))
    expect([...seen].sort()).toEqual([...possible].sort())
  },
  300_000,
)
