import { describe, expect, it } from 'vitest'
import { Failure } from '../failure.ts'
import { floatTensor } from './constants.ts'
import type { Graph, Model, Node } from './ir.ts'
import { graphProblems, verifyGraph } from './verify-graph.ts'

function node(name: string, inputs: string[], outputs: string[]): Node {
  return { name, domain: '', op: 'Add', inputs, outputs, attributes: {} }
}

const GOOD: Graph = {
  name: 'g',
  inputs: [{ name: 'x', dtype: 'float32', dims: [2] }],
  outputs: [{ name: 'y', dtype: 'float32', dims: [2] }],
  nodes: [node('first', ['x', 'w'], ['a']), node('second', ['a', ''], ['y'])],
  initializers: new Map([['w', floatTensor([1, 2])]]),
}

function problems(change: Partial<Graph>, model: Partial<Model> = {}): readonly string[] {
  return graphProblems({
    irVersion: 8,
    producer: '',
    opsets: new Map([['', 18]]),
    metadata: new Map(),
    graph: { ...GOOD, ...change },
    ...model,
  })
}

describe('graphProblems', () => {
  it('finds none in a sound graph', () => {
    expect(problems({})).toEqual([])
  })

  const [first, second] = GOOD.nodes as [Node, Node]
  it.each<[string, Partial<Graph>, RegExp]>([
    ['order', { nodes: [second, first] }, /"second" reads "a", which nothing before it defines/],
    ['undefined input', { initializers: new Map() }, /reads "w"/],
    ['two definitions', { nodes: [first, first, second] }, /"a" is defined again/],
    [
      'weight hides input',
      { initializers: new Map([...GOOD.initializers, ['x', floatTensor([1])]]) },
      /"x" is defined again by an initializer/,
    ],
    [
      'repeated name',
      { nodes: [first, { ...second, name: 'first' }] },
      /name "first" is used twice/,
    ],
    ['no name', { nodes: [first, { ...second, name: '' }] }, /has no name/],
    ['lost output', { nodes: [first] }, /Output "y" is not produced/],
    ['no output', { outputs: [] }, /has no output/],
    [
      'short weight',
      { initializers: new Map([['w', { ...floatTensor([1, 2]), dims: [3] }]]) },
      /"w" \(float32 \[3\]\) holds 8 bytes/,
    ],
    [
      'domain',
      { nodes: [first, { ...second, domain: 'com.microsoft' }] },
      /domain "com.microsoft"/,
    ],
  ])('%s', (_, change, message) => {
    expect(problems(change).join(' ')).toMatch(message)
  })

  it('looks into sub-graphs, which see the values around them', () => {
    const body = {
      ...GOOD,
      inputs: [],
      initializers: new Map(),
      nodes: [node('in', ['x', 'w'], ['y'])],
    }
    const loop = (value: Graph): Node => ({
      ...second,
      attributes: { body: { kind: 'graph', value } },
    })
    expect(problems({ nodes: [first, loop(body)] })).toEqual([])
    const broken = { ...body, nodes: [node('in', ['x', 'nowhere'], ['y'])] }
    expect(problems({ nodes: [first, loop(broken)] }).join()).toMatch(/"nowhere"/)
  })

  it('verifyGraph throws a Failure with the problems', () => {
    const model = {
      irVersion: 8,
      producer: '',
      opsets: new Map(),
      metadata: new Map(),
      graph: GOOD,
    }
    expect(() => verifyGraph(model)).toThrow(Failure)
    expect(() => verifyGraph(model)).toThrow(/No opset of domain "ai.onnx"/)
  })
})
