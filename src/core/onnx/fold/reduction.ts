/** @file Reductions of small constants (the sizes of flattened shapes). */

import { intAttribute } from '../upgrades/upgrade.ts'
import { type Evaluate, generate, resolveAxis, type SmallArray, strides } from './array.ts'

function reduction(combine: (a: number, b: number) => number): Evaluate {
  return ([x, axesInput], node) => {
    if (x === undefined || x.values.length === 0) return null
    const given = axesInput?.values ?? []
    const isNoop = given.length === 0 && intAttribute(node, 'noop_with_empty_axes', 0) === 1
    if (isNoop) return x
    const axes = new Set(
      given.length === 0 ? x.dims.keys() : given.map((axis) => resolveAxis(axis, x.dims.length)),
    )
    const reduced = reduceAxes(x, axes, combine)
    if (intAttribute(node, 'keepdims', 1) === 1) return reduced
    return { ...reduced, dims: reduced.dims.filter((_, axis) => !axes.has(axis)) }
  }
}

function reduceAxes(
  x: SmallArray,
  axes: ReadonlySet<number>,
  combine: (a: number, b: number) => number,
): SmallArray {
  const dims = x.dims.map((size, axis) => (axes.has(axis) ? 1 : size))
  const into = strides(dims).map((step, axis) => (axes.has(axis) ? 0 : step))
  const totals: (number | undefined)[] = []
  let at = 0
  generate(x.dtype, x.dims, (index) => {
    const value = x.values[at] ?? 0
    at += 1
    const target = into.reduce((sum, step, axis) => sum + step * (index[axis] ?? 0), 0)
    const before = totals[target]
    totals[target] = before === undefined ? value : combine(before, value)
    return 0
  })
  return { dtype: x.dtype, dims, values: totals.map((total) => total ?? 0) }
}

export const REDUCTIONS: Readonly<Record<string, Evaluate>> = {
  ReduceMax: reduction(Math.max),
  ReduceMin: reduction(Math.min),
  ReduceProd: reduction((a, b) => a * b),
  ReduceSum: reduction((a, b) => a + b),
}
