import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decode } from './codec.ts'
import { floatTensor } from './constants.ts'
import { type GradientSupport, inspectModel } from './inspect.ts'
import type { Attributes, DType, Model, Node } from './ir.ts'

const MODELS = resolve(import.meta.dirname, '../../../parity/models')
const METHODS = [
  { id: 'gradient', needsGradient: true },
  { id: 'occlusion', needsGradient: false },
]
const NO_GRADIENT = ['ArgMax', 'Shape', 'Constant', 'Greater']

/** Every operator has a rule but those named. */
function without(...missing: readonly string[]): GradientSupport {
  return {
    hasRule: (_, op) => {
      if (missing.includes(op)) return 'none'
      return NO_GRADIENT.includes(op) ? 'no-gradient' : 'rule'
    },
    methods: METHODS,
  }
}

function node(op: string, inputs: string[], outputs: string[], attributes: Attributes = {}): Node {
  return { name: `/${outputs[0]}`, domain: '', op, inputs, outputs, attributes }
}

function modelOf(nodes: Node[], outputs: [string, DType][]): Model {
  return {
    irVersion: 8,
    producer: 'test',
    opsets: new Map([
      ['', 18],
      ['com.example', 2],
    ]),
    metadata: new Map([['k', 'v']]),
    graph: {
      name: 'g',
      inputs: [
        { name: 'x', dtype: 'float32', dims: ['n', 3] },
        { name: 'ids', dtype: 'int64', dims: [3] },
      ],
      outputs: outputs.map(([name, dtype]) => ({ name, dtype, dims: null })),
      nodes,
      initializers: new Map([['w', floatTensor([1, 2, 3])]]),
    },
  }
}

function methodsOf(model: Model, support: GradientSupport) {
  const { methods } = inspectModel(model, 1, support)
  return Object.fromEntries(methods.map(({ id, ...rest }) => [id, rest]))
}

