import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { floatTensor } from '../onnx/constants.ts'
import type { ConstantTensor, Model } from '../onnx/ir.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { runRecipe } from '../testing/run-recipe.ts'
import {
  count,
  ints,
  randomFloats,
  randomNumbers,
  type TinyNode,
  tinyModel,
} from '../testing/tiny-models.ts'
import { fullGrad } from './full-grad.ts'

const recipe = fullGrad.recipe!({}, undefined)
const node = (op: string, inputs: string, output: string, attributes = {}): TinyNode => ({
  op,
  inputs: inputs.split(' '),
  outputs: [output],
  attributes,
})
const random = (dims: readonly number[], seed: number): Tensor => ({
  dims,
  data: Float32Array.from(randomNumbers(count(dims), seed)),
})
const positive = (size: number, seed: number): ConstantTensor =>
  floatTensor(randomNumbers(size, seed).map((v) => 0.5 + Math.abs(v)))

interface Shape {
  readonly space: readonly number[]
  readonly stride: number
  readonly rows: number
  readonly seed: number
}

/** Conv with bias, batch norm, max pooling, an added constant, transposed convolution, two dense layers. */
function reluNetwork({ space, stride, seed }: Shape): Model {
  const rank = space.length
  const ones = new Array<number>(rank).fill(1)
  const kernel = ones.map(() => 3)
  return tinyModel({
    inputs: { x: [1, 2, ...space] },
    constants: {
      w1: randomFloats([3, 2, ...kernel], seed),
      b1: randomFloats([3], seed + 1),
      w2: randomFloats([4, 3, ...ones], seed + 2),
      gamma: randomFloats([4], seed + 3),
      beta: randomFloats([4], seed + 4),
      mean: randomFloats([4], seed + 5),
      variance: positive(4, seed + 6),
      shift: randomFloats([4, ...ones], seed + 7),
      away: randomFloats([1], seed + 8),
      w3: randomFloats([4, 2, ...ones.map(() => 2)], seed + 9),
      b3: randomFloats([2], seed + 10),
      w4: randomFloats([2, 5], seed + 11),
      b4: randomFloats([5], seed + 12),
      w5: randomFloats([5, 3], seed + 13),
      b5: randomFloats([1, 3], seed + 14),
      flat: ints(0, -1),
    },
    nodes: [
      node('Conv', 'x w1 b1', 'c1', { strides: ones.map(() => stride), pads: [...ones, ...ones] }),
      node('Relu', 'c1', 'r1'),
      node('Conv', 'r1 w2', 'c2'),
      node('BatchNormalization', 'c2 gamma beta mean variance', 'n2'),
      node('Add', 'n2 shift', 'a2'),
      node('Sub', 'a2 away', 's2'),
      node('Relu', 's2', 'r2'),
      node('MaxPool', 'r2', 'm2', { kernel_shape: kernel, pads: [...ones, ...ones] }),
      node('ConvTranspose', 'm2 w3 b3', 'c3', { strides: ones.map(() => 2) }),
      node('Relu', 'c3', 'r3'),
      node('GlobalAveragePool', 'r3', 'p'),
      node('Reshape', 'p flat', 'f'),
      node('Gemm', 'f w4 b4', 'h'),
      node('Relu', 'h', 'hr'),
      node('MatMul', 'hr w5', 'l'),
      node('Add', 'l b5', 'y'),
    ],
  })
}

/** In the order of the recipe's outputs: one map, and the sum over everything per row. */
async function explain(model: Model, x: Tensor, weights: readonly number[]) {
  const { scores, outputs } = await runRecipe({ model, recipe, inputs: [x], weights })
  return { scores, map: outputs[0]!, sums: outputs[1]! }
}

const shapes = fc.record({
  space: fc.oneof(
    fc.tuple(fc.integer({ min: 3, max: 9 })),
    fc.tuple(fc.integer({ min: 3, max: 8 }), fc.integer({ min: 3, max: 8 })),
    fc.tuple(
      fc.integer({ min: 3, max: 6 }),
      fc.integer({ min: 3, max: 6 }),
      fc.integer({ min: 3, max: 6 }),
    ),
  ),
  stride: fc.constantFrom(1, 2),
  rows: fc.constantFrom(1, 3),
  seed: fc.integer({ min: 1, max: 1000 }),
})

describe('a network that is linear up to ReLUs and maxima', () => {
  test('the parts add up to the score, row by row', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const { rows, space, seed } = shape
        const x = random([rows, 2, ...space], seed + 20)
        const weights = randomNumbers(rows * 3, seed + 21)
        const { scores, sums, map } = await explain(reluNetwork(shape), x, weights)
        expect(map.length).toBe(x.data.length)
        for (const [row, score] of scores.entries()) {
          expect(Math.abs(sums[row]! - score)).toBeLessThan(1e-4 * Math.max(1, Math.abs(score)))
        }
      }),
      { numRuns: 25, seed: 3 },
    )
  }, 60_000)

  test('spreading keeps the sum: without dense biases the map itself adds up', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const { rows, space, seed } = shape
        const model = reluNetwork(shape)
        const x = random([rows, 2, ...space], seed + 20)
        const pooled = {
          ...model.graph,
          outputs: [{ name: 'p', dtype: 'float32', dims: null }],
        } as const
        const weights = randomNumbers(rows * 2, seed + 21)
        const { scores, map } = await explain({ ...model, graph: pooled }, x, weights)
        const size = map.length / rows
        for (const [row, score] of scores.entries()) {
          const total = map.slice(row * size, (row + 1) * size).reduce((a, b) => a + b, 0)
          expect(Math.abs(total - score)).toBeLessThan(1e-4 * Math.max(1, Math.abs(score)))
        }
      }),
      { numRuns: 15, seed: 4 },
    )
  }, 60_000)
})

