import { expect, test } from 'vitest'
import type { AttributesShorthand } from '../../onnx/graph-emitter.ts'
import { gradientError, runGradient } from '../../testing/check-gradient.ts'
import { firstMaximumGradient } from '../../testing/first-maximum.ts'
import { count, tinyModel } from '../../testing/tiny-models.ts'

type Case = readonly [dims: readonly number[], attributes: AttributesShorthand]
const pools: readonly Case[] = [
  [[3, 2, 9], { kernel_shape: [3] }],
  [[1, 2, 10], { kernel_shape: [3], strides: [2], pads: [1, 1] }],
  [[1, 2, 10], { kernel_shape: [3], strides: [2], ceil_mode: 1 }],
  [[2, 3, 8, 6], { kernel_shape: [2, 2], strides: [2, 2] }],
  [[2, 3, 7, 6], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
  [[1, 2, 7, 8], { kernel_shape: [3, 2], strides: [2, 3], pads: [0, 1, 1, 0], ceil_mode: 1 }],
  [[1, 2, 8, 8], { kernel_shape: [2, 2], strides: [3, 3] }],
  [[1, 1, 7, 7], { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' }],
  [[1, 1, 8, 7], { kernel_shape: [2, 3], strides: [1, 2], auto_pad: 'SAME_LOWER' }],
  [[1, 2, 6, 6, 6], { kernel_shape: [2, 2, 2], strides: [2, 2, 2] }],
  [[3, 2, 7, 6, 5], { kernel_shape: [3, 3, 3], strides: [2, 2, 2], pads: [1, 1, 1, 1, 1, 1] }],
  [[1, 1, 5, 6, 5], { kernel_shape: [3, 2, 2], strides: [2, 2, 2], ceil_mode: 1 }],
]
const both = <T extends readonly unknown[]>(cases: readonly T[]) =>
  cases.flatMap((each) => (['native', 'webgpu'] as const).map((form) => [form, ...each] as const))

const dilated: readonly Case[] = [
  [[1, 2, 11], { kernel_shape: [3], dilations: [2], strides: [2], pads: [1, 2] }],
  [[1, 2, 9, 10], { kernel_shape: [2, 3], dilations: [3, 2], strides: [2, 3] }],
]
/** As many windows as would cover the input exactly, had they no padding and no gaps. */
const touching: readonly Case[] = [
  [[1, 1, 6], { kernel_shape: [2], strides: [2], pads: [1, 0] }],
  [[3, 2, 10], { kernel_shape: [5], strides: [5], pads: [2, 2] }],
  [[1, 2, 6, 6], { kernel_shape: [3, 3], strides: [3, 3], pads: [1, 1, 1, 1] }],
  [[1, 1, 8, 8], { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 1, 1], dilations: [2, 2] }],
  [[1, 1, 6, 3, 6], { kernel_shape: [3, 1, 3], strides: [3, 1, 3], pads: [1, 0, 1, 1, 0, 1] }],
]
/** The first tap lies in the padding in every window. */
const padded: readonly Case[] = [
  [[1, 2, 2], { kernel_shape: [3], pads: [2, 0] }],
  [[1, 2, 1, 5], { kernel_shape: [3, 3], strides: [2, 2], pads: [2, 2, 0, 2] }],
  [[2, 1, 4, 3, 3], { kernel_shape: [3, 4, 2], strides: [1, 3, 1], pads: [1, 3, 1, 1, 1, 0] }],
]
test.each(both([...pools, ...dilated, ...padded, ...touching]))(
  'MaxPool (%s) of %j %j',
  async (provider, dims, attributes) => {
    const nodes = [{ op: 'MaxPool', inputs: ['x'], attributes }]
    const model = tinyModel({ inputs: { x: dims }, nodes })
    const error = await gradientError(model, { values: 'distinct', provider })
    expect(error).toBeLessThan(1e-3)
  },
)

const averages = [...pools, ...dilated, ...touching].flatMap(([dims, attributes]) =>
  [0, 1].map((pad) => [dims, { ...attributes, count_include_pad: pad }] as const),
)
test.each(both(averages))('AveragePool (%s) of %j %j', async (provider, dims, attributes) => {
  const nodes = [{ op: 'AveragePool', inputs: ['x'], attributes }]
  const model = tinyModel({ inputs: { x: dims }, nodes, opset: 19 })
  expect(await gradientError(model, { provider })).toBeLessThan(1e-3)
})

test.each(both([['GlobalMaxPool'], ['GlobalAveragePool']] as const))(
  '(%s) %s',
  async (provider, op) => {
    for (const dims of [
      [3, 2, 5],
      [1, 2, 4, 3],
      [2, 2, 3, 4, 2],
    ]) {
      const model = tinyModel({ inputs: { x: dims }, nodes: [{ op, inputs: ['x'] }] })
      expect(await gradientError(model, { values: 'distinct', provider })).toBeLessThan(1e-3)
    }
  },
)

test.each(['native', 'webgpu'] as const)('ties go to the first maximum (%s)', async (provider) => {
  const size = 9
  // Three levels only, and constant rows: nearly every window is tied.
  const x = Array.from({ length: size * size }, (_, i) => (i < 18 ? 1 : (i * 7) % 3))
  const weights = Array.from({ length: 16 }, (_, i) => i + 1)
  const attributes = { kernel_shape: [3, 3], strides: [2, 2] }
  const dims = [1, 1, size, size]
  const model = tinyModel({
    inputs: { x: dims },
    nodes: [{ op: 'MaxPool', inputs: ['x'], attributes }],
  })
  const feeds = { x: { dtype: 'float32', dims, data: Float32Array.from(x) } } as const
  const { gradients } = await runGradient({ model, feeds, weights, provider })
  const pooling = { dims, kernel: [3, 3], strides: [2, 2], pads: [0, 0, 0, 0] }
  const expected = firstMaximumGradient(pooling, x, weights)
  expect(Array.from(gradients[0]!.data, Number)).toEqual(expected)
})

test('the two forms of MaxPool agree on a constant volume', async () => {
  const dims = [2, 1, 6, 6, 6]
  const attributes = {
    kernel_shape: [3, 3, 3],
    strides: [2, 2, 2],
    pads: [1, 1, 1, 1, 1, 1],
  }
  const model = tinyModel({
    inputs: { x: dims },
    nodes: [{ op: 'MaxPool', inputs: ['x'], attributes }],
  })
  const feeds = { x: { dtype: 'float32', dims, data: new Float32Array(count(dims)) } } as const
  const weights = Array.from({ length: 54 }, (_, i) => i - 20)
  const [native, webgpu] = await Promise.all(
    (['native', 'webgpu'] as const).map((provider) =>
      runGradient({ model, feeds, weights, provider }),
    ),
  )
  expect([...webgpu!.gradients[0]!.data]).toEqual([...native!.gradients[0]!.data])
})

test('a global maximum that occurs twice goes to the first', async () => {
  const model = tinyModel({
    inputs: { x: [1, 1, 4] },
    nodes: [{ op: 'GlobalMaxPool', inputs: ['x'] }],
  })
  const data = Float32Array.of(1, 3, 3, 2)
  const feeds = { x: { dtype: 'float32', dims: [1, 1, 4], data } } as const
  const { gradients } = await runGradient({ model, feeds, weights: [2] })
  expect([...gradients[0]!.data]).toEqual([0, 2, 0, 0])
})
