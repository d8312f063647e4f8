import { expect, test } from 'vitest'
import { int64Scalar } from '../../onnx/constants.ts'
import { type GradientCheck, gradientError, runGradient } from '../../testing/check-gradient.ts'
import { ints, tinyModel } from '../../testing/tiny-models.ts'

const reductions: readonly [op: string, check: GradientCheck][] = [
  ['ReduceL1', {}],
  ['ReduceL2', {}],
  ['ReduceLogSum', { values: 'positive' }],
  ['ReduceLogSumExp', {}],
  ['ReduceMax', { values: 'distinct', gap: 0.05 }],
  ['ReduceMean', {}],
  ['ReduceMin', { values: 'distinct', gap: 0.05 }],
  ['ReduceSum', {}],
  ['ReduceSumSquare', {}],
]
const axesCases = [[1], [-1, 0], [0, 1, 2], undefined]
const grid = reductions.flatMap(([op, check]) =>
  axesCases.flatMap((axes) => [0, 1].map((keepdims) => [op, axes, keepdims, check] as const)),
)
test.each(grid)('%s over %j (keepdims %d)', async (op, axes, keepdims, check) => {
  const model = tinyModel({
    inputs: { x: [3, 2, 4] },
    constants: axes ? { axes: ints(...axes) } : {},
    nodes: [{ op, inputs: axes ? ['x', 'axes'] : ['x'], attributes: { keepdims } }],
  })
  // |x| has kinks at 0, which is 0.05 away from every entry.
  expect(await gradientError(model, { step: 2e-3, ...check })).toBeLessThan(3e-3)
})

test('without axes and with noop_with_empty_axes nothing is reduced', async () => {
  const nodes = [{ op: 'ReduceSum', inputs: ['x'], attributes: { noop_with_empty_axes: 1 } }]
  expect(await gradientError(tinyModel({ inputs: { x: [2, 3] }, nodes }))).toBeLessThan(1e-3)
})

test('tied entries of ReduceMax share the cotangent', async () => {
  const model = tinyModel({
    inputs: { x: [2, 3] },
    constants: { axes: ints(1) },
    nodes: [{ op: 'ReduceMax', inputs: ['x', 'axes'] }],
  })
  const data = Float32Array.of(5, 5, 1, 2, 3, 0)
  const feeds = { x: { dtype: 'float32', dims: [2, 3], data } } as const
  const { gradients } = await runGradient({ model, feeds, weights: [4, 7] })
  expect([...gradients[0]!.data]).toEqual([2, 2, 0, 0, 7, 0])
})

test('ReduceL2 has the gradient 0 at 0', async () => {
  const model = tinyModel({ inputs: { x: [2] }, nodes: [{ op: 'ReduceL2', inputs: ['x'] }] })
  const feeds = { x: { dtype: 'float32', dims: [2], data: new Float32Array(2) } } as const
  const { gradients } = await runGradient({ model, feeds, weights: [1] })
  expect([...gradients[0]!.data]).toEqual([0, 0])
})

const flags = [0, 1].flatMap((exclusive) => [0, 1].map((reverse) => ({ exclusive, reverse })))
test.each(flags)('CumSum %j', async (attributes) => {
  const model = tinyModel({
    inputs: { x: [3, 4] },
    constants: { axis: int64Scalar(1) },
    nodes: [{ op: 'CumSum', inputs: ['x', 'axis'], attributes }],
  })
  expect(await gradientError(model)).toBeLessThan(1e-3)
})

test.each([
  [{ exclusive: 0, reverse: 0 }, [1 + 3, 2, 6 + 30, 0]],
  [{ exclusive: 1, reverse: 0 }, [1 + 3, 2, 6, 0]],
])('CumProd %j through factors of 0', async (attributes, products) => {
  // Of x = (2, 3, 0, 5): what multiplies each factor in the sum of the products.
  const model = tinyModel({
    inputs: { x: [1, 4] },
    constants: { axis: int64Scalar(1) },
    nodes: [{ op: 'CumProd', inputs: ['x', 'axis'], attributes }],
    opset: 26,
  })
  const feeds = {
    x: { dtype: 'float32', dims: [1, 4], data: Float32Array.of(2, 3, 0, 5) },
  } as const
  const { gradients } = await runGradient({ model, feeds, weights: [1, 1, 1, 1] })
  expect(Array.from(gradients[0]!.data, Number)).toEqual(products)
})
