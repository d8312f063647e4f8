/** @file What a node costs to run, roughly: enough to tell what is cheap to compute again. */

import type { Node, Value, ValueTypes } from '../../onnx/ir.ts'
import { product } from '../../onnx/shape-arithmetic.ts'

/** Nanoseconds, native, one thread: per gathered input and per multiplication (see phase-cost.ts). */
const GATHER = 0.25
const MULTIPLY = 0.025

/** Nanoseconds per element of the result, for the operators that may be computed again. */
const PER_ELEMENT: Readonly<Record<string, number>> = {
  Abs: 0.3,
  Add: 0.3,
  And: 0.05,
  BatchNormalization: 0.4,
  Cast: 0.2,
  Clip: 0.3,
  Concat: 0.3,
  Div: 0.4,
  Equal: 0.2,
  Flatten: 0,
  Gather: 0.3,
  Greater: 0.2,
  HardSigmoid: 0.4,
  InstanceNormalization: 0.4,
  LeakyRelu: 0.4,
  Less: 0.2,
  Max: 0.3,
  Min: 0.3,
  Mul: 0.3,
  Neg: 0.3,
  Not: 0.05,
  Or: 0.05,
  PRelu: 0.4,
  Pad: 0.3,
  Relu: 0.3,
  Reshape: 0,
  Slice: 0.3,
  Squeeze: 0,
  Sub: 0.3,
  Sum: 0.3,
  Transpose: 1,
  Unsqueeze: 0,
  Where: 0.9,
}
/** For all others, where only the sum over a graph counts. */
const OTHERS = 1

/** True for operators that give the same numbers every time, from inputs as large as their result. */
export function isRepeatable({ domain, op, outputs }: Node): boolean {
  return domain === '' && outputs.length === 1 && (op === 'Conv' || op in PER_ELEMENT)
}

/** Nanoseconds. */
export function runCost({ op, inputs, outputs }: Node, types: ValueTypes): number {
  const [x, w] = inputs.map((name) => types.get(name))
  const y = types.get(outputs[0] ?? '')
  if (!y) return 0
  const size = product(y.dims)
  if (op === 'Conv' && x && w) return convCost(x, w, y)
  if ((op === 'MatMul' || op === 'Gemm') && x) return MULTIPLY * size * (x.dims.at(-1) ?? 1)
  return (PER_ELEMENT[op] ?? OTHERS) * size
}

function convCost(x: Value, w: Value, y: Value): number {
  const [, perGroup = 1, ...kernel] = w.dims
  const [, channels = 1] = x.dims
  const positions = product(y.dims) / (y.dims[1] ?? 1)
  const taps = product(kernel)
  return GATHER * positions * channels * taps + MULTIPLY * product(y.dims) * perGroup * taps
}
