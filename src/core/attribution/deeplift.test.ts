import { describe, expect, test } from 'vitest'
import { attribute } from '../../engine/attribute.ts'
import { openModel } from '../../engine/open-model.ts'
import { createNodeRuntime } from '../../engine/runtime-node.ts'
import { encode } from '../onnx/codec.ts'
import { floatTensor } from '../onnx/constants.ts'
import type { Model } from '../onnx/ir.ts'
import type { Tensor, Tensors } from '../tensor/tensor.ts'
import { t } from '../testing/analytic-model.ts'
import { count, float, randomFloats, randomNumbers, tinyModel } from '../testing/tiny-models.ts'

const runtime = createNodeRuntime({ threads: 1 })
const control = { signal: { throwIfAborted() {} }, onProgress: () => {} }
const random = (dims: readonly number[], seed: number): Tensor =>
  t(dims, ...randomNumbers(count(dims), seed))
const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0)

interface Question {
  readonly inputs: Tensors
  readonly baseline: Tensors
  readonly rows?: Tensors
  readonly target?: string
  readonly methodId?: string
}

async function run(model: Model, { inputs, baseline, rows, target = '', methodId }: Question) {
  const opened = await openModel(runtime, encode(model))
  const question = { options: {}, inputs, baseline, target, seed: 0 }
  const answer = await attribute(
    opened,
    { ...question, methodId: methodId ?? 'deeplift', ...(rows && { baselineRows: rows }) },
    control,
  )
  await opened.close()
  return answer
}

describe('worked by hand', () => {
  // y = 1 - relu(1 - (a + b)), the saturated unit of Shrikumar et al., figure 1.
  const saturated = tinyModel({
    inputs: { x: [1, 2] },
    constants: {
      minus: floatTensor([-1, -1], [2, 1]),
      one: floatTensor([1], [1]),
    },
    nodes: [
      { op: 'MatMul', inputs: ['x', 'minus'], outputs: ['sum'] },
      { op: 'Add', inputs: ['sum', 'one'], outputs: ['h'] },
      { op: 'Relu', inputs: ['h'], outputs: ['r'] },
      { op: 'Sub', inputs: ['one', 'r'], outputs: ['y'] },
    ],
  })

  test('a saturated unit, where the gradient is 0', async () => {
    // h: 1 to -1, r: 1 to 0, so the multiplier of h is -1 * -1/-2 and each input gets 1/2.
    const { maps, scores, completenessGap } = await run(saturated, {
      inputs: [t([1, 2], 1, 1)],
      baseline: [t([1, 2], 0, 0)],
    })
    expect(Array.from(maps[0]!.data)).toEqual([0.5, 0.5])
    expect(scores).toEqual([1])
    expect(completenessGap).toEqual([0])
  })

  test('no difference: the gradient, and so nothing', async () => {
    const { maps } = await run(saturated, {
      inputs: [t([1, 2], 0.2, 0.1)],
      baseline: [t([1, 2], 0.2, -0.4)],
    })
    // h stays above 0: the multiplier is 1 for both, and only the second input changed.
    expect(Array.from(maps[0]!.data)).toEqual([0, expect.closeTo(0.5, 6)])
  })

  test('a product and max pooling', async () => {
    // y = a b + max(a, b, 0.5): (2, 3) against (1, 4) is 6 + 3 against 4 + 4.
    const model = tinyModel({
      inputs: { a: [1, 1], b: [1, 1] },
      constants: { half: floatTensor([0.5], [1, 1]) },
      nodes: [
        { op: 'Mul', inputs: ['a', 'b'], outputs: ['p'] },
        { op: 'Max', inputs: ['a', 'b', 'half'], outputs: ['m'] },
        { op: 'Add', inputs: ['p', 'm'], outputs: ['y'] },
      ],
    })
    const { maps, completenessGap } = await run(model, {
      inputs: [t([1, 1], 2), t([1, 1], 3)],
      baseline: [t([1, 1], 1), t([1, 1], 4)],
    })
    // a: 1 * (3 + 4) / 2. b: -1 * (2 + 1) / 2, and all of the maximum's 3 - 4.
    expect(maps.map(({ data }) => data[0])).toEqual([3.5, -2.5])
    expect(completenessGap).toEqual([0])
  })

  test('overlapping windows add up', async () => {
    const model = tinyModel({
      inputs: { x: [1, 1, 3] },
      nodes: [{ op: 'MaxPool', inputs: ['x'], attributes: { kernel_shape: [2] }, outputs: ['y'] }],
    })
    // Windows (a, b), (b, c). (1, 5, 2) against (3, 0, 1): both rise to b; 3 -> 5 and 1 -> 5.
    const { maps } = await run(model, {
      inputs: [t([1, 1, 3], 1, 5, 2)],
      baseline: [t([1, 1, 3], 3, 0, 1)],
      target: 'sum',
    })
    expect(Array.from(maps[0]!.data)).toEqual([0, expect.closeTo(6, 6), 0])
  })
})

