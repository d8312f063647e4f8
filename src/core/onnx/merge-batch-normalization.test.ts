import { describe, expect, it } from 'vitest'
import { traceTypes } from '../testing/check-gradient.ts'
import { largestDifference, randomFeeds, runModel } from '../testing/run-model.ts'
import { randomNumbers, type TinyNode, tinyModel } from '../testing/tiny-models.ts'
import { floatTensor } from './constants.ts'
import type { ConstantTensor, Model } from './ir.ts'
import { mergeBatchNormalization } from './merge-batch-normalization.ts'
import { graphProblems } from './verify-graph.ts'

let serial = 0
const constants: Record<string, ConstantTensor> = {}

function random(dims: readonly number[], low = -1, high = 1): string {
  const name = `c${serial++}`
  const size = dims.reduce((product, dim) => product * dim, 1)
  const numbers = randomNumbers(size, serial).map((u) => low + ((u + 1) / 2) * (high - low))
  constants[name] = floatTensor(numbers, dims)
  return name
}
const conv = (x: string, y: string, dims: readonly number[], attributes = {}): TinyNode => ({
  op: 'Conv',
  inputs: [x, random(dims), random([dims[0]!])],
  outputs: [y],
  attributes,
})
const norm = (x: string, y: string, channels: number, low = -2): TinyNode => ({
  op: 'BatchNormalization',
  inputs: [
    x,
    random([channels], low, 2),
    random([channels]),
    random([channels]),
    random([channels], 0.2, 2),
  ],
  outputs: [y],
})
const node = (op: string, x: string, y: string, attributes = {}): TinyNode => ({
  op,
  inputs: x.split(' '),
  outputs: [y],
  attributes,
})
const pads = { pads: [1, 1, 1, 1] }
const window = { kernel_shape: [2, 2], strides: [2, 2] }

/** Nodes by network, and how many batch norms stay nodes. */
const CASES: Readonly<Record<string, readonly [nodes: () => readonly TinyNode[], left: number]>> = {
  'after a convolution': [() => [conv('x', 'a', [3, 4, 3, 3], pads), norm('a', 'y', 3)], 0],
  'two after one another': [
    () => [conv('x', 'a', [3, 4, 1, 1]), norm('a', 'b', 3), norm('b', 'y', 3)],
    0,
  ],
  'after a concatenation of convolutions': [
    () => [
      conv('x', 'a', [3, 4, 3, 3], pads),
      conv('x', 'b', [2, 4, 1, 1]),
      node('Concat', 'a b', 'c', { axis: 1 }),
      norm('c', 'y', 5),
    ],
    0,
  ],
  'after concatenations that share a convolution': [
    () => [
      conv('x', 'a', [3, 4, 3, 3], pads),
      node('Concat', 'a x', 'c', { axis: -3 }),
      norm('c', 'd', 7),
      node('Relu', 'd', 'r'),
      conv('r', 'b', [2, 7, 3, 3], pads),
      node('Concat', 'x b a', 'e', { axis: 1 }),
      norm('e', 'f', 9),
      node('Relu', 'f', 'y'),
    ],
    4,
  ],
  'after average pooling': [
    () => [
      conv('x', 'a', [3, 4, 1, 1]),
      node('AveragePool', 'a', 'b', { ...window, ...pads }),
      norm('b', 'y', 3),
    ],
    0,
  ],
  'after average pooling that counts padding': [
    () => [
      conv('x', 'a', [3, 4, 1, 1]),
      node('AveragePool', 'a', 'b', { ...window, ...pads, count_include_pad: 1 }),
      norm('b', 'y', 3),
    ],
    1,
  ],
  'after max pooling, positive factors': [
    () => [conv('x', 'a', [3, 4, 1, 1]), node('MaxPool', 'a', 'b', window), norm('b', 'y', 3, 0.5)],
    0,
  ],
  'after max pooling, factors of both signs': [
    () => [conv('x', 'a', [6, 4, 1, 1]), node('MaxPool', 'a', 'b', window), norm('b', 'y', 6)],
    1,
  ],
  'after an activation, before a padded convolution': [
    () => [
      conv('x', 'a', [3, 4, 1, 1]),
      node('Relu', 'a', 'r'),
      norm('r', 'b', 3),
      conv('b', 'y', [2, 3, 3, 3], pads),
    ],
    1,
  ],
  'before a convolution without padding': [
    () => [norm('x', 'a', 4), conv('a', 'y', [6, 2, 3, 3], { group: 2 })],
    0,
  ],
  'before several convolutions without padding': [
    () => [
      norm('x', 'a', 4),
      conv('a', 'b', [3, 4, 3, 3]),
      conv('a', 'c', [2, 4, 3, 3]),
      node('Concat', 'b c', 'y', { axis: 1 }),
    ],
    0,
  ],
  'before a convolution and an addition': [
    () => [norm('x', 'a', 4), conv('a', 'b', [4, 4, 1, 1]), node('Add', 'a b', 'y')],
    1,
  ],
  'before a dense layer': [
    () => [
      node('GlobalAveragePool', 'x', 'a'),
      node('Flatten', 'a', 'b'),
      norm('b', 'c', 4),
      { op: 'Gemm', inputs: ['c', random([4, 3])], outputs: ['y'] },
    ],
    0,
  ],
  'on a residual stream': [
    () => [
      conv('x', 'a', [4, 4, 3, 3], pads),
      norm('a', 'b', 4),
      node('Relu', 'b', 'c'),
      conv('c', 'd', [4, 4, 3, 3], pads),
      node('Add', 'a d', 'e'),
      norm('e', 'y', 4),
    ],
    2,
  ],
}

describe('mergeBatchNormalization', () => {
  it.each(Object.entries(CASES))('%s', async (_, [nodes, left]) => {
    const model = tinyModel({ inputs: { x: [2, 4, 6, 6] }, nodes: nodes(), constants })
    const merged = await check(model, 'y')
    const norms = merged.graph.nodes.filter(({ op }) => op === 'BatchNormalization')
    expect(norms).toHaveLength(left)
  })

  it('keeps the explained value', async () => {
    const model = tinyModel({
      inputs: { x: [2, 4, 6, 6] },
      nodes: [conv('x', 'a', [3, 4, 1, 1]), norm('a', 'b', 3), node('Relu', 'b', 'y')],
      constants,
    })
    for (const target of ['a', 'b', 'y']) {
      const merged = await check(model, target)
      const made = merged.graph.nodes.flatMap(({ outputs }) => outputs)
      expect(made).toContain(target)
    }
  })
})

/** The same predictions, a sound graph, and the true type of every value. */
async function check(model: Model, target: string): Promise<Model> {
  const feeds = randomFeeds(model)
  const types = await traceTypes(model, feeds)
  const merged = mergeBatchNormalization({ model, types }, target)
  expect(graphProblems(merged.model)).toEqual([])
  const [before, after] = [await runModel(model, feeds), await runModel(merged.model, feeds)]
  expect(largestDifference(before, after)).toBeLessThan(5e-5)
  const traced = await traceTypes(merged.model, feeds)
  for (const name of merged.model.graph.nodes.flatMap(({ outputs }) => outputs)) {
    expect(merged.types.get(name)?.dims, name).toEqual(traced.get(name)?.dims)
  }
  return merged.model
}
