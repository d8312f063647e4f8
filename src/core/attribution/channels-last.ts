/** @file Images whose channels come last, as TensorFlow has them: (N, space, C). */

import { readAttributes } from '../autodiff/attribute-reader.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Model, Value } from '../onnx/ir.ts'
import { range, sameDims } from '../onnx/shape-arithmetic.ts'

/**
 * Whether the model moves the input's last axis in front of the others before it does more than
 * arithmetic element by element.
 */
export function isChannelsLast(g: GraphBuilder, model: Model, input: Value): boolean {
  const rank = input.dims.length
  if (rank < 4) return false
  const forward = [0, rank - 1, ...range(1, rank - 1)]
  const same = new Set([input.name])
  for (const node of model.graph.nodes) {
    if (!node.inputs.some((name) => same.has(name))) continue
    const output = g.find(node.outputs[0] ?? '')
    if (node.op === 'Transpose') {
      return sameDims(readAttributes(node).ints('perm') ?? [], forward)
    }
    if (node.op === 'Conv') return false
    if (output && sameDims(output.dims, input.dims)) same.add(output.name)
  }
  return false
}

/** The input as if its channels came second. */
export function channelsSecond(input: Value): Value {
  const [rows = 1, ...rest] = input.dims
  return { ...input, dims: [rows, ...rest.slice(-1), ...rest.slice(0, -1)] }
}

/** A map with channels second, in the axes of the input. */
export function moveChannelsLast(g: GraphBuilder, map: Value): Value {
  return g.transpose(map, [0, ...range(2, map.dims.length), 1])
}