/** Conv, PRelu, SE-like gate, residual, two heads of the same activation: captum refuses reuse. */
function gated(batch: number): Model {
  return tinyModel({
    inputs: { x: [batch, 2, 5, 4], z: [batch, 3] },
    constants: {
      w: randomFloats([4, 2, 3, 3], 1),
      s: randomFloats([4, 1, 1], 2),
      g: randomFloats([3, 4], 3),
      shape: {
        dtype: 'int64',
        dims: [4],
        bytes: new Uint8Array(new BigInt64Array([0n, 4n, 1n, 1n]).buffer),
      },
      v: randomFloats([4, 4, 1, 1], 4),
      head: randomFloats([4, 3], 5),
    },
    nodes: [
      { op: 'Conv', inputs: ['x', 'w'], outputs: ['c'], attributes: { pads: [1, 1, 1, 1] } },
      { op: 'PRelu', inputs: ['c', 's'], outputs: ['p'] },
      { op: 'MatMul', inputs: ['z', 'g'], outputs: ['zg'] },
      { op: 'Sigmoid', inputs: ['zg'], outputs: ['gate'] },
      { op: 'Reshape', inputs: ['gate', 'shape'], outputs: ['gate4'] },
      { op: 'Mul', inputs: ['p', 'gate4'], outputs: ['gated'] },
      { op: 'Conv', inputs: ['gated', 'v'], outputs: ['d'] },
      { op: 'Add', inputs: ['d', 'p'], outputs: ['sum'] },
      { op: 'LeakyRelu', inputs: ['sum'], outputs: ['act'], attributes: { alpha: float(0.3) } },
      { op: 'GlobalAveragePool', inputs: ['act'], outputs: ['pool'] },
      { op: 'Flatten', inputs: ['pool'], outputs: ['flat'] },
      { op: 'MatMul', inputs: ['flat', 'head'], outputs: ['y'] },
    ],
  })
}

test('rows are independent, several inputs share one change', async () => {
  const inputs = [random([3, 2, 5, 4], 11), random([3, 3], 12)]
  const baseline = [random([3, 2, 5, 4], 13), random([3, 3], 14)]
  const all = await run(gated(3), { inputs, baseline, target: '0;2-1;1' })
  for (const gap of all.completenessGap ?? [1]) expect(Math.abs(gap)).toBeLessThan(1e-5)
  const row = ({ dims, data }: Tensor, at: number): Tensor => {
    const stride = data.length / 3
    return { dims: dims.with(0, 1), data: data.slice(at * stride, (at + 1) * stride) }
  }
  for (const [at, target] of ['0', '2-1', '1'].entries()) {
    const one = await run(gated(1), {
      inputs: inputs.map((x) => row(x, at)),
      baseline: baseline.map((x) => row(x, at)),
      target,
    })
    for (const [i, map] of one.maps.entries()) {
      const own = row(all.maps[i]!, at).data
      expect(Array.from(map.data)).toEqual(Array.from(own, (value) => expect.closeTo(value, 5)))
    }
  }
  // A file with a batch of 1 is run row by row, each with its own baseline.
  const apart = await run(gated(1), { inputs, baseline, target: '0;2-1;1' })
  expect(Array.from(apart.maps[0]!.data)).toEqual(
    Array.from(all.maps[0]!.data, (value) => expect.closeTo(value, 5)),
  )
})

test('several rows of baselines are averaged, with the gap from their mean score', async () => {
  const inputs = [random([2, 2, 5, 4], 21), random([2, 3], 22)]
  const rows = [random([3, 2, 5, 4], 23), random([3, 3], 24)]
  const baseline = inputs.map(({ dims, data }) => ({ dims, data: new Float32Array(data.length) }))
  const question = { inputs, baseline, target: '1' }
  const mean = await run(gated(2), { ...question, rows, methodId: 'deeplift-shap' })
  const parts = await Promise.all(
    [0, 1, 2].map((k) => {
      const repeated = rows.map(({ dims, data }): Tensor => {
        const one = data.slice((k * data.length) / 3, ((k + 1) * data.length) / 3)
        return t(dims.with(0, 2), ...one, ...one)
      })
      return run(gated(2), { ...question, baseline: repeated })
    }),
  )
  for (const [i, map] of mean.maps.entries()) {
    const expected = Array.from(map.data, (_, j) => sum(parts.map((p) => p.maps[i]!.data[j]!)) / 3)
    expect(Array.from(map.data)).toEqual(expected.map((value) => expect.closeTo(value, 5)))
  }
  for (const gap of mean.completenessGap ?? [1]) expect(Math.abs(gap)).toBeLessThan(1e-5)
})

test('without rows it is DeepLIFT itself; rows of another shape are refused', async () => {
  const inputs = [random([1, 2, 5, 4], 31), random([1, 3], 32)]
  const baseline = [random([1, 2, 5, 4], 33), random([1, 3], 34)]
  const shap = await run(gated(1), { inputs, baseline, methodId: 'deeplift-shap' })
  const plain = await run(gated(1), { inputs, baseline })
  expect(shap.maps).toEqual(plain.maps)
  const rows = [random([4, 2, 5, 4], 35), random([3, 3], 36)]
  await expect(
    run(gated(1), { inputs, baseline, rows, methodId: 'deeplift-shap' }),
  ).rejects.toThrow('in the same number for every input')
})

test('a target that depends on no input gives an empty map', async () => {
  const model = tinyModel({
    inputs: { x: [1, 2] },
    constants: { c: floatTensor([3], [1, 1]) },
    nodes: [
      { op: 'Identity', inputs: ['c'], outputs: ['y'] },
      { op: 'Relu', inputs: ['x'], outputs: ['unused'] },
    ],
    output: 'y',
  })
  const { maps, completenessGap } = await run(model, {
    inputs: [t([1, 2], 1, 1)],
    baseline: [t([1, 2], 0, 0)],
  })
  expect(Array.from(maps[0]!.data)).toEqual([0, 0])
  expect(completenessGap).toEqual([0])
})
