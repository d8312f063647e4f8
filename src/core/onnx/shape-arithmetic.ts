/** @file Arithmetic on static dimensions. */

import { Failure } from '../failure.ts'

/** ONNX (NumPy) multidirectional broadcasting. */
export function broadcastDims(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((dims) => dims.length))
  return Array.from({ length: rank }, (_, axis) => {
    let size = 1
    for (const dims of shapes) {
      const own = dims[axis - rank + dims.length] ?? 1
      if (own === 1 || own === size) continue
      if (size !== 1) {
        const list = shapes.map((each) => `[${each.join(', ')}]`).join(' and ')
        throw new Failure('shape-mismatch', `Shapes ${list} do not broadcast.`)
      }
      size = own
    }
    return size
  })
}

export function sameDims(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis])
}

export function product(dims: readonly number[]): number {
  return dims.reduce((total, size) => total * size, 1)
}

/** Non-negative axes, ascending. */
export function normaliseAxes(axes: readonly number[], rank: number): number[] {
  return axes.map((axis) => normaliseAxis(axis, rank)).sort((a, b) => a - b)
}

export function normaliseAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis
}

export function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i)
}

/** The axes that were broadcast: where `from` has size 1, or no axis, and `to` is larger. */
export function broadcastAxes(from: readonly number[], to: readonly number[]): number[] {
  const lead = to.length - from.length
  return range(0, to.length).filter(
    (axis) => axis < lead || (from[axis - lead] === 1 && to[axis] !== 1),
  )
}

/** Size at an axis; a missing axis is a defect of the caller. */
export function sizeAt(dims: readonly number[], axis: number): number {
  const size = dims[axis]
  if (size === undefined) {
    throw new Failure('internal', `No axis ${axis} in shape [${dims.join(', ')}].`)
  }
  return size
}