test('the forms of WebGPU compute the same, in 3-D and 2-D', async () => {
  for (const space of [
    [5, 4, 6],
    [7, 6],
  ]) {
    const model = reluNetwork({ space, stride: 2, rows: 2, seed: 5 })
    const inputs = [random([2, 2, ...space], 6)]
    const run = (provider: 'native' | 'webgpu') => runRecipe({ model, recipe, inputs, provider })
    const [native, gpu] = await Promise.all([run('native'), run('webgpu')])
    const size = Math.max(...native.outputs[0]!.map(Math.abs))
    const distances = native.outputs[0]!.map((v, i) => Math.abs(v - gpu.outputs[0]![i]!) / size)
    expect(Math.max(...distances)).toBeLessThan(1e-5)
  }
})

test('two images share what stands behind both; an age beside them has its product', async () => {
  const model = tinyModel({
    inputs: { a: [1, 1, 4], b: [1, 1, 4], age: [1, 1] },
    constants: {
      w: randomFloats([1, 2, 1], 1),
      bias: floatTensor([2]),
      v: floatTensor([3], [1, 1]),
    },
    nodes: [
      node('Concat', 'a b', 'both', { axis: 1 }),
      node('Conv', 'both w bias', 'h'),
      node('GlobalAveragePool', 'h', 'p'),
      node('Flatten', 'p', 'f'),
      node('MatMul', 'age v', 'o'),
      node('Add', 'f o', 'y'),
    ],
  })
  const inputs = [random([1, 1, 4], 2), random([1, 1, 4], 3), random([1, 1], 4)]
  const { outputs, scores } = await runRecipe({ model, recipe, inputs })
  const [a, b, age, sum] = outputs
  expect(age![0]).toBeCloseTo(3 * inputs[2]!.data[0]!, 5)
  const total = [...a!, ...b!, ...age!].reduce((x, y) => x + y, 0)
  expect(total).toBeCloseTo(scores[0]!, 5)
  expect(sum![0]).toBeCloseTo(scores[0]!, 5)
  // A bias of 2 over two maps of four places, beside x times slope.
  const w = randomNumbers(2, 1)
  expect(a!).toEqual([...inputs[0]!.data].map((v) => expect.closeTo((v * w[0]!) / 4 + 0.25, 5)))
})

describe('by hand', () => {
  // y = 3 relu(2 x + b1) + b2 at each of two places, summed by the target.
  const line = tinyModel({
    inputs: { x: [1, 1, 2] },
    constants: {
      w1: floatTensor([2], [1, 1, 1]),
      b1: floatTensor([0.5]),
      w2: floatTensor([3], [1, 1, 1]),
      b2: floatTensor([7]),
    },
    nodes: [node('Conv', 'x w1 b1', 'h'), node('Relu', 'h', 'r'), node('Conv', 'r w2 b2', 'y')],
  })

  test('each place gets x times slope and its biases', async () => {
    const x: Tensor = { dims: [1, 1, 2], data: Float32Array.of(1, -4) }
    const { map, sums, scores } = await explain(line, x, [1, 1])
    expect(map).toEqual([6 + 1.5 + 7, 7])
    expect(sums).toEqual([21.5])
    expect(scores).toEqual([21.5])
  })

  test('a number on a coarse grid is shared by its voxels, and by the channels', async () => {
    const pooled = tinyModel({
      inputs: { x: [1, 2, 4] },
      constants: {
        w: floatTensor([0, 0, 0, 0], [1, 2, 2]),
        b: floatTensor([8]),
        pick: floatTensor([1, 0], [1, 1, 2]),
      },
      nodes: [node('Conv', 'x w b', 'h', { strides: [2] }), node('Mul', 'h pick', 'y')],
    })
    const x = random([1, 2, 4], 1)
    const { map } = await explain(pooled, x, [1, 1])
    // 8 at the first of two places: linear weights 1, 0.75, 0.25, 0 sum to 2; two channels.
    expect(map).toEqual([4, 3, 1, 0, 4, 3, 1, 0].map((v) => v / 2))
  })

  test('a network without biases is input x gradient; infinite constants are no biases', async () => {
    const masked = tinyModel({
      inputs: { x: [1, 3] },
      constants: {
        mask: floatTensor([0, Number.NEGATIVE_INFINITY, 0], [1, 3]),
        w: randomFloats([3, 2]),
      },
      nodes: [node('Add', 'x mask', 'a'), node('Softmax', 'a', 's'), node('MatMul', 's w', 'y')],
    })
    const { map, sums } = await explain(masked, random([1, 3], 2), [1, 0])
    expect([...map, ...sums].every(Number.isFinite)).toBe(true)
    const total = map.reduce((a, b) => a + b, 0)
    expect(sums[0]).toBeCloseTo(total, 6)
  })
})
