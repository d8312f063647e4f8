import { describe, expect, test } from 'vitest'
import { findPeak } from '../../onnx/activation-memory.ts'
import { createGraphBuilder } from '../../onnx/graph-builder.ts'
import type { Model } from '../../onnx/ir.ts'
import { createFeeds, runGradient, traceTypes } from '../../testing/check-gradient.ts'
import { runModel } from '../../testing/run-model.ts'
import { randomFloats, type TinyNode, tinyModel } from '../../testing/tiny-models.ts'
import { compileTyped } from '../compile-typed.ts'
import { traitsOf } from '../lowering/provider-traits.ts'
import { recomputeCheap } from './recompute.ts'

/** A cheap large value `a` that is read at once and again at the end. */
const around = (...middle: TinyNode[]) =>
  tinyModel({
    inputs: { x: [1, 1, 8, 8, 8] },
    constants: { w: randomFloats([16, 1, 1, 1, 1], 1), v: randomFloats([16, 16, 3, 3, 3], 2) },
    nodes: [
      { op: 'Conv', inputs: ['x', 'w'], outputs: ['a'] },
      ...middle,
      { op: 'Sub', inputs: ['end', 'a'], outputs: ['y'] },
    ],
  })

async function lighten(model: Model, enough: number) {
  const feeds = createFeeds(model, {})
  const g = createGraphBuilder(model.graph, await traceTypes(model, feeds))
  const graph = recomputeCheap(g, model.graph, enough)
  const peakOf = (some: Model['graph']) => findPeak(some, g.types()).bytes
  const before = await runModel(model, feeds)
  const after = await runModel({ ...model, graph }, feeds)
  return { graph, peaks: [peakOf(model.graph), peakOf(graph)] as const, before, after }
}

describe('a value that is cheap to compute again', () => {
  const pads = { pads: [1, 1, 1, 1, 1, 1] }
  const model = around(
    { op: 'Relu', inputs: ['a'], outputs: ['b'] },
    { op: 'Conv', inputs: ['b', 'v'], outputs: ['c'], attributes: pads },
    { op: 'Conv', inputs: ['c', 'v'], outputs: ['end'], attributes: pads },
  )

  test('is not held, and the numbers are the same', async () => {
    const { graph, peaks, before, after } = await lighten(model, 0)
    expect(graph.nodes.filter(({ op }) => op === 'Conv')).toHaveLength(4)
    expect(peaks[1]).toBeLessThan(peaks[0])
    expect(after).toEqual(before)
  })

  test('is held where that is little enough', async () => {
    const { graph } = await lighten(model, 2 ** 30)
    expect(graph).toBe(model.graph)
  })
})

test('what is dear is held', async () => {
  const dear = tinyModel({
    inputs: { x: [1, 16, 8, 8, 8] },
    constants: { v: randomFloats([16, 16, 5, 5, 5], 2) },
    nodes: [
      { op: 'Conv', inputs: ['x', 'v'], outputs: ['a'], attributes: { pads: [2, 2, 2, 2, 2, 2] } },
      { op: 'Exp', inputs: ['a'], outputs: ['b'] },
      { op: 'Concat', inputs: ['b', 'b'], outputs: ['c'], attributes: { axis: 1 } },
      { op: 'Slice', inputs: ['c', 'from', 'to', 'one'], outputs: ['end'] },
      { op: 'Sub', inputs: ['end', 'a'], outputs: ['y'] },
    ],
  })
  const ints = (value: number) =>
    ({
      dtype: 'int64',
      dims: [1],
      bytes: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer),
    }) as const
  const initializers = new Map([...dear.graph.initializers])
  for (const [name, value] of [
    ['from', 0],
    ['to', 16],
    ['one', 1],
  ] as const)
    initializers.set(name, ints(value))
  const whole = { ...dear, graph: { ...dear.graph, initializers } }
  const { graph } = await lighten(whole, 0)
  expect(graph.nodes.filter(({ op }) => op === 'Conv')).toHaveLength(1)
})

test('a gradient whose first layer runs twice is that of the form that holds it', async () => {
  const dims = [1, 1, 32, 32, 32]
  const norm = (x: string, y: string): TinyNode => ({
    op: 'InstanceNormalization',
    inputs: [x, 'scale', 'bias'],
    outputs: [y],
  })
  const pads = { pads: [1, 1, 1, 1, 1, 1] }
  const model = tinyModel({
    inputs: { x: dims },
    constants: {
      w: randomFloats([8, 1, 3, 3, 3], 1),
      v: randomFloats([8, 8, 3, 3, 3], 2),
      u: randomFloats([2, 8, 1, 1, 1], 3),
      scale: randomFloats([8], 4),
      bias: randomFloats([8], 5),
    },
    nodes: [
      { op: 'Conv', inputs: ['x', 'w'], outputs: ['a'], attributes: pads },
      norm('a', 'b'),
      { op: 'Relu', inputs: ['b'], outputs: ['c'] },
      { op: 'Conv', inputs: ['c', 'v'], outputs: ['d'], attributes: pads },
      norm('d', 'e'),
      { op: 'Relu', inputs: ['e'], outputs: ['f'] },
      { op: 'Conv', inputs: ['f', 'v'], outputs: ['h'], attributes: pads },
      norm('h', 'i'),
      { op: 'Relu', inputs: ['i'], outputs: ['j'] },
      { op: 'Conv', inputs: ['j', 'u'], outputs: ['y'] },
    ],
  })
  const feeds = createFeeds(model, {})
  const compiled = compileTyped({
    model,
    types: await traceTypes(model, feeds),
    target: 'y',
    recipe: {
      key: 'test',
      rules: 'standard',
      emit: ({ inputs, gradients }) => gradients(inputs),
    },
    traits: traitsOf('wasm'),
  })
  const first = compiled.model.graph.nodes.filter(
    ({ op, inputs }) => op === 'Conv' && inputs[0] === 'x',
  )
  expect(first).toHaveLength(2)
  const weights = Array.from({ length: 2 * 32 ** 3 }, (_, i) => Math.cos(i))
  const run = async (provider: 'native' | 'webgpu') => {
    const { gradients } = await runGradient({ model, feeds, weights, provider })
    return Array.from(gradients[0]!.data, Number)
  }
  const light = await run('native')
  const plain = await run('webgpu')
  const error = Math.hypot(...light.map((value, i) => value - plain[i]!))
  expect(error / Math.hypot(...plain)).toBeLessThan(1e-5)
})
