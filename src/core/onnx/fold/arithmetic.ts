/** @file Elementwise operators on small constants. */

import { isFloat } from '../dtypes.ts'
import type { DType } from '../ir.ts'
import { broadcastDims } from '../shape-arithmetic.ts'
import { broadcastReader, type Evaluate, generate, type SmallArray } from './array.ts'

/** ONNX's INT64_MAX reads as 2^53 - 1: a marker, not a number to calculate with. */
function isExact(array: SmallArray): boolean {
  return isFloat(array.dtype) || array.values.every((value) => Math.abs(value) < 2 ** 53 - 1)
}

function unary(apply: (value: number) => number): Evaluate {
  return ([x]) => (x !== undefined && isExact(x) ? { ...x, values: x.values.map(apply) } : null)
}

type Combine = (a: number, b: number, dtype: DType) => number

/** Left fold over two or more broadcast inputs. */
function elementwise(combine: Combine, result?: DType): Evaluate {
  return (inputs) => {
    const given = inputs.filter((input) => input !== undefined)
    const [first] = given
    if (first === undefined || !given.every(isExact)) return null
    const { dtype } = first
    const readers = given.map(broadcastReader)
    const dims = broadcastDims(...given.map((input) => input.dims))
    return generate(result ?? dtype, dims, (index) =>
      readers.map((read) => read(index)).reduce((a, b) => rounded(combine(a, b, dtype), dtype)),
    )
  }
}

function rounded(value: number, dtype: DType): number {
  return dtype === 'float32' ? Math.fround(value) : value
}

/** Integers divide towards zero; a zero divisor is left to the runtime's own answer. */
function divide(a: number, b: number, dtype: DType): number {
  return isFloat(dtype) ? a / b : Math.trunc(a / b)
}

/** The runtime refuses an integer division by zero; it is left to it. */
function divideSafely(evaluate: Evaluate): Evaluate {
  return (inputs, node) => {
    const [a, b] = inputs
    const dividesByZero = a !== undefined && !isFloat(a.dtype) && b?.values.includes(0) === true
    return dividesByZero ? null : evaluate(inputs, node)
  }
}

/** fmod 0: the sign of the divisor, as in Python; fmod 1: of the dividend, as in C. */
const modulo: Evaluate = (inputs, node) =>
  node.attributes.fmod?.value === 1
    ? truncatedRemainder(inputs, node)
    : flooredRemainder(inputs, node)
const truncatedRemainder = elementwise((a, b) => a % b)
const flooredRemainder = elementwise((a, b) => a - b * Math.floor(a / b))

function compare(holds: (a: number, b: number) => boolean): Evaluate {
  return elementwise((a, b) => Number(holds(a, b)), 'bool')
}

/** Halves round to even. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value)
  if (value - below !== 0.5) return Math.round(value)
  const even = below % 2 === 0 ? below : below + 1
  return even === 0 && value < 0 ? -0 : even
}

const where: Evaluate = ([condition, a, b]) => {
  if (condition === undefined || a === undefined || b === undefined) return null
  const [pick, yes, no] = [condition, a, b].map(broadcastReader)
  if (pick === undefined || yes === undefined || no === undefined) return null
  const dims = broadcastDims(condition.dims, a.dims, b.dims)
  return generate(a.dtype, dims, (index) => (pick(index) === 0 ? no(index) : yes(index)))
}

export const ARITHMETIC: Readonly<Record<string, Evaluate>> = {
  Abs: unary(Math.abs),
  Add: elementwise((a, b) => a + b),
  And: elementwise((a, b) => a & b),
  Ceil: unary(Math.ceil),
  Div: divideSafely(elementwise(divide)),
  Equal: compare((a, b) => a === b),
  Floor: unary(Math.floor),
  Greater: compare((a, b) => a > b),
  GreaterOrEqual: compare((a, b) => a >= b),
  Less: compare((a, b) => a < b),
  LessOrEqual: compare((a, b) => a <= b),
  Max: elementwise((a, b) => Math.max(a, b)),
  Min: elementwise((a, b) => Math.min(a, b)),
  Mod: divideSafely(modulo),
  Mul: elementwise((a, b) => a * b),
  Neg: unary((value) => -value),
  Not: unary((value) => 1 - value),
  Or: elementwise((a, b) => a | b),
  Round: unary(roundHalfToEven),
  Sqrt: unary(Math.sqrt),
  Sub: elementwise((a, b) => a - b),
  Sum: elementwise((a, b) => a + b),
  Where: where,
}
