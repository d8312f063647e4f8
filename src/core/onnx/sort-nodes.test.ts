import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Node } from './ir.ts'
import { sortNodes } from './sort-nodes.ts'

function node(name: string, inputs: readonly string[]): Node {
  return { name, domain: '', op: 'Sum', inputs, outputs: [name], attributes: {} }
}

/** Node i reads some of the nodes before it, and the input. */
const graphs = fc.array(fc.array(fc.nat(50), { maxLength: 3 }), { maxLength: 30 }).map((reads) =>
  reads.map((list, i) =>
    node(
      `n${i}`,
      list.map((j) => (i === 0 || j >= i ? 'x' : `n${j}`)),
    ),
  ),
)

test('what is in order stays as it is', () => {
  fc.assert(
    fc.property(graphs, (nodes) => {
      expect(sortNodes(nodes)).toEqual(nodes)
    }),
  )
})

test('whatever the order in the file, every node comes after those it reads, once', () => {
  const shuffled = graphs.chain((nodes) =>
    fc.shuffledSubarray(nodes, { minLength: nodes.length, maxLength: nodes.length }),
  )
  fc.assert(
    fc.property(shuffled, (nodes) => {
      const known = new Set(['x'])
      const sorted = sortNodes(nodes)
      for (const { name, inputs } of sorted) {
        expect(inputs.every((input) => known.has(input))).toBe(true)
        known.add(name)
      }
      expect(new Set(sorted)).toEqual(new Set(nodes))
      expect(sorted).toHaveLength(nodes.length)
    }),
  )
})

test('nodes that wait for each other are kept, for the check of the graph to report', () => {
  const loop = [node('a', ['b']), node('b', ['a']), node('c', ['b'])]
  expect(new Set(sortNodes(loop))).toEqual(new Set(loop))
})
