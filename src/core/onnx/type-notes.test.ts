import { expect, test } from 'vitest'
import { floatTensor } from './constants.ts'
import type { DType, Model, Node } from './ir.ts'
import { describeTypes } from './type-notes.ts'

function modelOf(dtype: DType, nodes: readonly Pick<Node, 'domain' | 'op'>[] = []): Model {
  return {
    irVersion: 8,
    producer: '',
    opsets: new Map(),
    metadata: new Map(),
    graph: {
      name: '',
      inputs: [{ name: 'x', dtype, dims: [1] }],
      outputs: [],
      nodes: nodes.map(({ domain, op }) => ({
        name: op,
        domain,
        op,
        inputs: ['x'],
        outputs: ['y'],
        attributes: {},
      })),
      initializers: new Map([['w', floatTensor([1], [1])]]),
    },
  }
}

test('a float32 model needs no words', () => {
  expect(describeTypes(modelOf('float32', [{ domain: '', op: 'Conv' }]))).toEqual([])
})

test.each(['bfloat16', 'float16', 'float64'] as const)(
  '%s is said to be computed in 32 bits',
  (dtype) => {
    const notes = describeTypes(modelOf(dtype))
    expect(notes).toHaveLength(1)
    expect(notes[0]).toMatch(new RegExp(`\\(${dtype}\\); they are turned into 32-bit ones`))
  },
)

test.each([
  ['float16', 10],
  ['bfloat16', 16],
] as const)('casts to %s are said too, where the weights are float32', (dtype, code) => {
  const model = modelOf('float32', [{ domain: '', op: 'Cast' }])
  const nodes = model.graph.nodes.map((node) => ({
    ...node,
    attributes: { to: { kind: 'int', value: code } } as const,
  }))
  const notes = describeTypes({ ...model, graph: { ...model.graph, nodes } })
  expect(notes).toEqual([expect.stringMatching(/^Some of the model's numbers are 16-bit/)])
  expect(notes[0]).toContain(`(${dtype})`)
})

test('a quantised model is told from another by its operators', () => {
  for (const node of [
    { domain: '', op: 'QuantizeLinear' },
    { domain: '', op: 'ConvInteger' },
    { domain: 'com.microsoft', op: 'QGemm' },
  ]) {
    expect(describeTypes(modelOf('float32', [node])).join()).toMatch(
      /^The model is quantised: it predicts/,
    )
  }
})

test('a list of dictionaries is said to be shown as numbers', () => {
  const notes = describeTypes(modelOf('float32', [{ domain: 'ai.onnx.ml', op: 'ZipMap' }]))
  expect(notes.join()).toMatch(/^Output "y" is a list of dictionaries .* zipmap=False/)
})
