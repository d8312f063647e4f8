/** @file The operators that rules and recipes emit, each with the shape of its result. */

import type { GraphEmitter } from './graph-emitter.ts'
import type { DType, Value } from './ir.ts'
import {
  broadcastDims,
  normaliseAxes,
  normaliseAxis,
  product,
  range,
  sameDims,
  sizeAt,
} from './shape-arithmetic.ts'

export interface SliceSpec {
  readonly axes: readonly number[]
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  readonly steps?: readonly number[]
}

type Unary = (x: Value) => Value
type Binary = (a: Value, b: Value) => Value
type Reduction = (x: Value, axes: readonly number[], options?: { keepDims?: boolean }) => Value

/** Element-wise operators broadcast; reductions keep their axes unless `keepDims` is false. */
export interface GraphOperations {
  readonly abs: Unary
  readonly exp: Unary
  readonly log: Unary
  readonly neg: Unary
  readonly reciprocal: Unary
  readonly relu: Unary
  readonly sigmoid: Unary
  readonly sign: Unary
  readonly sqrt: Unary
  readonly tanh: Unary
  readonly not: Unary
  readonly add: Binary
  readonly div: Binary
  readonly max: Binary
  readonly min: Binary
  readonly mul: Binary
  readonly pow: Binary
  readonly sub: Binary
  readonly and: Binary
  readonly or: Binary
  readonly equal: Binary
  readonly greater: Binary
  readonly greaterOrEqual: Binary
  readonly less: Binary
  readonly lessOrEqual: Binary
  readonly where: (condition: Value, a: Value, b: Value) => Value
  readonly reduceMax: Reduction
  readonly reduceMean: Reduction
  readonly reduceMin: Reduction
  readonly reduceSum: Reduction
  /** A rank-0 constant of the same element type. */
  scalarLike(like: Value, value: number): Value
  /** Multiplies by a number. */
  scale(x: Value, factor: number): Value
  cast(x: Value, dtype: DType): Value
  concat(values: readonly Value[], axis: number): Value
  expand(x: Value, dims: readonly number[]): Value
  /** Matrix product with NumPy's rules; both of rank >= 2. */
  matmul(a: Value, b: Value): Value
  /** Constant padding; negative amounts crop (as a Slice). One entry per axis. */
  pad(x: Value, before: readonly number[], after: readonly number[], value?: number): Value
  reshape(x: Value, dims: readonly number[]): Value
  /** Starts and ends as in NumPy; the sizes are computed here. */
  slice(x: Value, spec: SliceSpec): Value
  /** Default: reverse the axes. */
  transpose(x: Value, perm?: readonly number[]): Value
  zeros(dims: readonly number[], dtype?: DType): Value
}