describe('inspectModel', () => {
  it('describes an exported file', () => {
    const bytes = Uint8Array.from(readFileSync(resolve(MODELS, 'volume-script-17.onnx')))
    const summary = inspectModel(decode(bytes), bytes.length, without())
    expect(summary.inputs).toEqual([
      { name: 'image', dtype: 'float32', dims: ['batch', 1, 6, 6, 6] },
    ])
    expect(summary.outputs).toMatchObject([{ dtype: 'float32', obstacle: null }])
    expect(summary.opsets).toEqual([{ domain: 'ai.onnx', version: 17 }])
    expect(summary.fileBytes).toBe(bytes.length)
    expect(summary.producer).toMatch(/^pytorch 2/)
    const counts = new Map(summary.operators.map(({ op, count }) => [op, count]))
    expect(counts.get('Conv')).toBe(1)
    expect(counts.get('Softmax')).toBe(1)
    const total = summary.operators.reduce((sum, { count }) => sum + count, 0)
    expect(total).toBe(decode(bytes).graph.nodes.length)
    expect(summary.methods.every((method) => method.supported)).toBe(true)
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary)
  })

  it('counts parameters in initializers and Constant nodes, floats only', () => {
    const value: Attributes = {
      value: { kind: 'tensor', value: floatTensor([1, 2, 3, 4], [2, 2]) },
    }
    const nodes = [node('Constant', [], ['c'], value), node('Add', ['x', 'w'], ['y'])]
    const { parameters } = inspectModel(modelOf(nodes, [['y', 'float32']]), 1, without())
    expect(parameters).toBe(7)
  })

  it('names the operator that stands in the way', () => {
    const nodes = [
      node('Relu', ['x'], ['a']),
      { ...node('Warp', ['a'], ['b']), domain: 'com.example' },
      node('Softmax', ['b'], ['y']),
    ]
    const support = without('Warp')
    const { gradient, occlusion } = methodsOf(modelOf(nodes, [['y', 'float32']]), support)
    expect(occlusion).toEqual({ supported: true, obstacle: null })
    expect(gradient).toMatchObject({
      supported: false,
      obstacle: { domain: 'com.example', op: 'Warp', opset: 2, node: '/b', reason: 'no-rule' },
    })
    expect(gradient!.obstacle!.message).toMatch(
      /^Warp \(com.example, opset 2, node "\/b"\) has no gradient rule yet; .*occlusion/,
    )
  })

  it('ignores operators that are not between a float input and the output', () => {
    const nodes = [
      node('Odd', ['ids'], ['from_ids']),
      node('Odd', ['w'], ['from_weights']),
      node('Shape', ['x'], ['shape']),
      node('Odd', ['shape'], ['from_shape']),
      node('Relu', ['x'], ['r']),
      node('Join', ['r', 'from_ids', 'from_weights', 'from_shape'], ['y']),
      node('Odd', ['r'], ['unused']),
    ]
    const { gradient } = methodsOf(modelOf(nodes, [['y', 'float32']]), without('Odd'))
    expect(gradient!.supported).toBe(true)
  })

  it('is satisfied by one explainable output, and says what stops the others', () => {
    const nodes = [
      node('Gemm', ['x', 'w'], ['logits']),
      node('ArgMax', ['logits'], ['class']),
      node('Odd', ['logits'], ['other']),
    ]
    const model = modelOf(nodes, [
      ['class', 'int64'],
      ['other', 'float32'],
      ['logits', 'float32'],
    ])
    const { outputs, methods } = inspectModel(model, 1, without('Odd'))
    expect(methods.every((method) => method.supported)).toBe(true)
    expect(outputs.map((output) => output.obstacle?.op ?? null)).toEqual(['ArgMax', 'Odd', null])
  })

  it('says when the output does not change smoothly with the input', () => {
    const nodes = [
      node('Gemm', ['x', 'w'], ['logits']),
      node('ArgMax', ['logits'], ['class']),
      node('Cast', ['class'], ['y'], { to: { kind: 'int', value: 1 } }),
    ]
    const { gradient } = methodsOf(modelOf(nodes, [['y', 'float32']]), without())
    expect(gradient).toMatchObject({
      supported: false,
      obstacle: { op: 'ArgMax', reason: 'no-gradient', node: '/class' },
    })
    const { gradient: apart } = methodsOf(
      modelOf([node('Relu', ['w'], ['y'])], [['y', 'float32']]),
      without(),
    )
    expect(apart!.obstacle!.message).toMatch(/"y" does not depend on a float input/)
  })
})

describe('methods that read attention', () => {
  const support = (hasAttention: boolean): GradientSupport => ({
    ...without('Relu'),
    hasAttention: () => hasAttention,
    methods: [
      { id: 'rollout', needsGradient: false, needsAttention: true },
      { id: 'relevance', needsGradient: true, needsAttention: true },
      { id: 'gradient', needsGradient: true },
    ],
  })
  const plain = modelOf([node('Neg', ['x'], ['y'])], [['y', 'float32']])
  const blocked = modelOf([node('Relu', ['x'], ['y'])], [['y', 'float32']])

  it('are told that there is none', () => {
    const methods = methodsOf(plain, support(false))
    expect(methods).toMatchObject({
      rollout: { supported: false, obstacle: { reason: 'no-attention' } },
      relevance: { supported: false, obstacle: { reason: 'no-attention' } },
      gradient: { supported: true, obstacle: null },
    })
    expect(methods.rollout?.obstacle?.message).toContain('no softmax attention')
  })

  it('need a gradient too where they say so', () => {
    const none = { supported: true, obstacle: null }
    expect(methodsOf(plain, support(true))).toEqual({
      rollout: none,
      relevance: none,
      gradient: none,
    })
    expect(methodsOf(blocked, support(true))).toMatchObject({
      rollout: none,
      relevance: { supported: false, obstacle: { reason: 'no-rule', op: 'Relu' } },
    })
  })
})
