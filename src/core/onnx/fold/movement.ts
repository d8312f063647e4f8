/** @file Operators that move, join, cut and make small constants. */

import { readNumbers } from '../constants.ts'
import { dtypeOfCode, isFloat } from '../dtypes.ts'
import type { DType } from '../ir.ts'
import { broadcastDims } from '../shape-arithmetic.ts'
import { intAttribute, intsAttribute } from '../upgrades/upgrade.ts'
import {
  broadcastReader,
  count,
  type Evaluate,
  element,
  generate,
  resolveAxis,
  type SmallArray,
  strides,
} from './array.ts'

/** Results beyond this are weights, not plumbing. */
const LARGEST = 65536

function castTo(x: SmallArray, dtype: DType): SmallArray | null {
  if (dtype === 'bool') return { ...x, dtype, values: x.values.map((v) => (v === 0 ? 0 : 1)) }
  if (isFloat(dtype) && dtype !== 'float32' && dtype !== 'float64') return null
  if (isFloat(dtype)) return { ...x, dtype }
  const isPlain = x.values.every(Number.isFinite)
  return isPlain ? { ...x, dtype, values: x.values.map(Math.trunc) } : null
}

const cast: Evaluate = ([x], node) =>
  x === undefined ? null : castTo(x, dtypeOfCode(intAttribute(node, 'to', 0)))

const castLike: Evaluate = ([x, like]) =>
  x === undefined || like === undefined ? null : castTo(x, like.dtype)

const concat: Evaluate = (inputs, node) => {
  const parts = inputs.filter((input) => input !== undefined)
  const [first] = parts
  if (first === undefined) return null
  const axis = resolveAxis(intAttribute(node, 'axis', 0), first.dims.length)
  const starts: number[] = []
  let size = 0
  for (const part of parts) {
    starts.push(size)
    size += part.dims[axis] ?? 0
  }
  const readers = parts.map((part) => ({ part, steps: strides(part.dims) }))
  const dims = first.dims.map((own, at) => (at === axis ? size : own))
  return generate(first.dtype, dims, (index) => {
    const position = index[axis] ?? 0
    const at = starts.findLastIndex(
      (start, which) => start <= position && (parts[which]?.dims[axis] ?? 0) > 0,
    )
    const reader = readers[at]
    if (reader === undefined) return 0
    const offset = reader.steps.reduce((sum, step, dim) => {
      const own = (index[dim] ?? 0) - (dim === axis ? (starts[at] ?? 0) : 0)
      return sum + step * own
    }, 0)
    return element(reader.part.values, offset)
  })
}

const constantOfShape: Evaluate = ([shape], node) => {
  if (shape === undefined || count(shape.values) > LARGEST) return null
  const { value } = node.attributes
  if (value === undefined) return generate('float32', shape.values, () => 0)
  if (value.kind !== 'tensor' || value.value.dtype === 'string') return null
  const [fill = 0] = readNumbers(value.value)
  return generate(value.value.dtype, shape.values, () => fill)
}

const expand: Evaluate = ([x, shape]) => {
  if (x === undefined || shape === undefined) return null
  const dims = broadcastDims(x.dims, shape.values)
  return count(dims) > LARGEST ? null : generate(x.dtype, dims, broadcastReader(x))
}

const flatten: Evaluate = ([x], node) => {
  if (x === undefined) return null
  const axis = resolveAxis(intAttribute(node, 'axis', 1), x.dims.length)
  return { ...x, dims: [count(x.dims.slice(0, axis)), count(x.dims.slice(axis))] }
}

const gather: Evaluate = ([x, indices], node) => {
  if (x === undefined || indices === undefined) return null
  const axis = resolveAxis(intAttribute(node, 'axis', 0), x.dims.length)
  const steps = strides(x.dims)
  const size = x.dims[axis] ?? 0
  const readIndex = broadcastReader(indices)
  const after = axis + indices.dims.length
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)]
  return generate(x.dtype, dims, (index) => {
    const picked = resolveAxis(readIndex(index.slice(axis, after)), size)
    const source = [...index.slice(0, axis), picked, ...index.slice(after)]
    return element(x.values, dot(source, steps))
  })
}

function dot(index: readonly number[], steps: readonly number[]): number {
  return steps.reduce((sum, step, axis) => sum + step * (index[axis] ?? 0), 0)
}

