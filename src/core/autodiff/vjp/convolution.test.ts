import { expect, test } from 'vitest'
import type { AttributesShorthand } from '../../onnx/graph-emitter.ts'
import { gradientError } from '../../testing/check-gradient.ts'
import { randomFloats, tinyModel } from '../../testing/tiny-models.ts'

interface Case {
  readonly x: readonly number[]
  readonly w: readonly number[]
  readonly attributes?: AttributesShorthand
}

const convs: readonly Case[] = [
  { x: [1, 2, 9], w: [3, 2, 3] },
  { x: [3, 2, 10], w: [4, 1, 4], attributes: { strides: [3], pads: [1, 2], group: 2 } },
  { x: [1, 1, 8, 7], w: [2, 1, 3, 3], attributes: { pads: [1, 1, 1, 1] } },
  { x: [3, 2, 9, 8], w: [2, 2, 3, 2], attributes: { strides: [2, 2], pads: [1, 0, 2, 1] } },
  { x: [1, 2, 11, 9], w: [2, 2, 3, 3], attributes: { dilations: [2, 3], pads: [2, 3, 2, 3] } },
  { x: [1, 2, 11, 12], w: [2, 2, 3, 3], attributes: { strides: [2, 3], dilations: [3, 2] } },
  { x: [1, 4, 6, 6], w: [6, 2, 3, 3], attributes: { group: 2, strides: [2, 1] } },
  { x: [2, 3, 5, 5], w: [3, 1, 3, 3], attributes: { group: 3, pads: [1, 1, 1, 1] } },
  { x: [1, 3, 7, 8], w: [2, 3, 1, 1], attributes: { strides: [2, 2] } },
  { x: [1, 2, 9, 9], w: [2, 2, 2, 2], attributes: { strides: [4, 3] } },
  { x: [1, 1, 7, 7], w: [2, 1, 4, 3], attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] } },
  { x: [1, 1, 8, 7], w: [2, 1, 4, 3], attributes: { auto_pad: 'SAME_LOWER', strides: [3, 2] } },
  { x: [1, 1, 8, 7], w: [2, 1, 3, 3], attributes: { auto_pad: 'VALID' } },
  { x: [1, 2, 6, 5, 4], w: [3, 2, 3, 3, 3], attributes: { pads: [1, 1, 1, 1, 1, 1] } },
  {
    x: [3, 1, 8, 7, 6],
    w: [2, 1, 5, 4, 3],
    attributes: { strides: [2, 2, 2], pads: [2, 1, 0, 2, 2, 1] },
  },
  {
    x: [1, 4, 5, 5, 5],
    w: [4, 2, 3, 3, 3],
    attributes: { group: 2, strides: [2, 1, 2], pads: [1, 1, 1, 1, 1, 1] },
  },
  // Padding wider than the kernel: the adjoint crops instead of padding.
  { x: [1, 1, 4, 4], w: [2, 1, 2, 2], attributes: { pads: [3, 2, 2, 3] } },
]
const forms = (cases: readonly Case[]) =>
  cases.flatMap((each) => (['native', 'webgpu'] as const).map((form) => [form, each] as const))

test.each(forms(convs))('Conv (%s) %j agrees with central differences', async (provider, c) => {
  const model = tinyModel({
    inputs: { x: c.x },
    constants: { w: randomFloats(c.w, 11), b: randomFloats(c.w.slice(0, 1), 12) },
    nodes: [{ op: 'Conv', inputs: ['x', 'w', 'b'], attributes: c.attributes ?? {} }],
  })
  expect(await gradientError(model, { provider })).toBeLessThan(1e-3)
})

test.each(convs)('Conv %j with weights and bias that are computed', async (c) => {
  const model = tinyModel({
    inputs: { x: c.x, w: c.w, b: c.w.slice(0, 1) },
    nodes: [{ op: 'Conv', inputs: ['x', 'w', 'b'], attributes: c.attributes ?? {} }],
  })
  expect(await gradientError(model)).toBeLessThan(1e-3)
})

test('a batch norm after a convolution is absorbed by its weights', async () => {
  const model = tinyModel({
    inputs: { x: [2, 2, 5, 5] },
    constants: {
      w: randomFloats([3, 2, 3, 3], 1),
      scale: randomFloats([3], 2),
      bias: randomFloats([3], 3),
      mean: randomFloats([3], 4),
      variance: { ...randomFloats([3], 5), bytes: new Uint8Array(Float32Array.of(1, 2, 3).buffer) },
    },
    nodes: [
      { op: 'Conv', inputs: ['x', 'w'], attributes: { strides: [2, 2] } },
      { op: 'BatchNormalization', inputs: ['y0', 'scale', 'bias', 'mean', 'variance'] },
    ],
  })
  expect(await gradientError(model)).toBeLessThan(1e-3)
})

const transposes: readonly Case[] = [
  { x: [1, 2, 5], w: [2, 3, 3], attributes: { strides: [2] } },
  {
    x: [3, 4, 4, 5],
    w: [4, 2, 3, 3],
    attributes: { group: 2, strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  {
    x: [1, 2, 4, 5],
    w: [2, 2, 3, 4],
    attributes: { strides: [2, 3], pads: [1, 1, 0, 2], output_padding: [1, 2] },
  },
  { x: [1, 2, 4, 4], w: [2, 1, 3, 3], attributes: { dilations: [2, 2] } },
  { x: [1, 2, 3, 4], w: [2, 2, 3, 3], attributes: { strides: [2, 2], auto_pad: 'SAME_UPPER' } },
  { x: [1, 2, 3, 4], w: [2, 2, 3, 3], attributes: { strides: [2, 2], auto_pad: 'SAME_LOWER' } },
  { x: [1, 2, 3, 4], w: [2, 2, 3, 3], attributes: { strides: [2, 2], output_shape: [6, 9] } },
  { x: [1, 3, 3, 2, 4], w: [3, 2, 2, 2, 2], attributes: { strides: [2, 2, 2] } },
  {
    x: [2, 4, 3, 3, 3],
    w: [4, 1, 3, 3, 3],
    attributes: { group: 2, strides: [2, 1, 2], pads: [1, 1, 1, 1, 1, 1] },
  },
]
test.each(forms(transposes))('ConvTranspose (%s) %j', async (provider, c) => {
  const group = typeof c.attributes?.group === 'number' ? c.attributes.group : 1
  const model = tinyModel({
    inputs: { x: c.x },
    constants: { w: randomFloats(c.w, 11), b: randomFloats([(c.w[1] ?? 1) * group], 12) },
    nodes: [{ op: 'ConvTranspose', inputs: ['x', 'w', 'b'], attributes: c.attributes ?? {} }],
  })
  expect(await gradientError(model, { provider })).toBeLessThan(1e-3)
})

test.each(transposes)('ConvTranspose %j with weights that are computed', async (c) => {
  const model = tinyModel({
    inputs: { x: c.x, w: c.w },
    nodes: [{ op: 'ConvTranspose', inputs: ['x', 'w'], attributes: c.attributes ?? {} }],
  })
  expect(await gradientError(model)).toBeLessThan(1e-3)
})
