import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { floats, largestDifference, randomFeeds, runModel } from '../testing/run-model.ts'
import { canonicalise } from './canonicalise.ts'
import { castToFloat32 } from './cast-to-float32.ts'
import { decode } from './codec.ts'
import { floatTensor, readFloats } from './constants.ts'
import type { Attributes, ConstantTensor, Graph, Model, Node, ValueTypes } from './ir.ts'
import { upgradeOpset } from './upgrade-opset.ts'
import { RANKS_OUTPUT, readValueTypes, SIZES_OUTPUT, withShapeOutputs } from './value-types.ts'
import { graphProblems } from './verify-graph.ts'

const FOLDERS = ['../../../parity/models', '../../../../shared/reference/cases/onnx']
  .map((path) => resolve(import.meta.dirname, path))
  .filter(existsSync)
const FILES = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.onnx'))
    .map((name) => [name, resolve(folder, name)] as const),
)

function read(path: string): Model {
  return upgradeOpset(decode(Uint8Array.from(readFileSync(path))))
}

async function trace(model: Model): Promise<ValueTypes> {
  const results = await runModel(withShapeOutputs(model), randomFeeds(model), {
    fetches: [RANKS_OUTPUT, SIZES_OUTPUT],
  })
  return readValueTypes(model, {
    ranks: results[RANKS_OUTPUT]!.data as BigInt64Array,
    sizes: results[SIZES_OUTPUT]!.data as BigInt64Array,
  })
}

function node(op: string, inputs: string[], outputs: string[], attributes: Attributes = {}): Node {
  return { name: outputs.join(), domain: '', op, inputs, outputs, attributes }
}

function modelOf(nodes: Node[], outputs: string[], change: Partial<Graph> = {}): Model {
  const info = (name: string) => ({ name, dtype: 'float32', dims: [2] }) as const
  return {
    irVersion: 8,
    producer: '',
    opsets: new Map([['', 18]]),
    metadata: new Map(),
    graph: {
      name: 'g',
      inputs: [info('x')],
      outputs: outputs.map(info),
      nodes,
      initializers: new Map(),
      ...change,
    },
  }
}

describe('canonicalise on real files', () => {
  it.each(FILES)('%s predicts the same', async (_, path) => {
    const original = read(path)
    const feeds = randomFeeds(original)
    const before = await runModel(original, feeds)
    for (const types of [undefined, await trace(original)]) {
      const canonical = canonicalise(original, types)
      expect(graphProblems(canonical)).toEqual([])
      expect(largestDifference(before, await runModel(canonical, feeds))).toBeLessThan(1e-6)
      const left = canonical.graph.nodes.map((each) => each.op)
      for (const gone of ['Constant', 'Dropout', ...(types ? ['Shape', 'Size'] : [])]) {
        expect(left).not.toContain(gone)
      }
    }
  })

  it('leaves no integer plumbing in a traced dynamic reshape', async () => {
    const original = read(resolve(FOLDERS[0]!, 'volume-script-9.onnx'))
    const canonical = canonicalise(original, await trace(original))
    expect(original.graph.nodes.map((each) => each.op)).toContain('Shape')
    for (const op of ['Shape', 'Gather', 'Unsqueeze', 'Concat', 'Cast']) {
      expect(canonical.graph.nodes.map((each) => each.op)).not.toContain(op)
    }
  })
})

