/** @file Attention rollout and relevance against their definitions in PyTorch, on exports of several libraries. */

import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { findMethod } from '../src/core/attribution/methods.ts'
import { parseOptions } from '../src/core/parse-options.ts'
import { zerosLike } from '../src/core/tensor/arithmetic.ts'
import { elementCount, type Tensor } from '../src/core/tensor/tensor.ts'
import { attribute } from '../src/engine/attribute.ts'
import { exportExplanation } from '../src/engine/export-explanation.ts'
import { type OpenModel, openModel } from '../src/engine/open-model.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import { type MapCase, readMapCases } from './map-cases.ts'
import { relativeDistance } from './relative-distance.ts'

const stored = readMapCases('attention')
const { bytesOf, tensor } = stored
const cases = stored.cases as readonly (MapCase & { readonly grid: readonly number[] })[]

const runtime = createNodeRuntime({ threads: 1 })
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

/** The stored map has one channel; every channel of the input gets it. */
function spread({ dims, data }: Tensor, channels: number): Float32Array {
  const rows = dims[0] ?? 1
  const space = data.length / rows
  const whole = new Float32Array(data.length * channels)
  for (let at = 0; at < rows * channels; at++) {
    const row = Math.floor(at / channels)
    whole.set(data.subarray(row * space, (row + 1) * space), at * space)
  }
  return whole
}

function firstRow({ dims, data }: Tensor): Tensor {
  return { dims: dims.with(0, 1), data: data.slice(0, data.length / (dims[0] ?? 1)) }
}

afterAll(async () => {
  for (const model of models.values()) await (await model).close()
  const rows = [...worst].map(([id, error]) => `  ${id.padEnd(22)} ${error.toExponential(1)}`)
  console.log(`largest relative distance (L2) from the expected maps\n${rows.join('\n')}`)
})

describe.each(cases)('$network $method $options', (known) => {
  const { id, options: spec } = findMethod(known.method)
  const options = parseOptions(id, spec, known.options)
  const input = tensor(known.input)
  const expected = tensor(known.expected)
  const channels = input.dims[1] ?? 1

  it('gives the expected map', async () => {
    const model = await open(known.model)
    const { maps, scores, layer } = await attribute(
      model,
      {
        methodId: id,
        options,
        inputs: [input],
        baseline: [zerosLike(input)],
        target: known.target,
        seed: 0,
      },
      control,
    )
    for (const [row, score] of known.scores.entries())
      expect(Math.abs((scores[row] ?? 0) - score)).toBeLessThan(1e-4 * Math.max(1, Math.abs(score)))
    expect(maps[0]?.dims).toEqual(input.dims)
    const distance = relativeDistance(maps[0]!.data, spread(expected, channels))
    worst.set(id, Math.max(worst.get(id) ?? 0, distance))
    expect(distance).toBeLessThan(1e-4)
    expect(layer?.grid).toEqual(known.grid)
  })

  it('gives the same map exported, without Saliscope', async () => {
    const row = firstRow(input)
    const { bytes } = await exportExplanation(runtime, bytesOf(known.model), {
      methodId: id,
      options,
      target: known.target,
      seed: 0,
      inputDims: [row.dims],
      baseline: 0,
    })
    const session = await InferenceSession.create(bytes)
    const outputs = await session.run({ input: new OrtTensor('float32', row.data, row.dims) })
    const map = outputs[session.outputNames[1] ?? '']?.data as Float32Array
    await session.release()
    expect(map.length).toBe(elementCount(row.dims))
    expect(relativeDistance(map, spread(firstRow(expected), channels))).toBeLessThan(1e-4)
  })
})

it('covers both methods, two and three dimensions, with and without class token', () => {
  expect(cases.length).toBeGreaterThanOrEqual(16)
  expect(new Set(cases.map(({ method }) => method)).size).toBe(2)
  expect(new Set(cases.map(({ grid }) => grid.length))).toEqual(new Set([2, 3]))
})
