/** @file Exported explanations, run by the bare runtime, against the maps that captum and PyTorch give. */

import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { classifier, weights } from '../src/cli/testing/small-models.ts'
import { findMethod } from '../src/core/attribution/methods.ts'
import { quadratures } from '../src/core/attribution/quadrature.ts'
import { parseOptions } from '../src/core/parse-options.ts'
import type { Tensor } from '../src/core/tensor/tensor.ts'
import { attribute } from '../src/engine/attribute.ts'
import { exportExplanation } from '../src/engine/export-explanation.ts'
import { openModel } from '../src/engine/open-model.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import { readMapCases, type SeveralMapsCase } from './map-cases.ts'
import { relativeDistance } from './relative-distance.ts'

const { bytesOf, cases, tensor } = readMapCases('methods')

/** The first batch row: an exported graph has one. */
function firstRow({ dims, data }: Tensor): Tensor {
  return { dims: dims.with(0, 1), data: data.slice(0, data.length / (dims[0] ?? 1)) }
}

/** Every output of an ONNX file on one input, with nothing of Saliscope in between. */
async function runFile(bytes: Uint8Array, { dims, data }: Tensor) {
  const session = await InferenceSession.create(bytes)
  const [name = ''] = session.inputNames
  const outputs = await session.run({ [name]: new OrtTensor('float32', data, dims) })
  await session.release()
  return session.outputNames.map((output) => outputs[output]?.data as Float32Array)
}

const exported = cases.filter(({ method }) => !['occlusion', 'smoothgrad'].includes(method))

describe.each(exported)('$network $method $target $options', (known) => {
  it('gives the same map without Saliscope', async () => {
    const input = firstRow(tensor(known.input))
    const { id, options } = findMethod(known.method)
    const { bytes } = await exportExplanation(createNodeRuntime(), bytesOf(known.model), {
      methodId: id,
      options: parseOptions(id, options, known.options),
      target: known.target,
      seed: 0,
      inputDims: [input.dims],
      baseline: known.baseline ? [firstRow(tensor(known.baseline))] : 0,
      ...(known.layer && { layer: known.layer }),
    })
    const [scores, map] = await runFile(bytes, input)
    expect(scores?.[0]).toBeCloseTo(known.scores[0] ?? Number.NaN, 3)
    const expected = firstRow(tensor(known.expected))
    expect(relativeDistance(map ?? new Float32Array(0), expected.data)).toBeLessThan(1e-4)
  })
})

const networks = readMapCases<SeveralMapsCase>('networks')
const trapezoids = networks.cases.filter(
  ({ options, inputs }) => options.quadrature === 'riemann-trapezoid' && inputs.length === 1,
)

describe.each(trapezoids)('$network $method $target $options', (known) => {
  it('gives the same map without Saliscope', async () => {
    const [input] = known.inputs.map((file) => firstRow(networks.tensor(file)))
    const { bytes } = await exportExplanation(createNodeRuntime(), networks.bytesOf(known.model), {
      methodId: known.method,
      options: parseOptions(known.method, findMethod(known.method).options, known.options),
      target: known.target,
      seed: 0,
      inputDims: [input!.dims],
      baseline: known.baselines?.map((file) => firstRow(networks.tensor(file))) ?? 0,
    })
    const [, map] = await runFile(bytes, input!)
    const expected = firstRow(networks.tensor(known.expected[0]!))
    expect(relativeDistance(map!, expected.data)).toBeLessThan(1e-4)
  })
})

it('exports integrated gradients by every quadrature', () => {
  const ways = [...exported, ...trapezoids].map(({ options }) => options.quadrature)
  expect(ways).toEqual(expect.arrayContaining([...quadratures]))
})

describe.each(['cnn3d', 'resnet18', 'unet3d'])('the target inside the graph: %s', (network) => {
  it('is the one that explain chooses', async () => {
    const input = firstRow(tensor(`${network}.input.npy`))
    const bytes = bytesOf(`${network}.onnx`)
    const runtime = createNodeRuntime()
    const model = await openModel(runtime, bytes)
    for (const target of ['', 'sum', '0-1', 'argmax']) {
      const { maps, scores } = await attribute(
        model,
        { methodId: 'gradient', options: {}, inputs: [input], baseline: [input], target, seed: 0 },
        { signal: { throwIfAborted: () => {} }, onProgress: () => {} },
      )
      const question = { methodId: 'gradient', options: {}, target, seed: 0, baseline: 0 }
      const file = await exportExplanation(runtime, bytes, { ...question, inputDims: [input.dims] })
      const [score, map] = await runFile(file.bytes, input)
      expect(Math.abs((score?.[0] ?? 0) - (scores[0] ?? 0))).toBeLessThan(
        1e-4 * Math.max(1, Math.abs(scores[0] ?? 0)),
      )
      expect(relativeDistance(map ?? new Float32Array(0), maps[0]!.data)).toBeLessThan(1e-5)
    }
    await model.close()
  })
})

