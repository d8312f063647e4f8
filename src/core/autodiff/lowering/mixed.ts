/** @file Which gradients came through a matrix product, where an infinite number would be in all of them. */

import { isFloat } from '../../onnx/dtypes.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'

const MIXES: ReadonlySet<string> = new Set(['Conv', 'Gemm', 'MatMul'])
/** They move, add up or scale what they read. */
const PASSES: ReadonlySet<string> = new Set([
  'Add',
  'AveragePool',
  'Concat',
  'ConvTranspose',
  'Expand',
  'Identity',
  'Mul',
  'Neg',
  'Pad',
  'Reshape',
  'Slice',
  'Split',
  'Squeeze',
  'Sub',
  'Sum',
  'Transpose',
  'Unsqueeze',
])

const found = new WeakMap<GraphBuilder, Map<string, boolean>>()

/**
 * True where every number is a sum over many, by a constant factor, since the last operator that could
 * have made one of them infinite: then 0 times the value is 0, or nothing around it is finite either
 * (docs/decisions/infinite-gradients.md).
 */
export function isMixed(g: GraphBuilder, value: Value): boolean {
  const known = found.get(g) ?? new Map<string, boolean>()
  found.set(g, known)
  const earlier = known.get(value.name)
  if (earlier !== undefined) return earlier
  const result = comesMixed(g, value)
  known.set(value.name, result)
  return result
}

function comesMixed(g: GraphBuilder, value: Value): boolean {
  if (!isFloat(value.dtype) || g.constantOf(value)) return true
  const producer = g.producerOf(value)
  if (producer?.domain !== '') return false
  if (MIXES.has(producer.op)) return true
  const inputs = producer.inputs.flatMap((name) => g.find(name) ?? [])
  // Masks: between 0 and 1.
  if (producer.op === 'HardSigmoid') return true
  if (producer.op === 'Cast') return inputs.every(({ dtype }) => !isFloat(dtype))
  return PASSES.has(producer.op) && inputs.every((input) => isMixed(g, input))
}
