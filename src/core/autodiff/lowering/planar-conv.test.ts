import { expect, test } from 'vitest'
import { createFeeds, gradientRecipeOf, traceTypes } from '../../testing/check-gradient.ts'
import { largestDifference, runModel } from '../../testing/run-model.ts'
import { count, randomFloats, tinyModel } from '../../testing/tiny-models.ts'
import { compileTyped } from '../compile-typed.ts'
import { TARGET_WEIGHTS } from '../gradient-graph.ts'
import { planarise } from './planar-conv.ts'
import { traitsOf } from './provider-traits.ts'

interface Sample {
  readonly x: readonly number[]
  readonly w: readonly number[]
  readonly strides?: readonly number[]
  readonly dilations?: readonly number[]
  readonly pads?: readonly number[]
}

function network({ x, w, strides, dilations, pads = [1, 1, 1, 1, 1, 1] }: Sample) {
  const attributes = { pads, ...(strides && { strides }), ...(dilations && { dilations }) }
  return tinyModel({
    inputs: { x: [...x] },
    constants: {
      w: randomFloats([...w], 1),
      b: randomFloats([w[0]!], 2),
      last: randomFloats([4, w[0]!, 1, 1, 1], 3),
    },
    nodes: [
      { op: 'Conv', inputs: ['x', 'w', 'b'], outputs: ['a'], attributes },
      { op: 'Relu', inputs: ['a'], outputs: ['r'] },
      { op: 'Conv', inputs: ['r', 'last'], outputs: ['y'] },
    ],
  })
}

const samples: readonly Sample[] = [
  { x: [1, 1, 12, 10, 11], w: [16, 1, 7, 7, 7], strides: [2, 2, 2], pads: [3, 3, 3, 3, 3, 3] },
  { x: [2, 16, 5, 6, 7], w: [16, 16, 3, 3, 3] },
  { x: [3, 4, 6, 5, 5], w: [32, 4, 2, 3, 1], pads: [0, 1, 0, 1, 2, 0] },
  { x: [1, 8, 9, 8, 7], w: [12, 8, 3, 3, 3], dilations: [2, 1, 2], strides: [1, 2, 1] },
  { x: [2, 4, 1, 6, 6], w: [16, 4, 3, 3, 3] },
  { x: [1, 4, 3, 6, 6], w: [16, 4, 3, 3, 3], pads: [0, 1, 1, 0, 1, 1] },
  // Flat: every plane alone.
  { x: [2, 4, 5, 6, 7], w: [16, 4, 1, 3, 3], pads: [0, 1, 1, 0, 1, 1] },
  { x: [1, 3, 6, 7, 8], w: [16, 3, 1, 5, 2], pads: [1, 2, 0, 0, 2, 1], strides: [2, 2, 1] },
]

test.each(samples)('planes give the gradient of the 3-D form: %j', async (sample) => {
  const model = network(sample)
  const feeds = createFeeds(model, {})
  const types = await traceTypes(model, feeds)
  const recipe = gradientRecipeOf(undefined, 'standard')
  const deep = compileTyped({ model, types, target: 'y', recipe, traits: traitsOf('native') })
  const planar = planarise(deep, traitsOf('native'), 0)
  const dims = types.get('y')!.dims
  const data = Float32Array.from({ length: count(dims) }, (_, i) => Math.cos(i))
  const given = { ...feeds, [TARGET_WEIGHTS]: { dtype: 'float32', dims, data } as const }
  const before = await runModel(deep.model, given)
  const gradient = Array.from(before['gradient.0']!.data as Float32Array, Math.abs)
  const size = Math.max(...gradient)
  expect(size).toBeGreaterThan(0)
  expect(largestDifference(before, await runModel(planar.model, given))).toBeLessThan(5e-6 * size)
  const flat = planar.model.graph.nodes.filter(({ op, inputs }) => {
    return op === 'Conv' && planar.types.get(inputs[1]!)?.dims.length === 4
  })
  expect(flat.length).toBeGreaterThan(0)
})

/** Ranks of the weights of all convolutions, after the rewrite. */
async function weightRanks(sample: Sample) {
  const model = network(sample)
  const types = await traceTypes(model, createFeeds(model, {}))
  const planar = planarise({ model, types }, traitsOf('native'), 0)
  const convs = planar.model.graph.nodes.filter(({ op }) => op === 'Conv')
  return convs.map(({ inputs }) => planar.types.get(inputs[1]!)?.dims.length)
}

test('the forward run gives the same numbers, and keeps its names', async () => {
  for (const sample of samples) {
    const model = network(sample)
    const feeds = createFeeds(model, {})
    const types = await traceTypes(model, feeds)
    const planar = planarise({ model, types }, traitsOf('native'), 0)
    const made = planar.model.graph.nodes.flatMap(({ outputs }) => outputs)
    for (const name of ['a', 'r', 'y']) expect(made).toContain(name)
    const before = await runModel(model, feeds)
    expect(largestDifference(before, await runModel(planar.model, feeds))).toBeLessThan(2e-5)
    expect(await weightRanks(sample)).toEqual([4, 5])
  }
})

test('what would not gain by it stays as it is', async () => {
  // A kernel that is a line across the planes, few outputs, and channels that the runtime cannot fill up.
  for (const w of [
    [16, 4, 3, 1, 1],
    [4, 4, 3, 3, 3],
    [16, 7, 3, 3, 3],
  ]) {
    expect(await weightRanks({ x: [1, w[1]!, 5, 5, 5], w })).toEqual([5, 5])
  }
  const model = network(samples[1]!)
  expect(await weightRanks(samples[1]!)).toEqual([4, 5])
  const types = await traceTypes(model, createFeeds(model, {}))
  expect(planarise({ model, types }, traitsOf('wasm'), 0).model).toBe(model)
  // Too small to pay for a slower opening.
  const small = planarise({ model, types }, traitsOf('native'))
  expect(small.model.graph.nodes).toEqual(model.graph.nodes)
})
