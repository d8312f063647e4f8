import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileGradient, createFeeds, runGradient } from '../../testing/check-gradient.ts'
import { tinyModel } from '../../testing/tiny-models.ts'

interface Pool {
  readonly channels: number
  readonly sizes: readonly [number, number]
  readonly kernel: readonly [number, number]
  readonly strides: readonly [number, number]
  /** Before both axes, then after. */
  readonly pads: readonly [number, number, number, number]
  readonly ceil: boolean
}

/** A unit convolution on either side keeps the pooling in blocks. */
function network({ channels, sizes, kernel, strides, pads, ceil }: Pool) {
  const unit = {
    dtype: 'float32',
    dims: [channels, 1, 1, 1],
    bytes: new Uint8Array(new Float32Array(channels).fill(1).buffer),
  } as const
  const group = channels
  return tinyModel({
    inputs: { x: [1, channels, ...sizes] },
    constants: { unit },
    nodes: [
      { op: 'Conv', inputs: ['x', 'unit'], outputs: ['a'], attributes: { group } },
      {
        op: 'MaxPool',
        inputs: ['a'],
        outputs: ['b'],
        attributes: { kernel_shape: kernel, strides, pads, ceil_mode: ceil ? 1 : 0 },
      },
      { op: 'Conv', inputs: ['b', 'unit'], outputs: ['y'], attributes: { group } },
    ],
  })
}

/** The first maximum of every window in row-major order, by brute force. */
function expectedGradient(pool: Pool, x: readonly number[], weights: readonly number[]) {
  const { channels, sizes, kernel, strides, pads } = pool
  const [height, width] = sizes
  const gradient = new Array<number>(x.length).fill(0)
  const windows = weights.length / channels
  const columns = windowCounts(pool)[1]
  for (let at = 0; at < weights.length; at++) {
    const base = Math.floor(at / windows) * height * width
    const top = Math.floor((at % windows) / columns) * strides[0] - pads[0]
    const left = (at % columns) * strides[1] - pads[1]
    let best = -1
    for (let i = Math.max(0, top); i < Math.min(height, top + kernel[0]); i++) {
      for (let j = Math.max(0, left); j < Math.min(width, left + kernel[1]); j++) {
        const place = base + i * width + j
        if (best < 0 || x[place]! > x[best]!) best = place
      }
    }
    gradient[best]! += weights[at]!
  }
  return gradient
}

/** As ONNX says: a window more with ceil_mode, unless it would start in the padding after the end. */
function windowCounts({ sizes, kernel, strides, pads, ceil }: Pool): readonly [number, number] {
  const along = (axis: 0 | 1) => {
    const padded = sizes[axis] + pads[axis] + pads[axis + 2]!
    const steps = (padded - kernel[axis]) / strides[axis]
    const count = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1
    const starts = (count - 1) * strides[axis] >= sizes[axis] + pads[axis]
    return ceil && starts ? count - 1 : count
  }
  return [along(0), along(1)]
}

async function gradientsOf(pool: Pool, levels: number) {
  const [channels, [height, width]] = [pool.channels, pool.sizes]
  // Few levels, so that windows are tied; most of them negative, so that padding of 0 would win.
  const x = Array.from(
    { length: channels * height * width },
    (_, i) => ((i * 7919 + 13 * Math.floor(i / 5)) % levels) - levels + 2,
  )
  const count = windowCounts(pool).reduce((a, b) => a * b) * channels
  const weights = Array.from({ length: count }, (_, i) => (i % 11) + 1)
  const dims = [1, channels, height, width]
  const feeds = { x: { dtype: 'float32', dims, data: Float32Array.from(x) } } as const
  const { gradients } = await runGradient({ model: network(pool), feeds, weights })
  return [Array.from(gradients[0]!.data, Number), expectedGradient(pool, x, weights)] as const
}

/** True where no two numbers are compared for equality, as the plain form does. */
async function isInBlocks(pool: Pool): Promise<boolean> {
  const model = network(pool)
  const { compiled } = await compileGradient({ model, feeds: createFeeds(model, {}) })
  return compiled.graph.nodes.every(({ op }) => op !== 'Equal')
}

const same = { channels: 16, sizes: [7, 6], strides: [1, 1], ceil: false } as const
const half = { channels: 8, kernel: [3, 3], strides: [2, 2], ceil: false } as const
const blocked: readonly Pool[] = [
  { ...same, kernel: [3, 3], pads: [1, 1, 1, 1] },
  { ...same, kernel: [1, 3], pads: [0, 2, 0, 0] },
  { ...same, kernel: [4, 2], pads: [1, 0, 2, 1] },
  { ...same, kernel: [5, 5], pads: [0, 4, 4, 0] },
  { ...half, sizes: [8, 6], pads: [1, 1, 1, 1] },
  { ...half, sizes: [7, 9], pads: [1, 1, 1, 1] },
  { ...half, sizes: [8, 8], pads: [0, 0, 0, 0], ceil: true },
  { ...half, sizes: [6, 6], kernel: [2, 2], pads: [0, 0, 0, 0] },
  { ...half, sizes: [9, 7], kernel: [3, 2], strides: [3, 1], pads: [0, 0, 0, 1] },
  { ...half, sizes: [7, 12], kernel: [2, 5], strides: [1, 4], pads: [1, 1, 0, 0] },
]
test.each(blocked)('the first maximum wins in blocks: %j', async (pool) => {
  expect(await isInBlocks(pool)).toBe(true)
  for (const levels of [1, 3, 50]) {
    const [gradient, expected] = await gradientsOf(pool, levels)
    expect(gradient).toEqual(expected)
  }
})

const axis = fc
  .record({
    size: fc.integer({ min: 1, max: 9 }),
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
    before: fc.nat({ max: 3 }),
    after: fc.nat({ max: 3 }),
  })
  .filter(
    ({ size, kernel, before, after }) =>
      before < kernel && after < kernel && size + before + after >= kernel,
  )

test('any geometry gives the gradient of the definition', async () => {
  let inBlocks = 0
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(axis, axis, fc.constantFrom(4, 6, 8, 16), fc.boolean(), fc.constantFrom(2, 40)),
      async ([rows, columns, channels, ceil, levels]) => {
        const pool: Pool = {
          channels,
          sizes: [rows.size, columns.size],
          kernel: [rows.kernel, columns.kernel],
          strides: [rows.stride, columns.stride],
          pads: [rows.before, columns.before, rows.after, columns.after],
          ceil,
        }
        const [gradient, expected] = await gradientsOf(pool, levels)
        expect(gradient).toEqual(expected)
        if (await isInBlocks(pool)) inBlocks++
      },
    ),
    { numRuns: 120, seed: 5 },
  )
  expect(inBlocks).toBeGreaterThan(10)
})
