/** @file Relevance maps against zennit, captum and hand-merged networks. */

import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { findMethod } from '../src/core/attribution/methods.ts'
import { parseOptions } from '../src/core/parse-options.ts'
import { zerosLike } from '../src/core/tensor/arithmetic.ts'
import type { Tensor } from '../src/core/tensor/tensor.ts'
import { attribute } from '../src/engine/attribute.ts'
import { exportExplanation } from '../src/engine/export-explanation.ts'
import { type OpenModel, openModel } from '../src/engine/open-model.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import { readMapCases } from './map-cases.ts'
import { relativeDistance } from './relative-distance.ts'

const { bytesOf, cases, tensor } = readMapCases('lrp')

const runtime = createNodeRuntime()
const models = new Map<string, Promise<OpenModel>>()
const worst = new Map<string, number>()
const control = { signal: { throwIfAborted: () => {} }, onProgress: () => {} }

function open(name: string): Promise<OpenModel> {
  const known = models.get(name)
  if (known) return known
  const model = openModel(runtime, bytesOf(name))
  models.set(name, model)
  return model
}

afterAll(async () => {
  for (const model of models.values()) await (await model).close()
  const rows = [...worst].map(([rule, error]) => `  ${rule.padEnd(28)} ${error.toExponential(1)}`)
  console.log(`largest relative distance (L2) from the expected maps\n${rows.join('\n')}`)
})

describe.each(cases)('$model $method $options $source', (known) => {
  it('gives the expected map', async () => {
    const input = tensor(known.input)
    const { id, options: spec } = findMethod(known.method)
    const { maps, scores, completenessGap, promise } = await attribute(
      await open(known.model),
      {
        methodId: id,
        options: parseOptions(id, spec, known.options),
        inputs: [input],
        baseline: [zerosLike(input)],
        target: known.target,
        seed: 0,
      },
      control,
    )
    for (const [row, score] of known.scores.entries())
      expect(Math.abs((scores[row] ?? 0) - score)).toBeLessThan(1e-4 * Math.max(1, Math.abs(score)))
    const expected = tensor(known.expected)
    expect(maps[0]?.dims).toEqual(expected.dims)
    const distance = relativeDistance(maps[0]!.data, expected.data)
    const rule = `${known.method} ${known.options.composite ?? ''}`

    worst.set(rule, Math.max(worst.get(rule) ?? 0, distance))
    expect(distance).toBeLessThan(allowed(known))
    expect(promise).toBe('conservation')
    expect(completenessGap).toHaveLength(scores.length)
  })
})

/** Where zennit's own float32 is farther than 1e-4 from its float64: three times its distance. */
function allowed({ float32Distance = 0 }: (typeof cases)[number]): number {
  return Math.max(1e-4, 3 * float32Distance)
}

// One case of every network and rule: the file alone, in another runtime's hands.
const exported = cases.filter((known, index) => {
  const kindOf = ({ network, options, method }: typeof known) =>
    `${network} ${method} ${options.composite ?? ''}`
  return cases.findIndex((other) => kindOf(other) === kindOf(known)) === index
})

describe.each(exported)('exported: $model $method $options', (known) => {
  it('gives the same map without Saliscope', async () => {
    const firstRow = ({ dims, data }: Tensor): Tensor => ({
      dims: dims.with(0, 1),
      data: data.slice(0, data.length / (dims[0] ?? 1)),
    })
    const input = firstRow(tensor(known.input))
    const { id, options } = findMethod(known.method)
    const { bytes } = await exportExplanation(runtime, bytesOf(known.model), {
      methodId: id,
      options: parseOptions(id, options, known.options),
      target: known.target,
      seed: 0,
      inputDims: [input.dims],
      baseline: 0,
    })
    const session = await InferenceSession.create(bytes)
    const outputs = await session.run({ input: new OrtTensor('float32', input.data, input.dims) })
    const map = outputs[session.outputNames[1] ?? '']?.data as Float32Array
    await session.release()
    // Of one row alone the norm is smaller than of the batch.
    expect(relativeDistance(map, firstRow(tensor(known.expected)).data)).toBeLessThan(
      2 * allowed(known),
    )
  })
})

it('covers every composite and both exporters in two and three dimensions', () => {
  const composites = new Set(cases.flatMap(({ options }) => options.composite ?? []))
  expect(composites.size).toBe(11)
  expect(new Set(cases.map(({ network }) => network)).size).toBeGreaterThanOrEqual(14)
  for (const kind of ['-script.onnx', '-dynamo.onnx'])
    expect(cases.some(({ model }) => model.endsWith(kind))).toBe(true)
})