describe.each(['cnn3d', 'resnet18', 'unet3d'])('SmoothGrad of %s without noise', (network) => {
  it('is exported as the statistics of equal samples', async () => {
    const input = firstRow(tensor(`${network}.input.npy`))
    const runtime = createNodeRuntime()
    const bytes = bytesOf(`${network}.onnx`)
    const common = { target: '0', seed: 1, inputDims: [input.dims], baseline: 0 }
    const gradient = { ...common, methodId: 'gradient', options: {} }
    const [, slope] = await runFile(
      (await exportExplanation(runtime, bytes, gradient)).bytes,
      input,
    )
    const expected: Readonly<Record<string, (value: number) => number>> = {
      mean: (value) => value,
      'mean-square': (value) => value ** 2,
      'mean-magnitude': Math.abs,
    }
    for (const [aggregate, of] of Object.entries(expected)) {
      const options = { samples: 3, noise: 0, aggregate }
      const question = { ...common, methodId: 'smoothgrad', options }
      const [, map] = await runFile(
        (await exportExplanation(runtime, bytes, question)).bytes,
        input,
      )
      expect(relativeDistance(map!, slope!.map(of)), aggregate).toBeLessThan(1e-5)
    }
  })
})

/**
 * y_k = sum_i w_ik x_i^2 has the gradient 2 w x. With normal noise of deviation s on x its mean is 2 w x,
 * its mean square 4 w^2 (x^2 + s^2) and its variance 4 w^2 s^2.
 */
it('exports SmoothGrad with the moments that a quadratic network has', async () => {
  const input = { dims: [1, 3], data: Float32Array.of(3, 1, 2) }
  const slopes = weights.map((row) => 2 * row[1]!)
  const deviation = 0.25 * (3 - 1)
  const samples = 1000
  const moments = {
    mean: (slope: number, x: number) => slope * x,
    'mean-square': (slope: number, x: number) => slope ** 2 * (x ** 2 + deviation ** 2),
    variance: (slope: number) => slope ** 2 * deviation ** 2,
  }
  for (const [aggregate, moment] of Object.entries(moments)) {
    const file = await exportExplanation(createNodeRuntime(), new Uint8Array(classifier), {
      methodId: 'smoothgrad',
      options: { samples, noise: 0.25, aggregate },
      target: '1',
      seed: 5,
      inputDims: [input.dims],
      baseline: 0,
    })
    const [, map] = await runFile(file.bytes, input)
    for (const [i, slope] of slopes.entries()) {
      // The estimates scatter by about 2 % (mean) to 5 % (variance) of their value.
      const expected = moment(slope, input.data[i]!)
      expect(Math.abs(map![i]! / expected - 1), `${aggregate} ${i}`).toBeLessThan(0.15)
    }
  }
})

it('exports SmoothGrad with the statistics of its definition', async () => {
  const input = firstRow(tensor('cnn3d.input.npy'))
  const runtime = createNodeRuntime()
  const bytes = bytesOf('cnn3d.onnx')
  const model = await openModel(runtime, bytes)
  for (const aggregate of ['mean', 'mean-square', 'variance', 'mean-magnitude']) {
    const options = { samples: 400, aggregate }
    const question = { methodId: 'smoothgrad', options, target: '1', seed: 1 }
    const { maps } = await attribute(
      model,
      { ...question, inputs: [input], baseline: [input] },
      { signal: { throwIfAborted: () => {} }, onProgress: () => {} },
    )
    const file = await exportExplanation(runtime, bytes, {
      ...question,
      inputDims: [input.dims],
      baseline: 0,
    })
    const [, map] = await runFile(file.bytes, input)
    // Two estimates from 400 independent samples each: their distance is the sampling error.
    expect(relativeDistance(map ?? new Float32Array(0), maps[0]!.data)).toBeLessThan(0.2)
  }
  await model.close()
})

it('records how it was made, and refuses what is not a graph', async () => {
  const runtime = createNodeRuntime()
  const question = { options: {}, target: '0@mask', seed: 0, baseline: 0 }
  const bytes = bytesOf('unet3d.onnx')
  await expect(
    exportExplanation(runtime, bytes, { ...question, methodId: 'gradient' }),
  ).rejects.toThrow(/needs a mask/)
  await expect(
    exportExplanation(runtime, bytes, { ...question, methodId: 'occlusion' }),
  ).rejects.toThrow('occlusion runs the model many times and is not one graph')
  for (const methodId of ['ablation-cam', 'deeplift-shap', 'score-cam']) {
    const refused = exportExplanation(runtime, bytes, { ...question, methodId })
    await expect(refused).rejects.toThrow(`${methodId} runs the model many times`)
  }
})
