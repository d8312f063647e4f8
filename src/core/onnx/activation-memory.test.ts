import { describe, expect, it } from 'vitest'
import { peakActivationBytes } from './activation-memory.ts'
import type { Graph, Node, ValueTypes } from './ir.ts'

function node(op: string, inputs: string[], output: string): Node {
  return { name: output, domain: '', op, inputs, outputs: [output], attributes: {} }
}

/** Float32 values of the given element counts; the last node's output is the graph's. */
function graphOf(sizes: Record<string, number>, nodes: Node[]): [Graph, ValueTypes] {
  const info = (name: string) => ({ name, dtype: 'float32', dims: [sizes[name]!] }) as const
  const graph: Graph = {
    name: 'g',
    inputs: [info('x')],
    outputs: [info(nodes.at(-1)!.outputs[0]!)],
    nodes,
    initializers: new Map(),
  }
  return [graph, new Map(Object.keys(sizes).map((name) => [name, info(name)]))]
}

describe('peakActivationBytes', () => {
  it('keeps a value until its last reader', () => {
    const chain = [
      node('Conv', ['x', 'w'], 'a'),
      node('Conv', ['a', 'w'], 'b'),
      node('Conv', ['b', 'w'], 'c'),
    ]
    // x stays throughout: the worst moment holds x, b and c.
    expect(peakActivationBytes(...graphOf({ x: 10, a: 20, b: 30, c: 40 }, chain))).toBe(80 * 4)
    const skip = [...chain, node('Concat', ['a', 'c'], 'd')]
    // a is read again at the end: x, a, c and d.
    expect(peakActivationBytes(...graphOf({ x: 10, a: 20, b: 30, c: 40, d: 60 }, skip))).toBe(
      130 * 4,
    )
  })

  it('counts views and in-place results once', () => {
    const nodes = [
      node('Conv', ['x', 'w'], 'a'),
      node('Relu', ['a'], 'b'),
      node('Reshape', ['b', 's'], 'c'),
      node('Conv', ['c', 'w'], 'd'),
    ]
    expect(peakActivationBytes(...graphOf({ x: 10, a: 50, b: 50, c: 50, d: 5 }, nodes))).toBe(
      65 * 4,
    )
  })

  it('does not overwrite what is still read', () => {
    const nodes = [
      node('Conv', ['x', 'w'], 'a'),
      node('Relu', ['a'], 'b'),
      node('Add', ['a', 'b'], 'c'),
    ]
    // a and b side by side, then c replaces one of them.
    expect(peakActivationBytes(...graphOf({ x: 10, a: 50, b: 50, c: 50 }, nodes))).toBe(110 * 4)
    const viewed = [
      node('Conv', ['x', 'w'], 'a'),
      node('Reshape', ['a', 's'], 'v'),
      node('Relu', ['v'], 'b'),
      node('Concat', ['a', 'b'], 'c'),
    ]
    expect(peakActivationBytes(...graphOf({ x: 10, a: 50, v: 50, b: 50, c: 100 }, viewed))).toBe(
      210 * 4,
    )
  })
})
