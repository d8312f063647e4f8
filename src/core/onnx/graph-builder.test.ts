import { expect, test } from 'vitest'
import { traceTypes } from '../testing/check-gradient.ts'
import { runModel } from '../testing/run-model.ts'
import { randomNumbers, tinyModel } from '../testing/tiny-models.ts'
import { createGraphBuilder, type GraphBuilder } from './graph-builder.ts'
import type { Model, Value } from './ir.ts'

const EMPTY = { name: 'g', inputs: [], outputs: [], nodes: [], initializers: new Map() }

function builderWith(dims: readonly number[]): { g: GraphBuilder; x: Value } {
  const g = createGraphBuilder(EMPTY, new Map())
  return { g, x: g.input('x', 'float32', dims) }
}

function modelOf(g: GraphBuilder, outputs: readonly Value[]): Model {
  const graph = g.finish(outputs)
  return {
    irVersion: 9,
    producer: 'test',
    opsets: new Map([['', 18]]),
    metadata: new Map(),
    graph: { ...graph, outputs: outputs.map((value) => ({ ...value })) },
  }
}

/** Runs what was built and compares the static shape of every output with the real one. */
async function evaluate(g: GraphBuilder, x: Value, outputs: readonly Value[]) {
  const data = Float32Array.from(
    randomNumbers(
      x.dims.reduce((a, b) => a * b, 1),
      3,
    ),
  )
  const named = outputs.map((value, i) => g.rename(value, `out${i}`))
  const results = await runModel(modelOf(g, named), { x: { dtype: 'float32', dims: x.dims, data } })
  for (const value of named) {
    expect(results[value.name]!.dims).toEqual(value.dims)
    expect(results[value.name]!.dtype).toBe(value.dtype)
  }
  return { data, results: named.map((value) => Array.from(results[value.name]!.data, Number)) }
}

test('equal nodes and equal constants are emitted once', () => {
  const { g, x } = builderWith([2, 3])
  expect(g.mul(x, g.scalar(2))).toBe(g.mul(x, g.scalar(2)))
  expect(g.scalar(2).name).toBe(g.scalar(2).name)
  expect(g.scalar(2).name).not.toBe(g.scalar(2, 'float64').name)
  expect(g.mul(x, g.scalar(2))).not.toBe(g.mul(x, g.scalar(3)))
})

test('operations that change nothing emit nothing', () => {
  const { g, x } = builderWith([2, 3])
  const axes = [0, 1]
  for (const same of [
    g.reshape(x, [2, 3]),
    g.transpose(x, [0, 1]),
    g.expand(x, [1, 3]),
    g.pad(x, [0, 0], [0, 0]),
    g.slice(x, { axes, starts: [0, 0], ends: [2, 9] }),
    g.mul(x, g.scalar(1)),
    g.mul(g.scalar(1), x),
    g.scale(x, 1),
    g.cast(x, 'float32'),
    g.reduceSum(x, []),
    g.concat([x], 0),
  ]) {
    expect(same).toBe(x)
  }
})

test('a product with one keeps the broadcast shape', () => {
  const { g, x } = builderWith([3])
  expect(g.mul(x, g.numbers([2, 3], [1, 1, 1, 1, 1, 1])).dims).toEqual([2, 3])
})

test('every operation knows the shape that the runtime gives', async () => {
  const { g, x } = builderWith([2, 3, 4])
  const y = g.scale(x, 0.5)
  await evaluate(g, x, [
    g.add(x, g.numbers([3, 1], [1, 2, 3])),
    g.greater(x, y),
    g.where(g.less(x, y), x, g.scalar(0)),
    g.reduceSum(x, [-1, 0]),
    g.reduceMean(x, [1], { keepDims: false }),
    g.reduceMax(x, [0, 1, 2], { keepDims: false }),
    g.reshape(x, [4, 6]),
    g.transpose(x),
    g.transpose(x, [1, 0, 2]),
    g.transpose(g.reshape(x, [2, 1, 12]), [1, 0, 2]),
    g.expand(g.reshape(x, [2, 3, 1, 4]), [5, 1, 1, 2, 1]),
    g.matmul(g.reshape(x, [2, 3, 4]), g.numbers([4, 2], [1, 2, 3, 4, 5, 6, 7, 8])),
    g.concat([x, y, x], -2),
    g.cast(x, 'int64'),
    g.zeros([2, 700]),
    g.zeros([2, 2]),
    g.slice(x, { axes: [2, 1], starts: [-1, 0], ends: [-9, 3], steps: [-2, 2] }),
    g.pad(x, [0, 1, -1], [2, -1, 1], 7),
  ])
})

test('padding with negative amounts crops', async () => {
  const { g, x } = builderWith([5])
  const { data, results } = await evaluate(g, x, [g.pad(x, [-1], [2], 9), g.pad(x, [1], [-3])])
  expect(results[0]).toEqual([...data.subarray(1), 9, 9])
  expect(results[1]).toEqual([0, ...data.subarray(0, 2)])
})

test('shapes that do not broadcast are refused', () => {
  const { g, x } = builderWith([2, 3])
  expect(() => g.add(x, g.numbers([2], [1, 2]))).toThrow(/\[2, 3\] and \[2\] do not broadcast/)
})

test('constants are known, and a uniform one is a number', () => {
  const { g, x } = builderWith([2])
  expect(g.scalarOf(g.numbers([3], [4, 4, 4]))).toBe(4)
  expect(g.scalarOf(g.numbers([2], [4, 5]))).toBeUndefined()
  expect(g.scalarOf(x)).toBeUndefined()
  expect(g.constantOf(g.ints([1, 2]))?.dims).toEqual([2])
  expect(g.scalar(1, 'float16').dtype).toBe('float16')
})

test('a node can get another output', async () => {
  const attributes = { kernel_shape: [2], strides: [2] }
  const model = tinyModel({
    inputs: { x: [1, 1, 4] },
    nodes: [{ op: 'MaxPool', inputs: ['x'], attributes }],
  })
  const data = Float32Array.of(1, 5, 7, 2)
  const feeds = { x: { dtype: 'float32', dims: [1, 1, 4], data } } as const
  const g = createGraphBuilder(model.graph, await traceTypes(model, feeds))
  const node = model.graph.nodes[0]!
  const indices = g.addOutput(node, 1, { dtype: 'int64', dims: [1, 1, 2] })
  expect(g.addOutput(node, 1, { dtype: 'int64', dims: [1, 1, 2] }).name).toBe(indices.name)
  const results = await runModel(modelOf(g, [indices]), feeds)
  expect(Array.from(results[indices.name]!.data, Number)).toEqual([1, 2])
})

test('a name that is taken cannot be given', () => {
  const { g, x } = builderWith([2])
  g.rename(x, 'map')
  expect(() => g.rename(x, 'map')).toThrow("already has a value named 'map'")
  expect(() => g.rename(x, 'x')).toThrow("already has a value named 'x'")
})

test('names that the model uses are avoided', async () => {
  const nodes = [{ op: 'Relu', inputs: ['x'], outputs: ['saliscope/Exp_0'] }]
  const model = tinyModel({ inputs: { x: [2] }, nodes })
  const feeds = { x: { dtype: 'float32', dims: [2], data: new Float32Array(2) } } as const
  const g = createGraphBuilder(model.graph, await traceTypes(model, feeds))
  expect(g.exp(g.find('x')!).name).not.toBe('saliscope/Exp_0')
})
