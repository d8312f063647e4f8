/** @file Computes cheap values a second time for the backward pass instead of holding them until then. */

import { findPeak, type MemoryPeak } from '../../onnx/activation-memory.ts'
import { sizeOf } from '../../onnx/constants.ts'
import { byteSize } from '../../onnx/dtypes.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Graph } from '../../onnx/ir.ts'
import { emitAgain } from './emit-again.ts'
import { createRunView, planAgain, type Repetition } from './plan-again.ts'
import { runCost } from './run-cost.ts'

/** Of the time that the whole graph takes, what may be spent on computing things twice. */
const SHARE_OF_TIME = 0.2
/** Smaller values, as a share of the peak, are not looked at. */
const SHARE_OF_PEAK = 0.005
/** Every try writes the graph anew and looks for its peak: some microseconds a node. */
const MOST_TRIES = 100
const MOST_NODES_WRITTEN = 300_000

/**
 * The same graph with a lower peak of activations: as long as that is above `enough` bytes, what is held
 * there for later readers alone, and is cheapest for its size, is computed again for those (Chen et al.,
 * "Training Deep Nets with Sublinear Memory Cost", 2016, node by node). `graph` comes from `g`.
 */
export function recomputeCheap(g: GraphBuilder, graph: Graph, enough: number): Graph {
  let best = graph
  let peak = findPeak(best, g.types())
  let allowance = 0
  for (const node of graph.nodes) allowance += SHARE_OF_TIME * runCost(node, g.types())
  const mostTries = Math.min(MOST_TRIES, MOST_NODES_WRITTEN / graph.nodes.length)
  for (let tries = 0; tries < mostTries && peak.bytes > enough; ) {
    let better: { graph: Graph; peak: MemoryPeak; cost: number } | undefined
    for (const repetition of findRepetitions(g, best, peak)) {
      if (repetition.cost > allowance) continue
      tries += 1
      const next = emitAgain(g, best, peak, repetition)
      const nextPeak = findPeak(next, g.types())
      if (nextPeak.bytes >= peak.bytes) continue
      better = { graph: next, peak: nextPeak, cost: repetition.cost }
      break
    }
    if (!better) break
    best = better.graph
    peak = better.peak
    allowance -= better.cost
  }
  return best
}

/** What could be computed again instead of being held at the peak, the least time per byte first. */
function findRepetitions(g: GraphBuilder, graph: Graph, peak: MemoryPeak): Repetition[] {
  const view = createRunView(graph, peak)
  const bytesOf = (name: string) => {
    const value = g.find(name)
    return value ? byteSize(value.dtype, sizeOf(value.dims)) : 0
  }
  return [...peak.live]
    .filter((name) => bytesOf(name) > SHARE_OF_PEAK * peak.bytes)
    .flatMap((name) => planAgain(view, name, g.types()) ?? [])
    .sort((a, b) => a.cost / bytesOf(a.name) - b.cost / bytesOf(b.name))
}
