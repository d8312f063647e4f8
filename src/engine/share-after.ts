/** @file How much of a forward run is left to do when a value inside the network is given. */

import type { Graph, Node, ValueTypes } from '../core/onnx/ir.ts'

/**
 * For each of `values` the part of the work towards `target` that does not lie before it, 0 to 1. Work
 * is counted in multiplications, one per element for operators that do not multiply matrices.
 */
export function sharesAfter(
  graph: Graph,
  types: ValueTypes,
  target: string,
  values: readonly string[],
): Readonly<Record<string, number>> {
  const dimsOf = (name: string) => types.get(name)?.dims ?? graph.initializers.get(name)?.dims ?? []
  const workTowards = (given: string | null) => {
    const needed = new Set([target])
    let work = 0
    for (const node of graph.nodes.toReversed()) {
      if (!node.outputs.some((name) => name !== given && needed.has(name))) continue
      work += multiplications(node, dimsOf)
      for (const name of node.inputs) needed.add(name)
    }
    return work
  }
  const all = workTowards(null)
  return Object.fromEntries(
    values.map((name) => [name, all === 0 ? 0 : workTowards(name) / all] as const),
  )
}

function multiplications(
  { op, inputs: [a = '', b = ''], outputs: [out = ''] }: Node,
  dimsOf: (name: string) => readonly number[],
): number {
  switch (op) {
    case 'Conv':
      return product(dimsOf(out)) * product(dimsOf(b).slice(1))
    case 'ConvTranspose':
      return product(dimsOf(a)) * product(dimsOf(b).slice(1))
    case 'Gemm':
      return product(dimsOf(a)) * (dimsOf(out).at(-1) ?? 1)
    case 'MatMul':
      return product(dimsOf(out)) * (dimsOf(a).at(-1) ?? 1)
    default:
      return product(dimsOf(out))
  }
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1)
}
