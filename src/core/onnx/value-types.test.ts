import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { randomFeeds, runModel } from '../testing/run-model.ts'
import { decode } from './codec.ts'
import { int64Tensor } from './constants.ts'
import type { Attributes, Model, Node, ValueTypes } from './ir.ts'
import { RANKS_OUTPUT, readValueTypes, SIZES_OUTPUT, withShapeOutputs } from './value-types.ts'

const FOLDERS = ['../../../parity/models', '../../../../shared/reference/cases/onnx']
  .map((path) => resolve(import.meta.dirname, path))
  .filter(existsSync)
const FILES = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.onnx'))
    .map((name) => resolve(folder, name)),
)

async function trace(model: Model, free = 1): Promise<ValueTypes> {
  const results = await runModel(withShapeOutputs(model), randomFeeds(model, free), {
    fetches: [RANKS_OUTPUT, SIZES_OUTPUT],
  })
  return readValueTypes(model, {
    ranks: results[RANKS_OUTPUT]!.data as BigInt64Array,
    sizes: results[SIZES_OUTPUT]!.data as BigInt64Array,
  })
}

/** The oracle: the runtime's own types when every value is an output. */
async function runtimeTypes(model: Model, free = 1) {
  const names = model.graph.nodes.flatMap((node) => node.outputs).filter((name) => name !== '')
  const outputs = names.map((name) => ({ name, dtype: 'other' as const, dims: null }))
  const open = { ...model, graph: { ...model.graph, outputs } }
  const results = await runModel(open, randomFeeds(model, free))
  return new Map(Object.entries(results).map(([name, { dtype, dims }]) => [name, { dtype, dims }]))
}

describe('traced types', () => {
  it.each(FILES.map((path) => [path.split('/').at(-1)!, path]))(
    '%s: what the runtime returns',
    async (_, path) => {
      const model = decode(Uint8Array.from(readFileSync(path)))
      // Symbols of our own files are batch sizes; those of the reference cases must agree.
      const free = path.includes('parity') ? 2 : 1
      const types = await trace(model, free)
      for (const [name, { dtype, dims }] of await runtimeTypes(model, free)) {
        expect(types.get(name), name).toEqual({ name, dtype, dims })
      }
      for (const { name } of model.graph.inputs) expect(types.has(name)).toBe(true)
      for (const name of model.graph.initializers.keys()) expect(types.has(name)).toBe(true)
    },
  )

  const node = (
    op: string,
    inputs: string[],
    outputs: string[],
    attributes: Attributes = {},
  ): Node => ({
    name: outputs.join(),
    domain: '',
    op,
    inputs,
    outputs,
    attributes,
  })

  it('knows the operators that change the element type', async () => {
    const model: Model = {
      irVersion: 8,
      producer: '',
      opsets: new Map([['', 18]]),
      metadata: new Map(),
      graph: {
        name: 'g',
        inputs: [{ name: 'x', dtype: 'float32', dims: [1, 1, 4, 4] }],
        outputs: [{ name: 'relu', dtype: 'float32', dims: null }],
        initializers: new Map([
          ['one', int64Tensor([1])],
          ['depth', int64Tensor([3])],
          ['minus', int64Tensor([-1])],
          ['off_on', int64Tensor([0, 5])],
        ]),
        nodes: [
          node('Relu', ['x'], ['relu']),
          node('Shape', ['x'], ['shape']),
          node('Size', ['x'], ['size']),
          node('ArgMax', ['x'], ['argmax']),
          node('Greater', ['x', 'relu'], ['greater']),
          node('Not', ['greater'], ['not']),
          node('IsNaN', ['x'], ['nan']),
          node('NonZero', ['x'], ['nonzero']),
          node('Where', ['greater', 'x', 'relu'], ['where']),
          node('ConstantOfShape', ['shape'], ['zeros']),
          node('ConstantOfShape', ['shape'], ['ones'], {
            value: { kind: 'tensor', value: int64Tensor([1]) },
          }),
          node('Cast', ['x'], ['double'], { to: { kind: 'int', value: 11 } }),
          node('Cast', ['x'], ['half'], { to: { kind: 'int', value: 10 } }),
          node('CastLike', ['shape', 'half'], ['like']),
          node('TopK', ['x', 'one'], ['top', 'where_top']),
          node('MaxPool', ['x'], ['pool', 'pool_at'], {
            kernel_shape: { kind: 'ints', value: [2, 2] },
          }),
          node('Reshape', ['where_top', 'minus'], ['flat']),
          node('OneHot', ['flat', 'depth', 'off_on'], ['hot']),
          node('Gather', ['shape', 'one'], ['gathered']),
          node('Constant', [], ['word'], { value_int: { kind: 'int', value: 3 } }),
          node('Constant', [], ['list'], { value_floats: { kind: 'floats', value: [1, 2] } }),
          node('Mul', ['word', 'shape'], ['product']),
          node('DynamicQuantizeLinear', ['x'], ['q', 'scale', 'zero']),
          node('DequantizeLinear', ['q', 'scale', 'zero'], ['back']),
          node('QuantizeLinear', ['x', 'scale', 'zero'], ['again']),
          node('LayerNormalization', ['x', 'list4'], ['norm', 'mean', 'deviation']),
          node('Dropout', ['x'], ['kept', 'mask']),
          node('Unique', ['x'], ['unique', 'first_at', 'inverse', 'counts']),
          node('Range', ['size', 'size2', 'word'], ['range']),
        ],
      },
    }
    const initializers = new Map([
      ...model.graph.initializers,
      ['size2', int64Tensor([20], [])] as const,
      ['list4', { dtype: 'float32', dims: [4], bytes: new Uint8Array(16) } as const] as const,
    ])
    const complete = { ...model, graph: { ...model.graph, initializers } }
    const types = await trace(complete)
    const expected = await runtimeTypes(complete)
    expect(expected.size).toBe(39)
    for (const [name, { dtype, dims }] of expected) {
      expect(types.get(name), name).toEqual({ name, dtype, dims })
    }
  })
})
