/** @file Writes the nodes that run a second time, so that the runtime runs them late and keeps them apart. */

import type { MemoryPeak } from '../../onnx/activation-memory.ts'
import { isFloat } from '../../onnx/dtypes.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Graph, Node, Value } from '../../onnx/ir.ts'
import { pruneGraph } from '../../onnx/prune-graph.ts'
import { product, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { sortNodes } from '../../onnx/sort-nodes.ts'
import { oneAfter } from '../lowering/order.ts'
import type { Repetition } from './plan-again.ts'

/**
 * The graph in which all that reads the value after the peak reads the second one. That waits for what
 * ran just before its first reader, through a factor of 1 in an operand; without it the runtime would
 * see two equal nodes, and keep one.
 */
export function emitAgain(
  g: GraphBuilder,
  graph: Graph,
  { order, at }: MemoryPeak,
  { name, nodes, first }: Repetition,
): Graph {
  const trigger = triggerBefore(g, order, at, first)
  if (!trigger) return graph
  const copies = new Map<string, Value>()
  for (const node of nodes) emitCopy(g, node, copies, trigger)
  const copy = copies.get(name)
  if (!copy) return graph
  const late = new Set(order.slice(at + 1))
  const readers = graph.nodes.map((node) =>
    late.has(node) && node.inputs.includes(name)
      ? { ...node, inputs: node.inputs.map((input) => (input === name ? copy.name : input)) }
      : node,
  )
  const firstReader = graph.nodes.findIndex((node, i) => readers[i] !== node)
  const added = newNodes(g, copy, graph)
  return pruneGraph({
    ...graph,
    nodes: sortNodes(readers.toSpliced(firstReader, 0, ...added)),
    initializers: g.whole().initializers,
  })
}

/** What the last node before place `first` gave; nothing that reads the value can be among its sources. */
function triggerBefore(
  g: GraphBuilder,
  order: readonly Node[],
  at: number,
  first: number,
): Value | undefined {
  for (const node of order.slice(at, first).toReversed()) {
    const value = g.find(node.outputs[0] ?? '')
    if (value && isFloat(value.dtype) && product(value.dims) > 0) return value
  }
  return undefined
}

function emitCopy(g: GraphBuilder, node: Node, copies: Map<string, Value>, trigger: Value): void {
  const y = g.find(node.outputs[0] ?? '')
  if (!y) return
  const isChained = node.inputs.some((input) => copies.has(input))
  const inputs = node.inputs.map((input) => copies.get(input) ?? g.find(input) ?? null)
  const given = isChained ? inputs : delayed(g, node, inputs, trigger)
  const [copy] = g.emit(node.op, given, [y], node.attributes)
  if (copy) copies.set(y.name, copy)
}

/** The inputs, the smallest of floats times 1; a Conv without a bias gets one of zeros. */
function delayed(
  g: GraphBuilder,
  { op }: Node,
  inputs: readonly (Value | null)[],
  trigger: Value,
): readonly (Value | null)[] {
  const [, w] = inputs
  const whole =
    op === 'Conv' && w && !inputs[2]
      ? [...inputs.slice(0, 2), g.zeros([sizeAt(w.dims, 0)], w.dtype)]
      : inputs
  let smallest: Value | undefined
  for (const input of whole) {
    if (!input || !isFloat(input.dtype)) continue
    if (!smallest || product(input.dims) < product(smallest.dims)) smallest = input
  }
  return whole.map((input) =>
    input && input === smallest ? g.mul(input, oneAfter(g, trigger, input.dtype)) : input,
  )
}

/** The nodes behind a value that the graph does not have yet. */
function newNodes(g: GraphBuilder, value: Value, graph: Graph): readonly Node[] {
  const known = new Set(graph.nodes.flatMap(({ outputs }) => outputs))
  const found: Node[] = []
  const visit = (name: string) => {
    const from = g.find(name)
    const node = from && !known.has(name) ? g.producerOf(from) : undefined
    if (!node) return
    known.add(name)
    for (const input of node.inputs) visit(input)
    found.push(node)
  }
  visit(value.name)
  return found
}
