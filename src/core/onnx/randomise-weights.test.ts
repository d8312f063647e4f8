import { describe, expect, test } from 'vitest'
import { largestDifference, randomFeeds, runModel } from '../testing/run-model.ts'
import { ints, randomFloats, tinyModel } from '../testing/tiny-models.ts'
import { floatTensor, readFloats } from './constants.ts'
import type { Model } from './ir.ts'
import { randomiseWeights } from './randomise-weights.ts'

const resized = tinyModel({
  inputs: { x: [1, 2, 4, 4] },
  constants: {
    w: randomFloats([3, 2, 3, 3]),
    b: floatTensor([0.5, -1, 2]),
    scale: floatTensor([1, 2, 3]),
    shift: floatTensor([0, 1, -1]),
    mean: floatTensor([0.1, 0.2, 0.3]),
    variance: floatTensor([0.5, 1, 4]),
    roi: floatTensor([]),
    scales: floatTensor([1, 1, 2, 3]),
    shape: ints(1, -1),
  },
  nodes: [
    { op: 'Conv', inputs: ['x', 'w', 'b'] },
    { op: 'BatchNormalization', inputs: ['y0', 'scale', 'shift', 'mean', 'variance'] },
    { op: 'Resize', inputs: ['y1', 'roi', 'scales'] },
    { op: 'Reshape', inputs: ['y2', 'shape'] },
  ],
})

const valuesOf = (model: Model, name: string) => [
  ...readFloats(model.graph.initializers.get(name) ?? floatTensor([])),
]

describe('randomiseWeights', () => {
  test('weights keep their values and lose their places', () => {
    const dealt = randomiseWeights(resized, 3)
    const [before, after] = [valuesOf(resized, 'w'), valuesOf(dealt, 'w')]
    expect(after).not.toEqual(before)
    expect(after.toSorted()).toEqual(before.toSorted())
    // A permutation of 54 values leaves about one of them in place.
    expect(after.filter((value, at) => value === before[at]).length).toBeLessThan(6)
    for (const name of ['b', 'scale', 'shift', 'mean', 'variance'])
      expect(valuesOf(dealt, name).toSorted()).toEqual(valuesOf(resized, name).toSorted())
  })

  test('what is no weight stays: scales, shapes, nodes, and the model that was given', () => {
    const original = valuesOf(resized, 'w')
    const dealt = randomiseWeights(resized, 3)
    expect(valuesOf(dealt, 'scales')).toEqual([1, 1, 2, 3])
    expect(dealt.graph.initializers.get('shape')).toBe(resized.graph.initializers.get('shape'))
    expect(dealt.graph.nodes).toEqual(resized.graph.nodes)
    expect(valuesOf(resized, 'w')).toEqual(original)
  })

  test('a seed means one network; another seed another', () => {
    const once = valuesOf(randomiseWeights(resized, 3), 'w')
    expect(valuesOf(randomiseWeights(resized, 3), 'w')).toEqual(once)
    expect(valuesOf(randomiseWeights(resized, 4), 'w')).not.toEqual(once)
  })

  test('the network still runs, with finite and other results', async () => {
    const feeds = randomFeeds(resized)
    const trained = await runModel(resized, feeds)
    const random = await runModel(randomiseWeights(resized, 3), feeds)
    expect(
      Object.values(random)
        .flatMap(({ data }) => [...data].map(Number))
        .every(Number.isFinite),
    ).toBe(true)
    expect(largestDifference(trained, random)).toBeGreaterThan(0.1)
  })

  test('weights in Constant nodes and of half precision are dealt too', () => {
    const half = {
      dtype: 'float16',
      dims: [4],
      bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    } as const
    const model = tinyModel({
      inputs: { x: [1, 4] },
      nodes: [
        { op: 'Constant', inputs: [], outputs: ['c'] },
        { op: 'Mul', inputs: ['x', 'c'] },
      ],
    })
    const [constant, ...rest] = model.graph.nodes
    const held = { ...constant!, attributes: { value: { kind: 'tensor', value: half } } } as const
    const seeds = [1, 2, 3].map((seed) => {
      const { nodes } = randomiseWeights(
        { ...model, graph: { ...model.graph, nodes: [held, ...rest] } },
        seed,
      ).graph
      const value = nodes[0]?.attributes.value
      return value?.kind === 'tensor' ? [...value.value.bytes] : []
    })
    // Elements stay whole: a 1 is followed by its 2.
    for (const bytes of seeds) {
      const pairs = [0, 2, 4, 6].map((at) => bytes.slice(at, at + 2).join())
      expect(pairs.toSorted()).toEqual(['1,2', '3,4', '5,6', '7,8'])
    }
    expect(new Set(seeds.map(String)).size).toBeGreaterThan(1)
  })

  test('a model without weights says so', () => {
    const bare = tinyModel({ inputs: { x: [1, 3] }, nodes: [{ op: 'Relu', inputs: ['x'] }] })
    expect(() => randomiseWeights(bare, 1)).toThrow(/no weights of real numbers/)
  })
})