export function createGraphOperations(g: GraphEmitter): GraphOperations {
  const unary =
    (op: string): Unary =>
    (x) =>
      g.node(op, [x], x.dims)
  const binary =
    (op: string, dtype?: DType): Binary =>
    (a, b) =>
      g.node(op, [a, b], broadcastDims(a.dims, b.dims), {}, dtype)
  const reduction =
    (op: string): Reduction =>
    (x, axes, { keepDims = true } = {}) => {
      const list = normaliseAxes(axes, x.dims.length)
      if (list.length === 0) return x
      const kept = x.dims.map((size, axis) => (list.includes(axis) ? 1 : size))
      const dims = keepDims ? kept : x.dims.filter((_, axis) => !list.includes(axis))
      return g.node(op, [x, g.ints(list)], dims, { keepdims: keepDims ? 1 : 0 })
    }
  const scalarLike = (like: Value, value: number) => g.scalar(value, like.dtype)

  const mul: Binary = (a, b) => {
    if (isOne(g, b) && keepsShape(a, b)) return a
    if (isOne(g, a) && keepsShape(b, a)) return b
    return binary('Mul')(a, b)
  }

  function reshape(x: Value, dims: readonly number[]): Value {
    if (sameDims(x.dims, dims)) return x
    return g.node('Reshape', [x, g.ints(dims)], dims, dims.includes(0) ? { allowzero: 1 } : {})
  }

  function slice(x: Value, { axes, starts, ends, steps }: SliceSpec): Value {
    const dims = [...x.dims]
    const used: number[] = []
    for (const [i, raw] of axes.entries()) {
      const axis = normaliseAxis(raw, x.dims.length)
      const size = sizeAt(x.dims, axis)
      const step = steps?.[i] ?? 1
      const [start, end] = sliceBounds(size, starts[i] ?? 0, ends[i] ?? size, step)
      dims[axis] = Math.max(0, Math.ceil((end - start) / step))
      if (dims[axis] !== size || step !== 1) used.push(i)
    }
    if (used.length === 0) return x
    const pick = (list: readonly number[]) => used.map((i) => list[i] ?? 1)
    const args = [x, g.ints(pick(starts)), g.ints(pick(ends)), g.ints(pick(axes))]
    const stepsUsed = steps ? pick(steps) : []
    if (stepsUsed.some((step) => step !== 1)) args.push(g.ints(stepsUsed))
    return g.node('Slice', args, dims)
  }

  function pad(x: Value, before: readonly number[], after: readonly number[], value = 0): Value {
    const axes = range(0, x.dims.length)
    const cropped = slice(x, {
      axes,
      starts: axes.map((axis) => Math.max(0, -(before[axis] ?? 0))),
      ends: axes.map((axis) => sizeAt(x.dims, axis) - Math.max(0, -(after[axis] ?? 0))),
    })
    const low = axes.map((axis) => Math.max(0, before[axis] ?? 0))
    const high = axes.map((axis) => Math.max(0, after[axis] ?? 0))
    if ([...low, ...high].every((amount) => amount === 0)) return cropped
    const dims = axes.map((i) => sizeAt(cropped.dims, i) + (low[i] ?? 0) + (high[i] ?? 0))
    const fill = value === 0 ? [] : [scalarLike(x, value)]
    return g.node('Pad', [cropped, g.ints([...low, ...high]), ...fill], dims)
  }

  function expand(x: Value, dims: readonly number[]): Value {
    const target = broadcastDims(x.dims, dims)
    return sameDims(x.dims, target) ? x : g.node('Expand', [x, g.ints(target)], target)
  }

  return {
    abs: unary('Abs'),
    exp: unary('Exp'),
    log: unary('Log'),
    neg: unary('Neg'),
    reciprocal: unary('Reciprocal'),
    relu: unary('Relu'),
    sigmoid: unary('Sigmoid'),
    sign: unary('Sign'),
    sqrt: unary('Sqrt'),
    tanh: unary('Tanh'),
    not: unary('Not'),
    add: binary('Add'),
    div: binary('Div'),
    max: binary('Max'),
    min: binary('Min'),
    mul,
    pow: binary('Pow'),
    sub: binary('Sub'),
    and: binary('And'),
    or: binary('Or'),
    equal: binary('Equal', 'bool'),
    greater: binary('Greater', 'bool'),
    greaterOrEqual: binary('GreaterOrEqual', 'bool'),
    less: binary('Less', 'bool'),
    lessOrEqual: binary('LessOrEqual', 'bool'),
    where: (c, a, b) =>
      g.node('Where', [c, a, b], broadcastDims(c.dims, a.dims, b.dims), {}, a.dtype),
    reduceMax: reduction('ReduceMax'),
    reduceMean: reduction('ReduceMean'),
    reduceMin: reduction('ReduceMin'),
    reduceSum: reduction('ReduceSum'),
    scalarLike,
    scale: (x, factor) => (factor === 1 ? x : mul(x, scalarLike(x, factor))),
    cast: (x, dtype) =>
      x.dtype === dtype ? x : g.node('Cast', [x], x.dims, { to: CAST_CODES[dtype] ?? 1 }, dtype),
    concat(values, axis) {
      const [head] = values
      if (head === undefined || values.length === 1) return head ?? g.scalar(0)
      const at = normaliseAxis(axis, head.dims.length)
      const total = values.reduce((sum, value) => sum + sizeAt(value.dims, at), 0)
      return g.node('Concat', values, head.dims.with(at, total), { axis: at })
    },
    expand,
    matmul(a, b) {
      const batch = broadcastDims(a.dims.slice(0, -2), b.dims.slice(0, -2))
      const dims = [...batch, a.dims.at(-2) ?? 1, b.dims.at(-1) ?? 1]
      return g.node('MatMul', [a, b], dims)
    },
    pad,
    reshape,
    slice,
    transpose(x, perm = range(0, x.dims.length).reverse()) {
      if (perm.every((from, to) => from === to)) return x
      const dims = perm.map((axis) => sizeAt(x.dims, axis))
      // Moving axes of size 1 past the others changes no element: a Reshape is free.
      const order = perm.filter((axis) => x.dims[axis] !== 1)
      if (order.every((axis, i) => i === 0 || axis > (order[i - 1] ?? 0))) return reshape(x, dims)
      return g.node('Transpose', [x], dims, { perm })
    },
    zeros: (dims, dtype) =>
      product(dims) <= 1024
        ? g.numbers(dims, new Float32Array(product(dims)), dtype)
        : expand(g.scalar(0, dtype), dims),
  }
}

/** TensorProto.DataType of what the compiler casts to. */
const CAST_CODES: Partial<Record<DType, number>> = {
  bfloat16: 16,
  bool: 9,
  float16: 10,
  float32: 1,
  float64: 11,
  int32: 6,
  int64: 7,
}

function isOne(g: GraphEmitter, value: Value): boolean {
  return g.scalarOf(value) === 1
}

function keepsShape(kept: Value, dropped: Value): boolean {
  return sameDims(broadcastDims(kept.dims, dropped.dims), kept.dims)
}

/** NumPy's clamping of a slice; `end` for a negative step may be -1 (before the first). */
export function sliceBounds(
  size: number,
  start: number,
  end: number,
  step: number,
): readonly [start: number, end: number] {
  const clamp = (index: number, low: number, high: number) =>
    Math.min(high, Math.max(low, index < 0 ? index + size : index))
  return step > 0
    ? [clamp(start, 0, size), clamp(end, 0, size)]
    : [clamp(start, 0, size - 1), clamp(end, -1, size - 1)]
}
