/** @file DeepLIFT and DeepLIFT-SHAP against captum in float64, on small networks of seventeen architectures. */

import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import type { Tensor } from '../src/core/tensor/tensor.ts'
import { exportExplanation } from '../src/engine/export-explanation.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import { checkCaptumCases } from './check-captum-cases.ts'
import { readMapCases, type SeveralMapsCase } from './map-cases.ts'
import { relativeDistance } from './relative-distance.ts'

const cases = checkCaptumCases('deeplift')

it('has its fixtures', () => {
  expect(cases.filter(({ method }) => method === 'deeplift').length).toBeGreaterThan(30)
  expect(cases.filter(({ method }) => method === 'deeplift-shap').length).toBeGreaterThan(15)
})

const firstRow = ({ dims, data }: Tensor): Tensor => ({
  dims: dims.with(0, 1),
  data: data.slice(0, data.length / (dims[0] ?? 1)),
})

const exported = cases.filter(({ method, baselines }) => method === 'deeplift' && baselines)

describe.each(exported)('exported: $network $target', (known) => {
  const { bytesOf, tensor } = readMapCases<SeveralMapsCase>('deeplift')

  it('gives the same map without Saliscope, from a baseline of its own', async () => {
    const inputs = known.inputs.map((file) => firstRow(tensor(file)))
    const baselines = (known.baselines ?? []).map((file) => firstRow(tensor(file)))
    const { bytes, inputs: names } = await exportExplanation(
      createNodeRuntime(),
      bytesOf(known.model),
      {
        methodId: 'deeplift',
        options: {},
        target: known.target,
        seed: 0,
        inputDims: inputs.map(({ dims }) => dims),
        baseline: 0,
      },
    )
    const session = await InferenceSession.create(bytes)
    expect(names).toEqual(session.inputNames)
    const fed = [...inputs, ...baselines]
    const feeds = names.map((name, i): [string, OrtTensor] => [
      name,
      new OrtTensor('float32', fed[i]?.data ?? [], fed[i]?.dims),
    ])
    const outputs = await session.run(Object.fromEntries(feeds))
    await session.release()
    const read = (index: number) => outputs[session.outputNames[index] ?? '']?.data as Float32Array
    expect(session.outputNames.at(-1)).toBe('baseline_scores')
    expect(read(0)[0]).toBeCloseTo(known.scores[0] ?? Number.NaN, 3)
    for (const [i, file] of known.expected.entries()) {
      expect(relativeDistance(read(i + 1), firstRow(tensor(file)).data)).toBeLessThan(1e-4)
    }
  })
})
