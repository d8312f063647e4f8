/** @file How much memory the activations of a run take at the worst moment. */

import { sizeOf } from './constants.ts'
import { byteSize } from './dtypes.ts'
import type { Graph, Node, Value, ValueTypes } from './ir.ts'
import { runOrder } from './run-order.ts'

/** Output shares the input's memory. */
const VIEWS: ReadonlySet<string> = new Set([
  'Dropout',
  'Flatten',
  'Identity',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
])

/** The runtime writes the result over an input of the same size that nothing else needs. */
const IN_PLACE: ReadonlySet<string> = new Set([
  'Abs',
  'Add',
  'Clip',
  'Div',
  'Elu',
  'Exp',
  'HardSigmoid',
  'HardSwish',
  'LeakyRelu',
  'Log',
  'Max',
  'Min',
  'Mul',
  'Neg',
  'Pow',
  'Relu',
  'Selu',
  'Sigmoid',
  'Softplus',
  'Sqrt',
  'Sub',
  'Sum',
  'Tanh',
])

/**
 * Bytes of live activations at the peak of one run in the runtime's order; weights are not counted, the
 * graph's inputs and outputs are. A value lives from the node that makes it to its last reader.
 */
export function peakActivationBytes(graph: Graph, types: ValueTypes): number {
  return findPeak(graph, types).bytes
}

export interface MemoryPeak {
  readonly bytes: number
  /** The nodes as the runtime runs them, and the place of the one that is running at the peak. */
  readonly order: readonly Node[]
  readonly at: number
  /** Names of the values that are held then. */
  readonly live: ReadonlySet<string>
}

/** The same with the moment itself. */
export function findPeak(graph: Graph, types: ValueTypes): MemoryPeak {
  const readsLeft = countReads(graph)
  /** Value to the buffer that holds it; views and in-place results share one. */
  const bufferOf = new Map<string, Buffer>()
  let live = 0
  /** Who was held and released, in order. */
  const journal: { readonly name: string; readonly isHeld: boolean }[] = []
  const hold = (name: string, buffer: Buffer) => {
    if (buffer.holders === 0) live += buffer.bytes
    buffer.holders += 1
    journal.push({ name, isHeld: true })
    bufferOf.set(name, buffer)
  }
  const release = (name: string) => {
    const buffer = bufferOf.get(name)
    if (buffer === undefined) return
    journal.push({ name, isHeld: false })
    buffer.holders -= 1
    if (buffer.holders === 0) live -= buffer.bytes
  }
  const mayReuse = (name: string) => readsLeft.get(name) === 1 && bufferOf.get(name)?.holders === 1
  for (const { name } of graph.inputs) hold(name, createBuffer(types.get(name)))
  const order = runOrder(graph)
  let peak = { bytes: live, at: 0, entries: journal.length }
  const known = new Set(['', ...graph.initializers.keys()])
  for (const [at, node] of order.entries()) {
    // What follows from the weights alone is computed, or merged into its reader, ahead of the run.
    if (node.inputs.length > 0 && node.inputs.every((name) => known.has(name))) {
      for (const name of node.outputs) known.add(name)
      continue
    }
    const outputs = node.outputs.filter((name) => name !== '')
    const reads = node.inputs.filter((name) => name !== '')
    for (const name of outputs) {
      const value = types.get(name)
      const shared = name === node.outputs[0] ? takenOver(node, value, types, mayReuse) : undefined
      hold(name, bufferOf.get(shared ?? '') ?? createBuffer(value))
    }
    if (live > peak.bytes) peak = { bytes: live, at, entries: journal.length }
    for (const name of reads) if (countDown(readsLeft, name) === 0) release(name)
    for (const name of outputs) if ((readsLeft.get(name) ?? 0) === 0) release(name)
  }
  const held = new Set<string>()
  for (const { name, isHeld } of journal.slice(0, peak.entries)) {
    if (isHeld) held.add(name)
    else held.delete(name)
  }
  return { bytes: peak.bytes, order, at: peak.at, live: held }
}

interface Buffer {
  readonly bytes: number
  /** Live values in this buffer. */
  holders: number
}

function createBuffer(value: Value | undefined): Buffer {
  return { bytes: value === undefined ? 0 : byteSize(value.dtype, sizeOf(value.dims)), holders: 0 }
}

/** The input whose memory the first output takes over, if any. */
function takenOver(
  node: Node,
  output: Value | undefined,
  types: ValueTypes,
  mayReuse: (name: string) => boolean,
): string | undefined {
  if (node.domain !== '' || output === undefined) return undefined
  if (VIEWS.has(node.op)) return node.inputs[0]
  if (!IN_PLACE.has(node.op)) return undefined
  return node.inputs.find((name) => {
    const input = types.get(name)
    return (
      input !== undefined &&
      mayReuse(name) &&
      input.dtype === output.dtype &&
      sizeOf(input.dims) === sizeOf(output.dims)
    )
  })
}

/** Inputs and outputs of the graph belong to the caller, so they are read once more at the end. */
function countReads(graph: Graph): Map<string, number> {
  const reads = new Map<string, number>()
  const add = (name: string) => reads.set(name, (reads.get(name) ?? 0) + 1)
  for (const { name } of graph.inputs) add(name)
  for (const { name } of graph.outputs) add(name)
  for (const node of graph.nodes) for (const name of node.inputs) if (name !== '') add(name)
  return reads
}

function countDown(reads: Map<string, number>, name: string): number {
  const left = (reads.get(name) ?? 1) - 1
  reads.set(name, left)
  return left
}
