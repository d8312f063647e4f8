import { describe, expect, test } from 'vitest'
import { runOrder } from '../../onnx/run-order.ts'
import {
  createFeeds,
  gradientRecipeOf,
  runGradient,
  traceTypes,
} from '../../testing/check-gradient.ts'
import { float, randomFloats, type TinyNode, tinyModel } from '../../testing/tiny-models.ts'
import { compileExplanation, SCORES } from '../gradient-graph.ts'
import { traitsOf } from './provider-traits.ts'

/** Just large enough for an order to be kept. */
const DIMS = [1, 4, 16, 32, 32]
const COUNT = DIMS.reduce((a, b) => a * b, 1)

const network = (node: TinyNode) =>
  tinyModel({
    inputs: { x: DIMS },
    constants: {
      first: randomFloats([4, 4, 1, 1, 1], 1),
      last: randomFloats([4, 4, 1, 1, 1], 2),
      scale: randomFloats([4], 3),
      bias: randomFloats([4], 4),
      row: randomFloats([32], 5),
      slope: { ...randomFloats([4, 1, 1, 1], 6), bytes: bytesOf(0.1, 1, 0.5, 0.2) },
      steep: { ...randomFloats([4, 1, 1, 1], 6), bytes: bytesOf(-0.1, 2, 0, 0.2) },
    },
    nodes: [
      { op: 'Conv', inputs: ['x', 'first'], outputs: ['a'] },
      { ...node, outputs: ['b'] },
      { op: 'Conv', inputs: ['b', 'last'], outputs: ['c'] },
    ],
  })

function bytesOf(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer)
}

const layers: readonly TinyNode[] = [
  { op: 'Relu', inputs: ['a'] },
  { op: 'LeakyRelu', inputs: ['a'], attributes: { alpha: float(0.2) } },
  { op: 'LeakyRelu', inputs: ['a'], attributes: { alpha: float(-0.2) } },
  { op: 'PRelu', inputs: ['a', 'slope'] },
  { op: 'PRelu', inputs: ['a', 'steep'] },
  { op: 'InstanceNormalization', inputs: ['a', 'scale', 'bias'] },
  { op: 'LayerNormalization', inputs: ['a', 'row'] },
]

describe('a value that is large enough for its order to be kept', () => {
  test.each(layers.map((node) => [node.op, node] as const))(
    '%s has the gradient of the form that keeps none',
    async (_, node) => {
      const model = network(node)
      const feeds = createFeeds(model, {})
      const weights = Array.from({ length: COUNT }, (_unused, i) => Math.cos(i))
      const run = async (provider: 'native' | 'webgpu') => {
        const { gradients } = await runGradient({ model, feeds, weights, provider })
        return Array.from(gradients[0]!.data, Number)
      }
      const ordered = await run('native')
      const plain = await run('webgpu')
      const scale = Math.max(...plain.map(Math.abs))
      expect(scale).toBeGreaterThan(0)
      for (const [i, value] of ordered.entries())
        if (Math.abs(value - plain[i]!) > 2e-6 * scale) expect(value).toBe(plain[i])
    },
  )
})

test('an infinite cotangent that no product has mixed stops at a closed ReLU, large or not', async () => {
  const { graph, ...rest } = network({ op: 'Relu', inputs: ['a'] })
  const root = tinyModel({ inputs: {}, nodes: [{ op: 'Sqrt', inputs: ['b'], outputs: ['c'] }] })
  const nodes = [...graph.nodes.slice(0, 2), ...root.graph.nodes]
  const model = { ...rest, graph: { ...graph, nodes } }
  const weights = new Array<number>(COUNT).fill(1)
  const { gradients } = await runGradient({ model, feeds: createFeeds(model, {}), weights })
  const values = Array.from(gradients[0]!.data, Number)
  expect(values.every(Number.isFinite)).toBe(true)
  expect(values.some((value) => value !== 0)).toBe(true)
})

async function orderOf(node: TinyNode) {
  const model = network(node)
  const { graph } = compileExplanation({
    model,
    types: await traceTypes(model, createFeeds(model, {})),
    target: 'c',
    recipe: gradientRecipeOf(undefined, 'standard'),
    traits: traitsOf('native'),
  })
  return runOrder(graph)
}

test('the scores are read before the backward pass begins', async () => {
  const order = await orderOf(layers[0]!)
  const scores = order.findIndex(({ outputs }) => outputs[0] === SCORES)
  const backward = order.findIndex(({ op, name }) => op === 'Conv' && name.startsWith('saliscope/'))
  expect(scores).toBeGreaterThan(0)
  expect(scores).toBeLessThan(backward)
})

test('until the cotangent is there, a mask is one byte a number', async () => {
  for (const node of layers.slice(0, 2)) {
    const ops = (await orderOf(node)).map(({ op, outputs: [name = ''] }) =>
      name.startsWith('saliscope/') ? `backward ${op}` : op,
    )
    const mask = ops.indexOf('backward Greater')
    const cotangent = ops.indexOf('backward Conv')
    const floats = ops.indexOf('backward Cast', cotangent)
    expect(mask).toBeGreaterThan(ops.indexOf('Conv'))
    expect(mask).toBeLessThan(cotangent)
    expect(ops.slice(0, cotangent)).toContain('backward Greater')
    expect(floats).toBeGreaterThan(cotangent)
  }
})
