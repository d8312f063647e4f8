import { expect, test } from 'vitest'
import { floatTensor } from '../../onnx/constants.ts'
import type { AttributesShorthand } from '../../onnx/graph-emitter.ts'
import { gradientError, runGradient } from '../../testing/check-gradient.ts'
import { float, randomFloats, tinyModel } from '../../testing/tiny-models.ts'

const DIMS = [
  [3, 4, 5],
  [2, 4, 3, 4],
  [1, 4, 3, 2, 3],
]
const statistics = (channels: number) => ({
  scale: randomFloats([channels], 2),
  bias: randomFloats([channels], 3),
  mean: randomFloats([channels], 4),
  variance: floatTensor(Array.from({ length: channels }, (_, i) => 0.5 + i)),
})
const NORM_INPUTS = ['x', 'scale', 'bias']

test.each(DIMS.map((dims) => [dims]))('BatchNormalization of %j', async (dims) => {
  const inputs = [...NORM_INPUTS, 'mean', 'variance']
  const model = tinyModel({
    inputs: { x: dims },
    constants: statistics(4),
    nodes: [{ op: 'BatchNormalization', inputs, attributes: { epsilon: float(0.01) } }],
  })
  expect(await gradientError(model)).toBeLessThan(1e-3)
})

test('BatchNormalization with computed parameters', async () => {
  const { mean, variance } = statistics(4)
  const inputs = [...NORM_INPUTS, 'mean', 'variance']
  const model = tinyModel({
    inputs: { x: [2, 4, 3], scale: [4], bias: [4] },
    constants: { mean, variance },
    nodes: [{ op: 'BatchNormalization', inputs }],
  })
  expect(await gradientError(model)).toBeLessThan(1e-3)
})

test('BatchNormalization in training mode is refused', async () => {
  const inputs = [...NORM_INPUTS, 'mean', 'variance']
  const model = tinyModel({
    inputs: { x: [2, 4, 3] },
    constants: statistics(4),
    nodes: [
      {
        op: 'BatchNormalization',
        inputs,
        outputs: ['y', 'm', 'v'],
        attributes: { training_mode: 1 },
      },
    ],
  })
  const data = new Float32Array(24)
  const feeds = { x: { dtype: 'float32', dims: [2, 4, 3], data } } as const
  await expect(runGradient({ model, feeds, weights: [...data] })).rejects.toThrow(
    /training mode; export the model with model\.eval\(\)/,
  )
})

test.each(DIMS.map((dims) => [dims]))('InstanceNormalization of %j', async (dims) => {
  const model = tinyModel({
    inputs: { x: dims, scale: [4], bias: [4] },
    nodes: [{ op: 'InstanceNormalization', inputs: NORM_INPUTS }],
  })
  expect(await gradientError(model)).toBeLessThan(2e-3)
})

test.each([
  [-1, [4]],
  [2, [3, 4]],
  [-2, [3, 4]],
])('LayerNormalization from axis %d', async (axis, dims) => {
  const model = tinyModel({
    inputs: { x: [2, 3, 3, 4], scale: dims, bias: dims },
    nodes: [{ op: 'LayerNormalization', inputs: NORM_INPUTS, attributes: { axis } }],
  })
  expect(await gradientError(model)).toBeLessThan(2e-3)
})

const groups: readonly [opset: number, size: number][] = [
  [18, 2],
  [21, 4],
]
test.each(groups)('GroupNormalization at opset %d (%d parameters)', async (opset, size) => {
  const model = tinyModel({
    inputs: { x: [2, 4, 3, 3] },
    constants: { scale: randomFloats([size], 2), bias: randomFloats([size], 3) },
    nodes: [{ op: 'GroupNormalization', inputs: NORM_INPUTS, attributes: { num_groups: 2 } }],
    opset,
  })
  expect(await gradientError(model)).toBeLessThan(2e-3)
})

const others: readonly [op: string, attributes: AttributesShorthand][] = [
  ['LRN', { size: 3, alpha: float(0.3), beta: float(0.75), bias: float(1) }],
  ['LRN', { size: 5, alpha: float(0.3) }],
  ['LpNormalization', { axis: 1, p: 2 }],
  ['LpNormalization', { axis: -1, p: 1 }],
  ['Softmax', {}],
  ['Softmax', { axis: 1 }],
  ['LogSoftmax', { axis: 1 }],
  ['LogSoftmax', { axis: -1 }],
]
test.each(others)('%s %j agrees with central differences', async (op, attributes) => {
  const model = tinyModel({
    inputs: { x: [2, 5, 3, 4] },
    nodes: [{ op, inputs: ['x'], attributes }],
  })
  expect(await gradientError(model)).toBeLessThan(2e-3)
})

test.each(['native', 'webgpu'] as const)(
  'LpNormalization on %s: flat at zero',
  async (provider) => {
    const data = Float32Array.of(0, 0, 0, 3, -4, 0)
    for (const [p, expected] of [
      // Of y1 at (3, -4, 0): (w - y (w . y)) / 5 with y = (0.6, -0.8, 0).
      [2, [0.128, 0.096, 0]],
      // (w - sign(x) (w . y)) / 7 with y = (3, -4, 0) / 7.
      [1, [4 / 49, 3 / 49, 0]],
    ] as const) {
      const model = tinyModel({
        inputs: { x: [2, 3] },
        nodes: [{ op: 'LpNormalization', inputs: ['x'], attributes: { axis: -1, p } }],
      })
      const feeds = { x: { dtype: 'float32', dims: [2, 3], data } } as const
      const run = await runGradient({ model, feeds, weights: [1, 0, 0, 1, 0, 0], provider })
      const gradient = Array.from(run.gradients[0]!.data, Number)
      for (const [i, value] of [0, 0, 0, ...expected].entries())
        expect(gradient[i], `p = ${p}, ${i}`).toBeCloseTo(value, 6)
    }
  },
)
