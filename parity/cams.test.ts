/** @file CAMs, deconvnet and expected gradients against pytorch-grad-cam, captum and the formulas in PyTorch. */

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
import { type MapCase, readMapCases } from './map-cases.ts'
import { relativeDistance } from './relative-distance.ts'

const { bytesOf, cases, tensor } = readMapCases('cams')

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

async function explain(known: MapCase, options: Readonly<Record<string, string>> = known.options) {
  const input = tensor(known.input)
  const { id, options: spec } = findMethod(known.method)
  return attribute(
    await open(known.model),
    {
      methodId: id,
      options: parseOptions(id, spec, options),
      inputs: [input],
      baseline: [zerosLike(input)],
      ...(known.rows && { baselineRows: [tensor(known.rows)] }),
      target: known.target,
      seed: known.seed ?? 0,
      ...(known.layer && { layer: known.layer }),
    },
    control,
  )
}

afterAll(async () => {
  for (const model of models.values()) await (await model).close()
  const rows = [...worst].map(
    ([method, error]) => `  ${method.padEnd(22)} ${error.toExponential(1)}`,
  )
  console.log(`largest relative distance (L2) from the expected maps\n${rows.join('\n')}`)
})

describe.each(cases)('$network $method $options $source', (known) => {
  it('gives the expected map', async () => {
    const { maps, scores, layer } = await explain(known)
    for (const [row, score] of known.scores.entries())
      expect(Math.abs((scores[row] ?? 0) - score)).toBeLessThan(1e-4 * Math.max(1, Math.abs(score)))
    const expected = tensor(known.expected)
    expect(maps[0]?.dims).toEqual(expected.dims)
    const distance = relativeDistance(maps[0]!.data, expected.data)
    worst.set(known.method, Math.max(worst.get(known.method) ?? 0, distance))
    expect(distance).toBeLessThan(1e-4)
    if (known.layer) expect(layer?.name).toBe(known.layer)
  })
})

const several = ['score-cam', 'ablation-cam', 'expected-gradients']

describe.each(cases.filter(({ method }) => !several.includes(method)))(
  'exported: $network $method $options',
  (known) => {
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
        ...(known.layer && { layer: known.layer }),
      })
      const session = await InferenceSession.create(bytes)
      const feeds = { input: new OrtTensor('float32', input.data, input.dims) }
      const outputs = await session.run(feeds)
      const map = outputs[session.outputNames[1] ?? '']?.data as Float32Array
      await session.release()
      expect(relativeDistance(map, firstRow(tensor(known.expected)).data)).toBeLessThan(1e-4)
    })
  },
)

describe.each(cases.filter(({ method }) => method === 'score-cam'))('$network $method', (known) => {
  it('is the same map for every size of batch', async () => {
    const expected = tensor(known.expected)
    for (const batch of ['1', '3', '256']) {
      const { maps } = await explain(known, { batch })
      expect(relativeDistance(maps[0]!.data, expected.data)).toBeLessThan(1e-4)
    }
  })
})

describe('expected gradients', () => {
  const known = cases.find(
    ({ method, network }) => method === 'expected-gradients' && network === 'pooled3d',
  )!

  it('come near integrated gradients with many samples from one baseline', async () => {
    const model = await open(known.model)
    const input = tensor(known.input)
    const question = { inputs: [input], baseline: [zerosLike(input)], target: '1', seed: 1 }
    const ask = (methodId: string, options: Readonly<Record<string, number>>) =>
      attribute(model, { ...question, methodId, options }, control)
    const integrated = await ask('integrated-gradients', {})
    const few = await ask('expected-gradients', { samples: 20 })
    const many = await ask('expected-gradients', { samples: 500 })
    const distance = ({ maps }: typeof many) =>
      relativeDistance(maps[0]!.data, integrated.maps[0]!.data)
    expect(distance(many)).toBeLessThan(0.1)
    expect(distance(many)).toBeLessThan(distance(few))
  })

  it('are exported as one graph with the statistics of the definition', async () => {
    const { dims, data } = tensor(known.input)
    const input = { dims: dims.with(0, 1), data: data.slice(0, data.length / 2) }
    const question = { methodId: 'expected-gradients', target: '1', seed: 1 }
    const exported = (options: Readonly<Record<string, number>>) =>
      exportExplanation(runtime, bytesOf(known.model), {
        ...question,
        options,
        inputDims: [input.dims],
        baseline: 0,
      })
    const { bytes } = await exported({ samples: 400 })
    const session = await InferenceSession.create(bytes)
    const outputs = await session.run({ input: new OrtTensor('float32', input.data, input.dims) })
    const map = outputs[session.outputNames[1] ?? '']?.data as Float32Array
    const { maps } = await attribute(
      await open(known.model),
      { ...question, options: { samples: 400 }, inputs: [input], baseline: [zerosLike(input)] },
      control,
    )
    expect(relativeDistance(map, maps[0]!.data)).toBeLessThan(0.1)
    await expect(exported({ noise: 0.1 })).rejects.toThrow('use noise=0')
  })

  it('refuse rows of another shape', async () => {
    const input = tensor(known.input)
    const rows = { dims: [2, 1, 3, 3, 3], data: new Float32Array(54) }
    await expect(
      attribute(
        await open(known.model),
        {
          methodId: 'expected-gradients',
          options: {},
          inputs: [input],
          baseline: [zerosLike(input)],
          baselineRows: [rows],
          target: '1',
          seed: 0,
        },
        control,
      ),
    ).rejects.toThrow('the rows of the baseline must have the shape')
  })
})

it('covers every method in three dimensions and on two networks of pictures', () => {
  const ids = [...new Set(cases.map(({ method }) => method))]
  expect(ids.length).toBe(13)
  for (const id of ids) {
    const networks = cases.filter(({ method }) => method === id).map(({ network }) => network)
    expect(networks).toEqual(expect.arrayContaining(['dilated2d', 'pooled3d', 'resnet18']))
  }
})

it('has every map of pictures that pytorch-grad-cam gives from there', () => {
  const byPeer = cases.filter(({ source }) => source.startsWith('pytorch-grad-cam'))
  const peers = ['ablation-cam', 'eigen-cam', 'eigen-grad-cam', 'grad-cam', 'grad-cam-plus-plus']
  for (const network of ['dilated2d', 'resnet18']) {
    const methods = byPeer.filter((each) => each.network === network).map(({ method }) => method)
    expect([...new Set(methods)].sort()).toEqual(
      [...peers, 'hires-cam', 'layer-cam', 'score-cam', 'x-grad-cam'].sort(),
    )
  }
})
