/** @file VJP rules of the operators that select, join or pad parts of a value. */

import { Failure } from '../../failure.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import { sliceBounds } from '../../onnx/graph-operations.ts'
import type { Value } from '../../onnx/ir.ts'
import { normaliseAxis, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { defineVariadicVjp, defineVjp } from '../rule.ts'
import { axisAdjoint, selectionMatrix } from './axis-adjoint.ts'
import { knownIntegers } from './known-integers.ts'

export const concat = defineVariadicVjp('Concat', ({ g, inputs, needs, attributes, cotangent }) => {
  const axis = normaliseAxis(attributes.int('axis', 0), cotangent.dims.length)
  let start = 0
  return inputs.map((input, index) => {
    const begin = start
    start += sizeAt(input.dims, axis)
    if (!needs[index]) return null
    return g.slice(cotangent, { axes: [axis], starts: [begin], ends: [start] })
  })
})

/** The rows that the (known) condition keeps; without an axis, entries of the flattened array. */
export const compress = defineVjp(
  'Compress',
  ['x', 'condition'],
  ({ g, node, inputs: [x, condition], attributes, cotangent }) => {
    const known = knownIntegers(g, node, 'condition', condition) ?? []
    const source = known.flatMap((keep, i) => (keep !== 0 ? [i] : []))
    const isFlat = !attributes.has('axis')
    const axis = isFlat ? 0 : normaliseAxis(attributes.int('axis', 0), x.dims.length)
    const size = isFlat ? x.dims.reduce((a, b) => a * b, 1) : sizeAt(x.dims, axis)
    return [g.reshape(axisAdjoint(g, cotangent, axis, selectionMatrix(source, size)), x.dims), null]
  },
)

/** Above this many matrix entries a scatter is cheaper than a product with the selection matrix. */
const LARGEST_SELECTION = 1 << 18

/** The cotangent of every copy returns to the row it came from. */
export const gather = defineVjp(
  'Gather',
  ['x', 'indices'],
  ({ g, node, inputs: [x, indices], attributes, cotangent }) => {
    const axis = normaliseAxis(attributes.int('axis', 0), x.dims.length)
    const size = sizeAt(x.dims, axis)
    const count = indices.dims.reduce((total, n) => total * n, 1)
    const flat = x.dims.with(axis, count)
    const rows = g.reshape(cotangent, flat)
    if (!g.constantOf(indices) || count * size > LARGEST_SELECTION) {
      const shape = flat.map((_, i) => (i === axis ? count : 1))
      const places = g.expand(g.reshape(indices, shape), flat)
      return [scatterAdd(g, x, places, rows, axis), null]
    }
    const known = knownIntegers(g, node, 'indices', indices) ?? []
    const source = known.map((index) => normaliseAxis(index, size))
    const [first = 0] = source
    if (source.every((index, i) => index === first + i)) {
      const before = x.dims.map((_, i) => (i === axis ? first : 0))
      const after = x.dims.map((_, i) => (i === axis ? size - first - count : 0))
      return [g.pad(rows, before, after), null]
    }
    return [axisAdjoint(g, rows, axis, selectionMatrix(source, size)), null]
  },
)

function scatterAdd(
  g: GraphBuilder,
  like: Value,
  indices: Value,
  updates: Value,
  axis: number,
): Value {
  const zeros = g.zeros(like.dims, like.dtype)
  const reduction = { axis, reduction: 'add' }
  return g.node('ScatterElements', [zeros, indices, updates], like.dims, reduction)
}

export const gatherElements = defineVjp(
  'GatherElements',
  ['x', 'indices'],
  ({ g, inputs: [x, indices], attributes, cotangent }) => [
    scatterAdd(g, x, indices, cotangent, attributes.int('axis', 0)),
    null,
  ],
)

export const gatherNd = defineVjp(
  'GatherND',
  ['x', 'indices'],
  ({ g, node, inputs: [x, indices], attributes, cotangent }) => {
    if (attributes.int('batch_dims', 0) !== 0) {
      throw new Failure(
        'unsupported-operator',
        `GatherND node '${node.name}' has batch_dims, for which there is no gradient rule; ` +
          'occlusion works with any operator.',
      )
    }
    const zeros = g.zeros(x.dims, x.dtype)
    const reduction = { reduction: 'add' }
    return [g.node('ScatterND', [zeros, indices, cotangent], x.dims, reduction), null]
  },
)

/** Crops the border; where it repeats the inside (reflect, edge, wrap) it is added back there. */
export const pad = defineVjp(
  'Pad',
  ['x', 'pads', 'value?', 'axes?'],
  ({ g, node, inputs: [x, padsInput, , axesInput], attributes, cotangent }) => {
    const rank = x.dims.length
    const given = knownIntegers(g, node, 'pads', padsInput) ?? []
    const axes = knownIntegers(g, node, 'axes', axesInput) ?? range(0, rank)
    const before = x.dims.map(() => 0)
    const after = x.dims.map(() => 0)
    for (const [i, raw] of axes.entries()) {
      before[normaliseAxis(raw, rank)] = given[i] ?? 0
      after[normaliseAxis(raw, rank)] = given[i + axes.length] ?? 0
    }
    const mode = attributes.string('mode', 'constant')
    if (mode === 'constant') {
      const negate = (amounts: readonly number[]) => amounts.map((amount) => -amount)
      return [g.pad(cotangent, negate(before), negate(after)), null, null, null]
    }
    let result = cotangent
    for (const axis of range(0, rank)) {
      const low = sizeAt(before, axis)
      const size = sizeAt(x.dims, axis)
      if (low === 0 && after[axis] === 0) continue
      const source = range(0, sizeAt(cotangent.dims, axis)).map((position) =>
        borderSource(mode, position - low, size),
      )
      result = axisAdjoint(g, result, axis, selectionMatrix(source, size))
    }
    return [result, null, null, null]
  },
)

/** Where a position outside 0 .. size-1 takes its value from. */
function borderSource(mode: string, position: number, size: number): number {
  if (mode === 'edge') return Math.min(size - 1, Math.max(0, position))
  const period = mode === 'wrap' ? size : Math.max(1, 2 * size - 2)
  const wrapped = ((position % period) + period) % period
  return wrapped < size ? wrapped : period - wrapped
}

/** The same reversal undoes itself. */
export const reverseSequence = defineVjp(
  'ReverseSequence',
  ['x', 'lengths'],
  ({ g, inputs: [x, lengths], attributes, cotangent }) => [
    g.node('ReverseSequence', [cotangent, lengths], x.dims, {
      batch_axis: attributes.int('batch_axis', 1),
      time_axis: attributes.int('time_axis', 0),
    }),
    null,
  ],
)

/** y = data with `updates` written (or added) at the indices. */
export const scatterElements = defineVjp(
  'ScatterElements',
  ['data', 'indices', 'updates'],
  ({ g, node, inputs: [, indices, updates], needs, attributes, cotangent }) => {
    const axis = attributes.int('axis', 0)
    const isAdd = attributes.string('reduction', 'none') === 'add'
    if (!isAdd) requireNoReduction(node.op, node.name, attributes.string('reduction', 'none'))
    const erased = () =>
      g.node(
        'ScatterElements',
        [cotangent, indices, g.zeros(updates.dims, updates.dtype)],
        cotangent.dims,
        { axis },
      )
    return [
      needs[0] ? (isAdd ? cotangent : erased()) : null,
      null,
      needs[2] ? g.node('GatherElements', [cotangent, indices], updates.dims, { axis }) : null,
    ]
  },
)

export const scatterNd = defineVjp(
  'ScatterND',
  ['data', 'indices', 'updates'],
  ({ g, node, inputs: [, indices, updates], needs, attributes, cotangent }) => {
    const isAdd = attributes.string('reduction', 'none') === 'add'
    if (!isAdd) requireNoReduction(node.op, node.name, attributes.string('reduction', 'none'))
    const erased = () =>
      g.node(
        'ScatterND',
        [cotangent, indices, g.zeros(updates.dims, updates.dtype)],
        cotangent.dims,
      )
    return [
      needs[0] ? (isAdd ? cotangent : erased()) : null,
      null,
      needs[2] ? g.node('GatherND', [cotangent, indices], updates.dims) : null,
    ]
  },
)

function requireNoReduction(op: string, name: string, reduction: string): void {
  if (reduction === 'none') return
  throw new Failure(
    'unsupported-operator',
    `${op} node '${name}' uses reduction '${reduction}', for which there is no gradient rule; ` +
      'occlusion works with any operator.',
  )
}

/** Puts the cotangent back where the slice was taken; zeros elsewhere. */
export const slice = defineVjp(
  'Slice',
  ['x', 'starts', 'ends', 'axes?', 'steps?'],
  ({ g, node, inputs: [x, startsInput, endsInput, axesInput, stepsInput], cotangent }) => {
    const rank = x.dims.length
    const starts = knownIntegers(g, node, 'starts', startsInput) ?? []
    const ends = knownIntegers(g, node, 'ends', endsInput) ?? []
    const axes = knownIntegers(g, node, 'axes', axesInput) ?? range(0, starts.length)
    const steps = knownIntegers(g, node, 'steps', stepsInput) ?? starts.map(() => 1)
    let result = cotangent
    for (const [i, raw] of axes.entries()) {
      const axis = normaliseAxis(raw, rank)
      const size = sizeAt(x.dims, axis)
      const step = steps[i] ?? 1
      const [start] = sliceBounds(size, starts[i] ?? 0, ends[i] ?? size, step)
      result = unsliceAxis(g, result, axis, size, start, step)
    }
    return [result, null, null, null, null]
  },
)

/** Element i goes to start + i * step of an axis of `size`. */
function unsliceAxis(
  g: GraphBuilder,
  x: Value,
  axis: number,
  size: number,
  start: number,
  step: number,
): Value {
  const count = sizeAt(x.dims, axis)
  if (count === 0) return g.zeros(x.dims.with(axis, size), x.dtype)
  const at = (value: number) => x.dims.map((_, i) => (i === axis ? value : 0))
  if (step < 0) {
    const reverse = { axes: [axis], starts: [count - 1], ends: [-count - 1], steps: [-1] }
    const flipped = count === 1 ? x : g.slice(x, reverse)
    return unsliceAxis(g, flipped, axis, size, start + (count - 1) * step, -step)
  }
  if (step === 1 || count === 1) return g.pad(x, at(start), at(size - start - count))
  const gaps = x.dims.toSpliced(axis + 1, 0, 1)
  const gapAfter = gaps.map((_, i) => (i === axis + 1 ? step - 1 : 0))
  const padded = g.pad(
    g.reshape(x, gaps),
    gaps.map(() => 0),
    gapAfter,
  )
  const spread = g.reshape(padded, x.dims.with(axis, count * step))
  return g.pad(spread, at(start), at(size - start - count * step))
}

/** The parts' cotangents side by side; a part that is not used counts as zero. */
export const split = defineVjp(
  'Split',
  ['x', 'split?'],
  ({ g, inputs: [x], outputs, attributes, cotangents }) => {
    const axis = normaliseAxis(attributes.int('axis', 0), x.dims.length)
    const parts = outputs.flatMap((output, index) =>
      output ? [cotangents[index] ?? g.zeros(output.dims, output.dtype)] : [],
    )
    return [g.concat(parts, axis), null]
  },
)

/** Each of the chosen values returns to its place. */
export const topK = defineVjp(
  'TopK',
  ['x', 'k'],
  ({ g, inputs: [x], outputs: [, indices], attributes, cotangent }) => {
    if (!indices) return [null, null]
    return [scatterAdd(g, x, indices, cotangent, attributes.int('axis', -1)), null]
  },
)
