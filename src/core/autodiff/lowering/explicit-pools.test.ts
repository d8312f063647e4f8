import { expect, test } from 'vitest'
import type { AttributesShorthand } from '../../onnx/graph-emitter.ts'
import {
  compileGradient,
  createFeeds,
  gradientError,
  traceTypes,
} from '../../testing/check-gradient.ts'
import { largestDifference, runModel } from '../../testing/run-model.ts'
import { tinyModel } from '../../testing/tiny-models.ts'
import { withExplicitPools } from './explicit-pools.ts'

type Case = readonly [op: string, dims: readonly number[], attributes: AttributesShorthand]

/** One more window than without ceil_mode in most of them. */
const written: readonly Case[] = [
  ['MaxPool', [1, 2, 10], { kernel_shape: [3], strides: [2] }],
  ['MaxPool', [2, 3, 8, 6], { kernel_shape: [3, 3], strides: [2, 2] }],
  ['MaxPool', [1, 2, 7, 9], { kernel_shape: [2, 3], strides: [2, 3], pads: [0, 1, 1, 0] }],
  ['MaxPool', [1, 1, 7, 7, 5], { kernel_shape: [3, 3, 2], strides: [3, 2, 2] }],
  ['MaxPool', [1, 1, 12], { kernel_shape: [3], strides: [2], dilations: [2] }],
  // The window that would start in the padding is not there.
  ['MaxPool', [1, 1, 4], { kernel_shape: [2], strides: [2], pads: [0, 1] }],
  ['AveragePool', [1, 2, 8, 6], { kernel_shape: [3, 3], strides: [2, 2] }],
  ['AveragePool', [1, 2, 10], { kernel_shape: [3], strides: [2], pads: [1, 0] }],
]
const left: readonly Case[] = [
  ['AveragePool', [1, 2, 10], { kernel_shape: [3], strides: [2], count_include_pad: 1 }],
  ['MaxPool', [1, 1, 9], { kernel_shape: [2], strides: [4], dilations: [3] }],
]

function network([op, dims, attributes]: Case) {
  return tinyModel({
    inputs: { x: [...dims] },
    nodes: [{ op, inputs: ['x'], attributes: { ...attributes, ceil_mode: 1 } }],
    opset: 19,
  })
}

async function explicit(each: Case) {
  const model = network(each)
  const types = await traceTypes(model, createFeeds(model, {}))
  const graph = withExplicitPools(model.graph, (name) => {
    const type = types.get(name)
    return type && { ...type, name }
  })
  return { model, graph }
}

test.each(written)('%s of %j %j pools the same windows without ceil_mode', async (...each) => {
  const { model, graph } = await explicit(each)
  expect(graph.nodes[0]!.attributes).not.toHaveProperty('ceil_mode')
  const feeds = createFeeds(model, {})
  const before = await runModel(model, feeds)
  expect(largestDifference(before, await runModel({ ...model, graph }, feeds))).toBe(0)
})

test.each(written)('the gradient of %s of %j %j says its sizes', async (...each) => {
  const model = network(each)
  const { compiled } = await compileGradient({ model, feeds: createFeeds(model, {}) })
  expect(compiled.graph.inputs.find(({ name }) => name === 'x')!.dims).toEqual([...each[1]])
  expect(await gradientError(model, { values: 'distinct' })).toBeLessThan(1e-3)
})

test.each(left)('%s of %j %j stays as it is', async (...each) => {
  const { model, graph } = await explicit(each)
  expect(graph.nodes).toEqual(model.graph.nodes)
  const { compiled } = await compileGradient({ model, feeds: createFeeds(model, {}) })
  expect(compiled.graph.inputs.find(({ name }) => name === 'x')!.dims).toBeNull()
  expect(await gradientError(model, { values: 'distinct' })).toBeLessThan(1e-3)
})
