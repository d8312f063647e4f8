/** @file Merges a BatchNormalization into the linear operators that read it. */

import { floatTensor, sizeOf } from './constants.ts'
import {
  type Linear,
  readLinear,
  readScaling,
  type Scaling,
  withWeights,
} from './fold-batch-normalization.ts'
import { unusedName } from './inline-functions.ts'
import type { ConstantTensor, Graph, Model, Node } from './ir.ts'
import { isUnpadded } from './is-unpadded.ts'
import { pruneGraph } from './prune-graph.ts'
import { intAttribute } from './upgrades/upgrade.ts'

/**
 * W (s x + t) + b = (W s) x + (W t + b), for Conv without padding and Gemm. Only where every reader
 * is one: otherwise the normalised value is needed all the same.
 * @param kept names of values that must stay
 */
export function mergeIntoFollowing(model: Model, kept: readonly string[]): Model {
  const { graph } = model
  const initializers = new Map(graph.initializers)
  const taken = new Set([...initializers.keys(), ...graph.nodes.flatMap((node) => node.outputs)])
  const current = new Map(graph.nodes.map((node) => [node, node]))
  for (const norm of graph.nodes) {
    const [y = ''] = norm.outputs
    if (norm.op !== 'BatchNormalization' || norm.domain !== '' || kept.includes(y)) continue
    const scaling = readScaling(norm, initializers)
    const readers = graph.nodes.filter((node) => node.inputs.includes(y))
    if (!scaling || readers.length === 0) continue
    const merged = readers.map((node) => absorb(current.get(node) ?? node, y, scaling))
    if (merged.some((each) => each === null)) continue
    for (const [i, node] of readers.entries()) {
      const each = merged[i]
      if (each) current.set(node, each(norm.inputs[0] ?? ''))
    }
  }
  const nodes = graph.nodes.map((node) => current.get(node) ?? node)
  return { ...model, graph: pruneGraph({ ...graph, nodes, initializers }, kept) }

  function absorb(node: Node, y: string, scaling: Scaling): ((x: string) => Node) | null {
    const isData = node.inputs[0] === y && node.inputs.lastIndexOf(y) === 0
    const linear = isData ? readFollowing(node, initializers) : null
    if (!linear || linear.inputs !== scaling.scale.length) return null
    return (x) => {
      const add = (name: string, tensor: ConstantTensor) => {
        const fresh = unusedName(`${node.outputs[0]}/merged ${name}`, taken)
        initializers.set(fresh, tensor)
        return fresh
      }
      const { weight, bias } = scaleInputs(linear, scaling)
      const own = withWeights(
        node,
        add('weight', floatTensor(weight, linear.weightDims)),
        add('bias', floatTensor(bias)),
        node.outputs[0] ?? '',
      )
      return { ...own, inputs: [x, ...own.inputs.slice(1)] }
    }
  }
}

interface Following extends Linear {
  readonly inputs: number
  /** The channel of the input that a weight at this offset meets. */
  inputOf(offset: number): number
}

function readFollowing(node: Node, initializers: Graph['initializers']): Following | null {
  const linear = readLinear(node, initializers)
  if (!linear) return null
  const [rows = 0, columns = 0] = linear.weightDims
  if (node.op === 'Gemm') {
    if (intAttribute(node, 'transA', 0) === 1) return null
    return intAttribute(node, 'transB', 0) === 1
      ? { ...linear, inputs: columns, inputOf: (offset) => offset % columns }
      : { ...linear, inputs: rows, inputOf: (offset) => Math.floor(offset / columns) }
  }
  if (node.op !== 'Conv' || !isUnpadded(node)) return null
  const group = intAttribute(node, 'group', 1)
  const kernel = sizeOf(linear.weightDims.slice(2))
  return {
    ...linear,
    inputs: columns * group,
    inputOf(offset) {
      const own = Math.floor(Math.floor(offset / (kernel * columns)) / (rows / group))
      return own * columns + (Math.floor(offset / kernel) % columns)
    },
  }
}

function scaleInputs(
  { weight, bias, channelOf, inputOf }: Following,
  { scale, mean, beta }: Scaling,
): { readonly weight: Float32Array; readonly bias: Float32Array } {
  const sums = Float64Array.from(bias)
  const scaled = weight.map((value, offset) => {
    const input = inputOf(offset)
    const factor = scale[input] ?? 1
    const shift = (beta[input] ?? 0) - (mean[input] ?? 0) * factor
    const channel = channelOf(offset)
    sums[channel] = (sums[channel] ?? 0) + value * shift
    return value * factor
  })
  return { weight: scaled, bias: Float32Array.from(sums) }
}