const range: Evaluate = ([start, limit, delta]) => {
  const [from, to, by] = [start, limit, delta].map((input) => input?.values[0])
  if (from === undefined || to === undefined || by === undefined || by === 0) return null
  const length = Math.max(0, Math.ceil((to - from) / by))
  if (length > LARGEST) return null
  const values = Array.from({ length }, (_, index) => from + index * by)
  return { dtype: start?.dtype ?? 'int64', dims: [length], values }
}

const reshape: Evaluate = ([x, shape], node) => {
  if (x === undefined || shape === undefined) return null
  const keepsZeros = intAttribute(node, 'allowzero', 0) === 1
  const dims = shape.values.map((size, axis) =>
    size === 0 && !keepsZeros ? (x.dims[axis] ?? 0) : size,
  )
  const known = count(dims.filter((size) => size >= 0))
  const whole = dims.map((size) => (size < 0 ? x.values.length / known : size))
  return count(whole) === x.values.length ? { ...x, dims: whole } : null
}

const slice: Evaluate = ([x, starts, ends, axes, steps]) => {
  if (x === undefined || starts === undefined || ends === undefined) return null
  const rank = x.dims.length
  const from = x.dims.map(() => 0)
  const by = x.dims.map(() => 1)
  const dims = [...x.dims]
  starts.values.forEach((start, which) => {
    const axis = resolveAxis(axes?.values[which] ?? which, rank)
    const size = x.dims[axis] ?? 0
    const step = steps?.values[which] ?? 1
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
    const clamp = (at: number, least: number) =>
      Math.min(Math.max(at < 0 ? at + size : at, least), high)
    const first = clamp(start, step > 0 ? low : 0)
    const end = clamp(ends.values[which] ?? 0, low)
    from[axis] = first
    by[axis] = step
    dims[axis] = Math.max(0, Math.ceil((end - first) / step))
  })
  const inner = strides(x.dims)
  return generate(x.dtype, dims, (index) =>
    element(
      x.values,
      dot(
        index.map((at, axis) => (from[axis] ?? 0) + at * (by[axis] ?? 1)),
        inner,
      ),
    ),
  )
}

const squeeze: Evaluate = ([x, axes]) => {
  if (x === undefined) return null
  const gone = axes?.values.map((axis) => resolveAxis(axis, x.dims.length))
  const dims = x.dims.filter((size, axis) => (gone ? !gone.includes(axis) : size !== 1))
  return { ...x, dims }
}

const tile: Evaluate = ([x, repeats]) => {
  if (x === undefined || repeats === undefined) return null
  const dims = x.dims.map((size, axis) => size * (repeats.values[axis] ?? 1))
  if (count(dims) > LARGEST) return null
  const steps = strides(x.dims)
  return generate(x.dtype, dims, (index) =>
    element(
      x.values,
      dot(
        index.map((at, axis) => at % (x.dims[axis] ?? 1)),
        steps,
      ),
    ),
  )
}

const transpose: Evaluate = ([x], node) => {
  if (x === undefined) return null
  const order = intsAttribute(node, 'perm') ?? x.dims.map((_, axis) => x.dims.length - 1 - axis)
  const steps = strides(x.dims)
  const moved = order.map((axis) => steps[axis] ?? 0)
  return generate(
    x.dtype,
    order.map((axis) => x.dims[axis] ?? 0),
    (index) => element(x.values, dot(index, moved)),
  )
}

const unsqueeze: Evaluate = ([x, axes]) => {
  if (x === undefined || axes === undefined) return null
  const rank = x.dims.length + axes.values.length
  const added = new Set(axes.values.map((axis) => resolveAxis(axis, rank)))
  const rest = [...x.dims]
  const dims = Array.from({ length: rank }, (_, axis) =>
    added.has(axis) ? 1 : (rest.shift() ?? 1),
  )
  return { ...x, dims }
}

export const MOVEMENT: Readonly<Record<string, Evaluate>> = {
  Cast: cast,
  CastLike: castLike,
  Concat: concat,
  ConstantOfShape: constantOfShape,
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  Identity: ([x]) => x ?? null,
  Range: range,
  Reshape: reshape,
  Slice: slice,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
}
