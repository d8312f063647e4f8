import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AttributesShorthand } from '../../onnx/graph-emitter.ts'
import {
  createFeeds,
  formDifference,
  gradientError,
  runGradient,
} from '../../testing/check-gradient.ts'
import { randomFloats, type TinyNode, tinyModel } from '../../testing/tiny-models.ts'
import { traitsOf } from './provider-traits.ts'
import { isSpreadDepthwise } from './spread-depthwise.ts'

/** conv, activation, depthwise conv, activation, conv: the middle values stay in blocks of channels. */
function network(channels: number, activation: readonly TinyNode[]) {
  const act = (from: string, to: string) =>
    activation.map(({ op, inputs, outputs = [], attributes }) => ({
      op,
      inputs: inputs.map((name) => (name === 'x' ? from : `${to}.${name}`)),
      outputs: outputs.map((name) => (name === 'y' ? to : `${to}.${name}`)),
      ...(attributes && { attributes }),
    }))
  const pads = [1, 1, 1, 1]
  return tinyModel({
    inputs: { x: [2, 3, 6, 6] },
    constants: {
      first: randomFloats([channels, 3, 3, 3], 1),
      depthwise: randomFloats([channels, 1, 3, 3], 2),
      last: randomFloats([4, channels, 1, 1], 3),
    },
    nodes: [
      { op: 'Conv', inputs: ['x', 'first'], outputs: ['a'], attributes: { pads } },
      ...act('a', 'b'),
      {
        op: 'Conv',
        inputs: ['b', 'depthwise'],
        outputs: ['c'],
        attributes: { pads, strides: [2, 2], group: channels },
      },
      ...act('c', 'd'),
      { op: 'Conv', inputs: ['d', 'last'], outputs: ['e'] },
    ],
  })
}

const activations: readonly [name: string, nodes: readonly TinyNode[]][] = [
  ['HardSwish', [{ op: 'HardSwish', inputs: ['x'], outputs: ['y'] }]],
  ['Relu', [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }]],
  ['Sigmoid', [{ op: 'Sigmoid', inputs: ['x'], outputs: ['y'] }]],
  [
    'SiLU',
    [
      { op: 'Sigmoid', inputs: ['x'], outputs: ['s'] },
      { op: 'Mul', inputs: ['x', 's'], outputs: ['y'] },
    ],
  ],
]

test.each(activations)(
  '%s between convolutions has the same gradient in blocks',
  async (_, nodes) => {
    for (const channels of [6, 8, 16]) {
      const model = network(channels, nodes)
      const feeds = createFeeds(model, {})
      const weights = Array.from({ length: 2 * 4 * 9 }, (_unused, i) => Math.cos(i))
      expect(await formDifference({ model, feeds, weights })).toBeLessThan(2e-6)
    }
  },
)

/** The slope at given places, by a product with weights of 1. */
async function slopesAt(op: string, places: readonly number[]) {
  const dims = [1, 4, 1, places.length / 4]
  const model = tinyModel({ inputs: { x: dims }, nodes: [{ op, inputs: ['x'] }] })
  const feeds = { x: { dtype: 'float32', dims, data: Float32Array.from(places) } as const }
  const { gradients } = await runGradient({ model, feeds, weights: places.map(() => 1) })
  return Array.from(gradients[0]?.data ?? [], Number)
}

test('the slope of HardSwish bends at -3 and 3, not before', async () => {
  const inside = 3 - 2 ** -22
  const places = [-1e30, -4, -3 - 2 ** -22, -3, -inside, -1.5, 0, 1, inside, 3, 3.5, 1e30]
  const expected = places.map((x) => (Math.abs(x) < 3 ? x / 3 + 0.5 : x < 0 ? 0 : 1))
  const slopes = await slopesAt('HardSwish', places)
  for (const [i, slope] of slopes.entries()) expect(slope).toBeCloseTo(expected[i] ?? NaN, 5)
})

test('a step is 1 for the smallest normal number', async () => {
  const identity = { op: 'Conv', inputs: ['x', 'w'], outputs: ['a'] }
  const places = [0, 2 ** -126, -(2 ** -126), 1, -1, 1e38, -1e38, 2 ** -100]
  const unit = Float32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0))
  const dims = [1, 4, 1, 2]
  const w = { ...randomFloats([4, 4, 1, 1], 1), bytes: new Uint8Array(unit.buffer) }
  const model = tinyModel({
    inputs: { x: dims },
    constants: { w },
    nodes: [
      identity,
      { op: 'Relu', inputs: ['a'], outputs: ['b'] },
      { op: 'Conv', inputs: ['b', 'w'], outputs: ['c'] },
    ],
  })
  const feeds = { x: { dtype: 'float32', dims, data: Float32Array.from(places) } as const }
  const { gradients } = await runGradient({ model, feeds, weights: places.map(() => 1) })
  expect(Array.from(gradients[0]?.data ?? [], Number)).toEqual(places.map((x) => (x > 0 ? 1 : 0)))
})

