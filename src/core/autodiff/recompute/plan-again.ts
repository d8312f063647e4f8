/** @file Which nodes would have to run again for a value not to be held at the peak. */

import type { MemoryPeak } from '../../onnx/activation-memory.ts'
import type { Graph, Node, ValueTypes } from '../../onnx/ir.ts'
import { isRepeatable, runCost } from './run-cost.ts'

export interface Repetition {
  /** The value that need not be held. */
  readonly name: string
  /** What runs again, in order; the last node gives the value. */
  readonly nodes: readonly Node[]
  /** Place, in the order of the run, of the first node that reads the value after the peak. */
  readonly first: number
  /** Nanoseconds. */
  readonly cost: number
}

/** A run, by the places of its nodes. */
interface RunView {
  readonly peak: MemoryPeak
  /** Place of the node that makes a value. */
  readonly madeAt: ReadonlyMap<string, number>
  /** Places of the nodes that read it, in order. */
  readonly readAt: ReadonlyMap<string, readonly number[]>
  /** The caller's, and what follows from the weights alone: there all the time. */
  readonly isGiven: (name: string) => boolean
}

const MOST_NODES = 16

export function createRunView(graph: Graph, peak: MemoryPeak): RunView {
  const madeAt = new Map<string, number>()
  const readAt = new Map<string, number[]>()
  const addRead = (name: string, at: number) => {
    const earlier = readAt.get(name)
    if (earlier) earlier.push(at)
    else readAt.set(name, [at])
  }
  const known = new Set(['', ...graph.initializers.keys()])
  for (const [at, { inputs, outputs }] of peak.order.entries()) {
    for (const name of outputs) madeAt.set(name, at)
    for (const name of new Set(inputs)) addRead(name, at)
    if (inputs.every((name) => known.has(name))) for (const name of outputs) known.add(name)
  }
  for (const { name } of [...graph.inputs, ...graph.outputs]) known.add(name)
  return { peak, madeAt, readAt, isGiven: (name) => known.has(name) }
}

/**
 * Undefined where the value is needed at the peak itself, or not later, or cannot be computed again from
 * what is held anyway when it is read next.
 */
export function planAgain(view: RunView, name: string, types: ValueTypes): Repetition | undefined {
  const { peak, readAt, isGiven } = view
  const reads = readAt.get(name) ?? []
  const first = reads.find((at) => at > peak.at)
  if (first === undefined || reads.includes(peak.at) || isGiven(name)) return undefined
  const nodes: Node[] = []
  if (!collect(view, name, first, nodes)) return undefined
  return { name, nodes, first, cost: nodes.reduce((sum, node) => sum + runCost(node, types), 0) }
}

/** Adds what makes the value from held ones; false where that is too much, or not possible. */
function collect(view: RunView, name: string, first: number, nodes: Node[]): boolean {
  const at = view.madeAt.get(name)
  const node = at === undefined ? undefined : view.peak.order[at]
  if (!node || at === undefined || at >= view.peak.at || !isRepeatable(node)) return false
  if (nodes.includes(node)) return true
  for (const input of node.inputs) {
    if (isHeld(view, input, first)) continue
    if (!collect(view, input, first, nodes)) return false
  }
  nodes.push(node)
  return nodes.length <= MOST_NODES
}

/** Is it, or what it is only a view of, there when node `first` runs, whatever is done about others? */
function isHeld(view: RunView, name: string, first: number): boolean {
  if (view.isGiven(name) || view.readAt.get(name)?.some((at) => at >= first)) return true
  const node = view.peak.order[view.madeAt.get(name) ?? -1]
  return node?.op === 'Reshape' && isHeld(view, node.inputs[0] ?? '', first)
}
