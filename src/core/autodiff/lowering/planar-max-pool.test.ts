import { expect, test } from 'vitest'
import { compileGradient, createFeeds, runGradient } from '../../testing/check-gradient.ts'
import { count, tinyModel } from '../../testing/tiny-models.ts'

type Triple = readonly [number, number, number]
interface Pool {
  readonly dims: readonly number[]
  readonly kernel: Triple
  readonly strides: Triple
  readonly pads: readonly number[]
}

function network({ dims, kernel, strides, pads }: Pool) {
  const channels = dims[1] ?? 1
  const attributes = { kernel_shape: kernel, strides, pads }
  const unit = {
    dtype: 'float32',
    dims: [channels, 1, 1, 1, 1],
    bytes: new Uint8Array(new Float32Array(channels).fill(1).buffer),
  } as const
  return tinyModel({
    inputs: { x: dims },
    constants: { unit },
    nodes: [
      { op: 'MaxPool', inputs: ['x'], outputs: ['m'], attributes },
      // What comes through a convolution is finite, or all of it is not.
      { op: 'Conv', inputs: ['m', 'unit'], attributes: { group: channels } },
    ],
  })
}

/** Depth, height, width of the windows. */
function windows({ dims, kernel, strides, pads }: Pool): Triple {
  const along = (axis: 0 | 1 | 2) => {
    const padded = dims[axis + 2]! + pads[axis]! + pads[axis + 3]!
    return Math.floor((padded - kernel[axis]) / strides[axis]) + 1
  }
  return [along(0), along(1), along(2)]
}

/** The first maximum of every window in row-major order, by brute force. */
function expectedGradient(pool: Pool, x: readonly number[], weights: readonly number[]) {
  const { dims, kernel, strides, pads } = pool
  const [, , depth = 1, height = 1, width = 1] = dims
  const [planes, rows, columns] = windows(pool)
  const gradient = new Array<number>(x.length).fill(0)
  for (const [at, weight] of weights.entries()) {
    const own = Math.floor(at / (planes * rows * columns)) * depth * height * width
    const starts = [
      (Math.floor(at / (rows * columns)) % planes) * strides[0] - pads[0]!,
      (Math.floor(at / columns) % rows) * strides[1] - pads[1]!,
      (at % columns) * strides[2] - pads[2]!,
    ] as const
    let best = -1
    for (let k = Math.max(0, starts[0]); k < Math.min(depth, starts[0] + kernel[0]); k++) {
      for (let i = Math.max(0, starts[1]); i < Math.min(height, starts[1] + kernel[1]); i++) {
        for (let j = Math.max(0, starts[2]); j < Math.min(width, starts[2] + kernel[2]); j++) {
          const place = own + (k * height + i) * width + j
          if (best < 0 || x[place]! > x[best]!) best = place
        }
      }
    }
    gradient[best]! += weight
  }
  return gradient
}

const around = [1, 1, 1, 1, 1, 1]
const pools: readonly Pool[] = [
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
  const { compiled } = await compileGradient({ model, feeds: createFeeds(model, {}) })
  const shapes = compiled.graph.nodes.flatMap(({ op, attributes: { kernel_shape: shape } }) =>
    op === 'MaxPool' && shape?.kind === 'ints' ? [shape.value.length] : [],
  )
  // The lines of a plane are pooled as planes.
  expect(shapes).toContain(2)
  const { dims } = pool
  for (const levels of [1, 4, 60]) {
    const x = Array.from(
      { length: count(dims) },
      (_, i) => ((i * 7919 + 13 * Math.floor(i / 5)) % levels) - levels + 2,
    )
    const total = count([...dims.slice(0, 2), ...windows(pool)])
    const weights = Array.from({ length: total }, (_, i) => (i % 11) + 1)
    const feeds = { x: { dtype: 'float32', dims, data: Float32Array.from(x) } } as const
    const { gradients } = await runGradient({ model, feeds, weights })
    expect(Array.from(gradients[0]!.data, Number)).toEqual(expectedGradient(pool, x, weights))
  }
})

test('channels that the runtime cannot fill up, large volumes, and boxes that only touch stay as they are', async () => {
  for (const [dims, size] of [
    [[1, 6, 4, 4, 4], 3],
    [[1, 4, 120, 120, 80], 3],
    [[1, 8, 6, 6, 6], 2],
  ] as const) {
    const kernel = [size, size, size] as const
    const pads = size === 3 ? around : [0, 0, 0, 0, 0, 0]
    const model = network({ dims, kernel, strides: [2, 2, 2], pads })
    const { compiled } = await compileGradient({ model, feeds: createFeeds(model, {}) })
    expect(compiled.graph.nodes.map(({ op }) => op)).toContain('Equal')
  }
})
