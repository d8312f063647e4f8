import { expect, test } from 'vitest'
import { createNodeRuntime } from '../../engine/runtime-node.ts'
import { encode } from '../onnx/codec.ts'
import { createFeeds, traceTypes } from '../testing/check-gradient.ts'
import { randomFloats, tinyModel } from '../testing/tiny-models.ts'
import { CONTROL } from './apply-control.ts'
import { compileExplanation, SCORES, TARGET_WEIGHTS } from './gradient-graph.ts'
import { traitsOf } from './lowering/provider-traits.ts'
import type { Control, ExplanationRecipe } from './recipe.ts'

// y = relu(x W) + relu(x W) * relu(x W): two readers of `a`.
const model = tinyModel({
  inputs: { x: [2, 3] },
  constants: { W: randomFloats([3, 4]) },
  nodes: [
    { op: 'MatMul', inputs: ['x', 'W'], outputs: ['h'] },
    { op: 'Relu', inputs: ['h'], outputs: ['a'] },
    { op: 'Mul', inputs: ['a', 'a'], outputs: ['square'] },
    { op: 'Add', inputs: ['a', 'square'], outputs: ['y'] },
  ],
})
const feeds = {
  x: { dtype: 'float32', dims: [2, 3], data: Float32Array.of(1, 2, 3, -1, 0.5, 2) },
} as const

async function compile(control: Control, target = 'y', emit: ExplanationRecipe['emit'] = () => []) {
  return compileExplanation({
    model,
    types: await traceTypes(model, createFeeds(model, {})),
    target,
    recipe: { key: 'test', rules: 'standard', control, emit },
    traits: traitsOf('native'),
  })
}

async function run(
  compiled: Awaited<ReturnType<typeof compile>>,
  control: readonly number[],
  dims: readonly number[],
) {
  const session = await createNodeRuntime({ threads: 1 }).createSession(encode(compiled))
  const weights = { dtype: 'float32', dims: [2, 4], data: new Float32Array(8).fill(1) } as const
  const given = { dtype: 'float32', dims, data: Float32Array.from(control) } as const
  const names = compiled.graph.outputs.map(({ name }) => name)
  const results = await session.run(
    { ...feeds, [TARGET_WEIGHTS]: weights, [CONTROL]: given },
    names,
  )
  await session.release()
  return names.map((name) => Array.from(results[name]!.data as Float32Array))
}

const given: Control = {
  dims: (value) => value('a').dims,
  replaced: ['a'],
  replace: (_g, _value, control) => control,
}

test('every reader of a replaced value reads the stand-in, and what led to it is not computed', async () => {
  const compiled = await compile(given)
  expect(compiled.graph.nodes.map(({ op }) => op)).not.toContain('MatMul')
  const [scores] = await run(compiled, [1, 0, 2, 0, 3, 0, 0, 1], [2, 4])
  // a + a^2 summed over the row.
  expect(scores).toEqual([1 + 1 + 2 + 4, 3 + 9 + 1 + 1])
  expect(compiled.graph.outputs[0]!.name).toBe(SCORES)
})

test('the explained value itself can be replaced', async () => {
  const [scores] = await run(await compile(given, 'a'), [1, 0, 2, 0, 3, 0, 0, 1], [2, 4])
  expect(scores).toEqual([3, 4])
})

test('an input is masked in the graph, while the recipe still sees the input itself', async () => {
  const masked: Control = {
    dims: (value) => [value('x').dims[0]!, 1],
    replaced: ['x'],
    replace: (g, value, control) => g.mul(value, control),
  }
  const compiled = await compile(masked, 'y', ({ g, inputs, control }) => {
    expect(inputs.map(({ name }) => name)).toEqual(['x'])
    return [g.rename(inputs[0]!, 'seen'), g.rename(control!, 'mask')]
  })
  const [masksOfOne] = await run(compiled, [1, 1], [2, 1])
  const [scores, seen, mask] = await run(compiled, [0, 1], [2, 1])
  expect(scores).toEqual([0, masksOfOne![1]])
  expect(masksOfOne![0]).not.toBe(0)
  expect(seen).toEqual(Array.from(feeds.x.data))
  expect(mask).toEqual([0, 1])
})

test('a value that does not exist, or a stand-in of another shape, is refused', async () => {
  await expect(compile({ ...given, dims: (value) => value('nowhere').dims })).rejects.toThrow(
    "no value named 'nowhere'",
  )
  await expect(compile({ ...given, replace: (g) => g.zeros([1, 4]) })).rejects.toThrow(
    "stand-in for 'a' has another shape",
  )
})
