import { expect, test } from 'vitest'
import { compileGradient, createFeeds, runGradient } from '../../testing/check-gradient.ts'
import {
  firstMaximumGradient,
  type MaxPooling,
  tiedNumbers,
  windowCounts,
} from '../../testing/first-maximum.ts'
import { count, tinyModel } from '../../testing/tiny-models.ts'

/** What comes through convolutions is finite, or all of it is not. `from` is 'x' for a pooling of the input itself. */
function network({ dims, kernel, strides, pads }: MaxPooling, from: 'a' | 'x' = 'a') {
  const group = dims[1] ?? 1
  const attributes = { kernel_shape: kernel, strides, pads }
  const unit = {
    dtype: 'float32',
    dims: [group, 1, 1, 1, 1],
    bytes: new Uint8Array(new Float32Array(group).fill(1).buffer),
  } as const
  const first = { op: 'Conv', inputs: ['x', 'unit'], outputs: ['a'], attributes: { group } }
  return tinyModel({
    inputs: { x: dims },
    constants: { unit },
    nodes: [
      ...(from === 'a' ? [first] : []),
      { op: 'MaxPool', inputs: [from], outputs: ['m'], attributes },
      { op: 'Conv', inputs: ['m', 'unit'], attributes: { group } },
    ],
  })
}

async function gradientOf(
  model: ReturnType<typeof tinyModel>,
  { dims }: MaxPooling,
  x: readonly number[],
  weights: readonly number[],
) {
  const feeds = { x: { dtype: 'float32', dims, data: Float32Array.from(x) } } as const
  const { gradients } = await runGradient({ model, feeds, weights })
  return Array.from(gradients[0]!.data, Number)
}

function weightsOf(pool: MaxPooling) {
  const total = count([...pool.dims.slice(0, 2), ...windowCounts(pool)])
  return Array.from({ length: total }, (_, i) => (i % 11) + 1)
}

async function isInPlanes(model: ReturnType<typeof tinyModel>): Promise<boolean> {
  const { compiled } = await compileGradient({ model, feeds: createFeeds(model, {}) })
  // The lines of a plane are pooled as planes.
  return compiled.graph.nodes.some(
    ({ op, attributes: { kernel_shape: shape } }) =>
      op === 'MaxPool' && shape?.kind === 'ints' && shape.value.length === 2,
  )
}

const around = [1, 1, 1, 1, 1, 1]
const pools: readonly MaxPooling[] = [
  { dims: [1, 16, 6, 8, 6], kernel: [3, 3, 3], strides: [2, 2, 2], pads: around },
  { dims: [2, 4, 5, 7, 9], kernel: [3, 3, 3], strides: [2, 2, 2], pads: around },
  { dims: [2, 8, 5, 6, 7], kernel: [3, 3, 3], strides: [1, 1, 1], pads: around },
  { dims: [1, 4, 4, 6, 8], kernel: [1, 3, 3], strides: [1, 2, 2], pads: [0, 1, 1, 0, 1, 1] },
  { dims: [1, 8, 6, 6, 7], kernel: [2, 2, 3], strides: [2, 2, 2], pads: [0, 0, 1, 0, 0, 1] },
  { dims: [1, 4, 7, 6, 4], kernel: [3, 1, 3], strides: [3, 1, 2], pads: [0, 0, 1, 0, 0, 0] },
  { dims: [1, 4, 9, 5, 6], kernel: [2, 3, 1], strides: [4, 1, 1], pads: [0, 2, 0, 1, 0, 0] },
]

test.each(pools)('the first maximum of a box wins in planes: %j', async (pool) => {
  const model = network(pool)
  expect(await isInPlanes(model)).toBe(true)
  const weights = weightsOf(pool)
  for (const levels of [1, 4, 60]) {
    const x = tiedNumbers(count(pool.dims), levels)
    const expected = firstMaximumGradient(pool, x, weights)
    expect(await gradientOf(model, pool, x, weights)).toEqual(expected)
  }
})

test('an infinite voxel of the input beside a maximum changes nothing', async () => {
  const pool = pools[3]!
  const x = tiedNumbers(count(pool.dims), 60).map((value, i) => (i % 7 === 2 ? -Infinity : value))
  const model = network(pool, 'x')
  expect(await isInPlanes(model)).toBe(false)
  const weights = weightsOf(pool)
  const expected = firstMaximumGradient(pool, x, weights)
  expect(await gradientOf(model, pool, x, weights)).toEqual(expected)
})

test('odd channels, large volumes, and boxes that only touch stay as they are', async () => {
  for (const [dims, size] of [
    [[1, 6, 4, 4, 4], 3],
    [[1, 4, 120, 120, 80], 3],
    [[1, 8, 6, 6, 6], 2],
  ] as const) {
    const pads = size === 3 ? around : [0, 0, 0, 0, 0, 0]
    const pool = { dims, kernel: [size, size, size], strides: [2, 2, 2], pads }
    expect(await isInPlanes(network(pool))).toBe(false)
  }
})
