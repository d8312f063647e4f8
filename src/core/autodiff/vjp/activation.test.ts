import { expect, test } from 'vitest'
import { floatScalar } from '../../onnx/constants.ts'
import { gradientError, runGradient } from '../../testing/check-gradient.ts'
import { float, randomFloats, type TinyModel, tinyModel } from '../../testing/tiny-models.ts'

const X = { x: [3, 2, 5] }
const constants = { low: floatScalar(-0.4), high: floatScalar(0.5), slope: randomFloats([2, 1]) }
const cases: readonly [name: string, nodes: TinyModel['nodes']][] = [
  ['Celu', [{ op: 'Celu', inputs: ['x'], attributes: { alpha: float(0.7) } }]],
  ['Clip', [{ op: 'Clip', inputs: ['x', 'low', 'high'] }]],
  ['Clip without bounds', [{ op: 'Clip', inputs: ['x'] }]],
  ['Clip above only', [{ op: 'Clip', inputs: ['x', '', 'high'] }]],
  ['Elu', [{ op: 'Elu', inputs: ['x'], attributes: { alpha: float(0.6) } }]],
  ['Gelu', [{ op: 'Gelu', inputs: ['x'] }]],
  ['Gelu tanh', [{ op: 'Gelu', inputs: ['x'], attributes: { approximate: 'tanh' } }]],
  ['HardSigmoid', [{ op: 'HardSigmoid', inputs: ['x'], attributes: { alpha: float(0.7) } }]],
  ['HardSwish', [{ op: 'HardSwish', inputs: ['x'] }]],
  ['LeakyRelu', [{ op: 'LeakyRelu', inputs: ['x'], attributes: { alpha: float(0.1) } }]],
  ['Mish', [{ op: 'Mish', inputs: ['x'] }]],
  ['PRelu', [{ op: 'PRelu', inputs: ['x', 'slope'] }]],
  ['Relu', [{ op: 'Relu', inputs: ['x'] }]],
  ['Selu', [{ op: 'Selu', inputs: ['x'] }]],
  ['Sigmoid', [{ op: 'Sigmoid', inputs: ['x'] }]],
  ['Softplus', [{ op: 'Softplus', inputs: ['x'] }]],
  ['Softsign', [{ op: 'Softsign', inputs: ['x'] }]],
  ['Tanh', [{ op: 'Tanh', inputs: ['x'] }]],
  [
    'ThresholdedRelu',
    [{ op: 'ThresholdedRelu', inputs: ['x'], attributes: { alpha: float(0.3) } }],
  ],
]
test.each(cases)('%s agrees with central differences', async (_, nodes) => {
  const model = tinyModel({ inputs: X, constants, nodes, opset: 20 })
  // The ladder reaches from -3.6 to 3.6 and keeps off every kink.
  expect(await gradientError(model, { values: 'distinct', gap: 0.25 })).toBeLessThan(2e-3)
})

test.each([
  ['Relu', 0, 0],
  ['LeakyRelu', 0, 0.01],
  ['Abs', 0, 0],
  ['Clip', -0.5, 1],
  ['Clip', 0.5, 1],
  ['Clip', 0.75, 0],
])('%s at %d has slope %d', async (op, at, slope) => {
  const bounds = { low: floatScalar(-0.5), high: floatScalar(0.5) }
  const inputs = op === 'Clip' ? ['x', 'low', 'high'] : ['x']
  const model = tinyModel({ inputs: { x: [1] }, constants: bounds, nodes: [{ op, inputs }] })
  const feeds = { x: { dtype: 'float32', dims: [1], data: Float32Array.of(at) } } as const
  const { gradients } = await runGradient({ model, feeds, weights: [1] })
  expect(gradients[0]?.data[0]).toBeCloseTo(slope, 6)
})