/** Identity per channel: an infinite number stays in its channel. */
const perChannel = { dtype: 'float32', dims: [4, 1, 1, 1] } as const
const ones = { ...perChannel, bytes: new Uint8Array(Float32Array.of(1, 1, 1, 1).buffer) }

async function gradientOfRoot(between: readonly TinyNode[], provider: 'native' | 'webgpu') {
  const conv = { op: 'Conv', attributes: { group: 4 } }
  const model = tinyModel({
    inputs: { x: [1, 4, 1, 1] },
    constants: { ones },
    nodes: [
      { ...conv, inputs: ['x', 'ones'], outputs: ['a'] },
      { op: 'Relu', inputs: ['a'], outputs: ['b'] },
      ...between,
      { op: 'Sqrt', inputs: [between.length > 0 ? 'c' : 'b'], outputs: ['y'] },
    ],
  })
  const feeds = {
    x: { dtype: 'float32', dims: [1, 4, 1, 1], data: Float32Array.of(4, -1, 1, -2) },
  } as const
  const { gradients } = await runGradient({ model, feeds, weights: [1, 1, 1, 1], provider })
  return Array.from(gradients[0]?.data ?? [], Number)
}

test('an infinite gradient stops at a closed ReLU', async () => {
  for (const provider of ['native', 'webgpu'] as const)
    expect(await gradientOfRoot([], provider)).toEqual([0.25, 0, 0.5, 0])
})

test('an infinite gradient that comes through a convolution is lost on the native runtime alone', async () => {
  const again: TinyNode = {
    op: 'Conv',
    inputs: ['b', 'ones'],
    outputs: ['c'],
    attributes: { group: 4 },
  }
  expect(await gradientOfRoot([again], 'webgpu')).toEqual([0.25, 0, 0.5, 0])
  // docs/decisions/infinite-gradients.md
  expect(await gradientOfRoot([again], 'native')).toEqual([0.25, Number.NaN, 0.5, Number.NaN])
})

const strided = fc.record({
  channels: fc.constantFrom(4, 8, 12),
  batch: fc.integer({ min: 1, max: 2 }),
  kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 })),
  strides: fc.constantFrom([2, 2], [1, 2], [2, 1]),
  dilations: fc.constantFrom([1, 1], [2, 1], [1, 2]),
  pads: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 4, maxLength: 4 }),
  extra: fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 })),
})

test('a strided depthwise convolution has the gradient of central differences', async () => {
  await fc.assert(
    fc.asyncProperty(strided, async (each) => {
      const { channels, batch, kernel, strides, dilations, pads, extra } = each
      const sizes = kernel.map(
        (k, axis) => (k - 1) * (dilations[axis] ?? 1) + 1 + (extra[axis] ?? 0),
      )
      const attributes: AttributesShorthand = { strides, dilations, pads, group: channels }
      const model = tinyModel({
        inputs: { x: [batch, channels, ...sizes] },
        constants: { w: randomFloats([channels, 1, ...kernel], 7) },
        nodes: [{ op: 'Conv', inputs: ['x', 'w'], attributes }],
      })
      expect(await gradientError(model)).toBeLessThan(1e-3)
      expect(await gradientError(model, { provider: 'webgpu' })).toBeLessThan(1e-3)
    }),
    { numRuns: 25, seed: 4 },
  )
})

test('only the native runtime spreads, and only one filter per channel', () => {
  const conv = (cout: number, group: number) => ({
    cotangent: { name: 'dy', dtype: 'float32', dims: [1, cout, 4, 4] } as const,
    w: { name: 'w', dtype: 'float32', dims: [cout, 8 / group, 3, 3] } as const,
    strides: [2, 2],
    dilations: [1, 1],
    padsBegin: [1, 1],
    group,
    inputSizes: [8, 8],
  })
  expect(isSpreadDepthwise(traitsOf('native'), conv(8, 8))).toBe(true)
  expect(isSpreadDepthwise(traitsOf('native'), conv(16, 8))).toBe(false)
  expect(isSpreadDepthwise(traitsOf('native'), conv(8, 1))).toBe(false)
  expect(isSpreadDepthwise(traitsOf('wasm'), conv(8, 8))).toBe(false)
})