describe('canonicalise', () => {
  it('drops Identity and Dropout but keeps the names of outputs', () => {
    const { graph } = canonicalise(
      modelOf(
        [
          node('Identity', ['x'], ['a']),
          node('Relu', ['a'], ['b']),
          node('Dropout', ['b'], ['c', 'unused']),
          node('Identity', ['c'], ['d']),
          node('Neg', ['d'], ['e']),
          node('Dropout', ['d'], ['y']),
        ],
        ['y', 'e'],
      ),
    )
    expect(graph.nodes.map(({ op, inputs, outputs }) => [op, inputs, outputs])).toEqual([
      ['Relu', ['x'], ['b']],
      ['Neg', ['b'], ['e']],
      ['Identity', ['b'], ['y']],
    ])
    expect(graph.outputs.map((output) => output.name)).toEqual(['y', 'e'])
  })

  it('keeps a Dropout whose mask is used', () => {
    const nodes = [
      node('Dropout', ['x'], ['d', 'mask']),
      node('Cast', ['mask'], ['m'], { to: { kind: 'int', value: 1 } }),
      node('Mul', ['d', 'm'], ['y']),
    ]
    const ops = canonicalise(modelOf(nodes, ['y'])).graph.nodes.map((each) => each.op)
    expect(ops).toEqual(['Dropout', 'Cast', 'Mul'])
  })

  it('removes nodes and weights that nothing uses, never inputs', () => {
    const initializers = new Map([
      ['w', floatTensor([1, 2])],
      ['unused', floatTensor([3])],
    ])
    const inputs = ['x', 'extra'].map((name) => ({ name, dtype: 'float32', dims: [2] }) as const)
    const nodes = [node('Add', ['x', 'w'], ['y']), node('Relu', ['x'], ['lost'])]
    const { graph } = canonicalise(modelOf(nodes, ['y'], { initializers, inputs }))
    expect(graph.nodes.map((each) => each.name)).toEqual(['y'])
    expect([...graph.initializers.keys()]).toEqual(['w'])
    expect(graph.inputs).toEqual(inputs)
  })

  it('keeps an output that is constant', async () => {
    const constant: Attributes = { value: { kind: 'tensor', value: floatTensor([4, 5]) } }
    const model = modelOf(
      [node('Constant', [], ['y'], constant), node('Relu', ['x'], ['z'])],
      ['y', 'z'],
    )
    const { y } = await runModel(canonicalise(model), { x: floats([1, 2], [2]) })
    expect([...y!.data]).toEqual([4, 5])
  })
})

describe('castToFloat32', () => {
  const half = (values: readonly number[]): ConstantTensor => ({
    dtype: 'float16',
    dims: [values.length],
    bytes: new Uint8Array(Uint16Array.from(values).buffer),
  })

  it('reads every kind of half', () => {
    // 1, -2, the largest, the smallest subnormal, minus zero, infinity, NaN.
    const bits = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x7c00, 0x7e00]
    const expected = [1, -2, 65504, 2 ** -24, -0, Number.POSITIVE_INFINITY, Number.NaN]
    expect([...readFloats(half(bits))]).toEqual(expected)
    const brain = { ...half([0x3f80, 0xc040, 0x0001, 0x7f80]), dtype: 'bfloat16' } as const
    expect([...readFloats(brain)]).toEqual([1, -3, 2 ** -133, Number.POSITIVE_INFINITY])
  })

  it('makes a float16 model a float32 model that predicts the same', async () => {
    const model = modelOf(
      [
        node('Cast', ['x'], ['h'], { to: { kind: 'int', value: 10 } }),
        node('Mul', ['h', 'w'], ['m']),
        node('Cast', ['m'], ['y'], { to: { kind: 'int', value: 1 } }),
      ],
      ['y'],
      { initializers: new Map([['w', half([0x3c00, 0xc000])]]) },
    )
    const { model: cast, replaced } = castToFloat32(model)
    expect(replaced).toEqual(['float16'])
    expect(cast.graph.initializers.get('w')!.dtype).toBe('float32')
    const feeds = { x: floats([0.5, 0.25], [2]) }
    const expected = await runModel(model, feeds)
    expect(largestDifference(expected, await runModel(cast, feeds))).toBe(0)
  })

  it('changes the declared types of inputs and outputs', async () => {
    const info = (name: string) => ({ name, dtype: 'float64', dims: [2] }) as const
    const model = modelOf([node('Exp', ['x'], ['y'])], [], {
      inputs: [info('x')],
      outputs: [info('y')],
    })
    const { model: cast, replaced } = castToFloat32(model)
    expect(replaced).toEqual(['float64'])
    const { y } = await runModel(cast, { x: floats([0, 1], [2]) })
    expect(y!.data[1]).toBeCloseTo(Math.E, 6)
  })

  it('returns a float32 model as it is', () => {
    const model = modelOf([node('Relu', ['x'], ['y'])], ['y'])
    expect(castToFloat32(model)).toEqual({ model, replaced: [] })
    expect(castToFloat32(model).model).toBe(model)
  })
})
