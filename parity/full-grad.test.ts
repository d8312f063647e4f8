/** @file FullGrad against the formula in PyTorch, in float64. */

import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { zerosLike } from '../src/core/tensor/arithmetic.ts'
import type { Tensor } from '../src/core/tensor/tensor.ts'
import { attribute } from '../src/engine/attribute.ts'
import { exportExplanation } from '../src/engine/export-explanation.ts'
import { openModel } from '../src/engine/open-model.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import { type MapCase, readMapCases } from './map-cases.ts'
import { relativeDistance } from './relative-distance.ts'

const stored = readMapCases('full-grad')
const { bytesOf, tensor } = stored
const cases = stored.cases as readonly (MapCase & { readonly gap: readonly number[] })[]
const runtime = createNodeRuntime({ threads: 1 })
const control = { signal: { throwIfAborted: () => {} }, onProgress: () => {} }
let worst = 0

const firstRow = ({ dims, data }: Tensor): Tensor => ({
  dims: dims.with(0, 1),
  data: data.slice(0, data.length / (dims[0] ?? 1)),
})

afterAll(() => console.log(`full-grad: largest relative distance (L2) ${worst.toExponential(1)}`))

describe.each(cases)('$network', (known) => {
  const input = tensor(known.input)
  const expected = tensor(known.expected)
  const question = { methodId: 'full-grad', options: {}, target: known.target, seed: 0 }

  it('gives the expected map and gap', async () => {
    const model = await openModel(runtime, bytesOf(known.model))
    const { maps, scores, completenessGap } = await attribute(
      model,
      { ...question, inputs: [input], baseline: [zerosLike(input)] },
      control,
    )
    await model.close()
    const distance = relativeDistance(maps[0]!.data, expected.data)
    worst = Math.max(worst, distance)
    expect(distance).toBeLessThan(1e-4)
    for (const [row, score] of known.scores.entries()) {
      const tolerance = 1e-4 * Math.max(1, Math.abs(score))
      expect(Math.abs(scores[row]! - score)).toBeLessThan(tolerance)
      expect(Math.abs(completenessGap![row]! - known.gap[row]!)).toBeLessThan(tolerance)
    }
  })

  it('gives the same map exported, without Saliscope', async () => {
    const row = firstRow(input)
    const { bytes } = await exportExplanation(runtime, bytesOf(known.model), {
      ...question,
      inputDims: [row.dims],
      baseline: 0,
    })
    const session = await InferenceSession.create(bytes)
    const outputs = await session.run({ input: new OrtTensor('float32', row.data, row.dims) })
    const map = outputs[session.outputNames[1] ?? '']?.data as Float32Array
    await session.release()
    expect(relativeDistance(map, firstRow(expected).data)).toBeLessThan(1e-4)
  })
})
