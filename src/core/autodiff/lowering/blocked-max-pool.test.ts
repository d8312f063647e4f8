import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileGradient, createFeeds, runGradient } from '../../testing/check-gradient.ts'
import {
  firstMaximumGradient,
  type MaxPooling,
  tiedNumbers,
  windowCounts,
} from '../../testing/first-maximum.ts'
import { count, tinyModel } from '../../testing/tiny-models.ts'

/** A unit convolution on either side keeps the pooling in blocks. */
function network({ dims, kernel, strides, pads, ceil }: MaxPooling) {
  const group = dims[1] ?? 1
  const unit = {
    dtype: 'float32',
    dims: [group, 1, 1, 1],
    bytes: new Uint8Array(new Float32Array(group).fill(1).buffer),
  } as const
  return tinyModel({
    inputs: { x: dims },
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

async function gradientsOf(pooling: MaxPooling, levels: number) {
  const { dims } = pooling
  const x = tiedNumbers(count(dims), levels)
  const total = count([...dims.slice(0, 2), ...windowCounts(pooling)])
  const weights = Array.from({ length: total }, (_, i) => (i % 11) + 1)
  const feeds = { x: { dtype: 'float32', dims, data: Float32Array.from(x) } } as const
  const { gradients } = await runGradient({ model: network(pooling), feeds, weights })
  const expected = firstMaximumGradient(pooling, x, weights)
  return [Array.from(gradients[0]!.data, Number), expected] as const
}

/** True where no two numbers are compared for equality, as the plain form does. */
async function isInBlocks(model: ReturnType<typeof tinyModel>): Promise<boolean> {
  const { compiled } = await compileGradient({ model, feeds: createFeeds(model, {}) })
  return compiled.graph.nodes.every(({ op }) => op !== 'Equal')
}

const same = { dims: [1, 16, 7, 6], strides: [1, 1] } as const
const half = { kernel: [3, 3], strides: [2, 2] } as const
const blocked: readonly MaxPooling[] = [
  { ...same, kernel: [3, 3], pads: [1, 1, 1, 1] },
  { ...same, kernel: [1, 3], pads: [0, 2, 0, 0] },
  { ...same, kernel: [4, 2], pads: [1, 0, 2, 1] },
  { ...same, kernel: [5, 5], pads: [0, 4, 4, 0] },
  { ...half, dims: [2, 8, 8, 6], pads: [1, 1, 1, 1] },
  { ...half, dims: [1, 8, 7, 9], pads: [1, 1, 1, 1] },
  { ...half, dims: [1, 8, 8, 8], pads: [0, 0, 0, 0], ceil: true },
  { dims: [3, 4, 6, 6], kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] },
  { dims: [1, 8, 9, 7], kernel: [3, 2], strides: [3, 1], pads: [0, 0, 0, 1] },
  { dims: [1, 8, 7, 9], kernel: [2, 4], strides: [1, 3], pads: [1, 1, 0, 0] },
]
test.each(blocked)('the first maximum wins in blocks: %j', async (pooling) => {
  expect(await isInBlocks(network(pooling))).toBe(true)
  for (const levels of [1, 3, 50]) {
    const [gradient, expected] = await gradientsOf(pooling, levels)
    expect(gradient).toEqual(expected)
  }
})

test('large strides, which would make many phases, stay as they are', async () => {
  const wide = { dims: [1, 8, 14, 14], kernel: [7, 7], strides: [7, 7], pads: [0, 0, 0, 0] }
  expect(await isInBlocks(network(wide))).toBe(false)
})

test('a concatenation of channels stays in blocks, one of rows does not', async () => {
  for (const axis of [1, 2]) {
    const dims = [1, 16, 6, 6]
    const unit = {
      dtype: 'float32',
      dims: [16, 1, 1, 1],
      bytes: new Uint8Array(new Float32Array(16).fill(1).buffer),
    } as const
    const last = { ...unit, dims: [4, axis === 1 ? 32 : 16, 1, 1] }
    const bytes = new Uint8Array(new Float32Array(4 * last.dims[1]!).fill(1).buffer)
    const model = tinyModel({
      inputs: { x: dims },
      constants: { unit, last: { ...last, bytes } },
      nodes: [
        { op: 'Conv', inputs: ['x', 'unit'], outputs: ['a'], attributes: { group: 16 } },
        { op: 'Relu', inputs: ['a'], outputs: ['r'] },
        { op: 'Concat', inputs: ['r', 'a'], outputs: ['c'], attributes: { axis } },
        {
          op: 'MaxPool',
          inputs: ['c'],
          outputs: ['b'],
          attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
        },
        { op: 'Conv', inputs: ['b', 'last'], outputs: ['y'] },
      ],
    })
    expect(await isInBlocks(model)).toBe(axis === 1)
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
      fc.tuple(axis, axis, fc.integer({ min: 1, max: 2 }), fc.constantFrom(4, 6, 8, 16)),
      fc.tuple(fc.boolean(), fc.constantFrom(2, 40)),
      async ([rows, columns, batch, channels], [ceil, levels]) => {
        const pooling: MaxPooling = {
          dims: [batch, channels, rows.size, columns.size],
          kernel: [rows.kernel, columns.kernel],
          strides: [rows.stride, columns.stride],
          pads: [rows.before, columns.before, rows.after, columns.after],
          ceil,
        }
        const [gradient, expected] = await gradientsOf(pooling, levels)
        expect(gradient).toEqual(expected)
        if (await isInBlocks(network(pooling))) inBlocks++
      },
    ),
    { numRuns: 120, seed: 5 },
  )
  expect(inBlocks).toBeGreaterThan(10)
})
