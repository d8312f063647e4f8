/** @file VJP rule of GridSample: interpolation at places that the graph computes. */

import { Failure } from '../../failure.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { defineVjp } from '../rule.ts'
import { fromNumber, gate, plusNumber } from './slope.ts'

/** One spatial axis of the sampled points; all values are (N, points). */
interface AxisPlace {
  /** First neighbour, as a float. */
  readonly floor: Value
  /** Where between the two neighbours, 0 to 1; null where the nearest is taken. */
  readonly part: Value | null
  /** 1 where a step of the grid moves the point, else 0 (held at the border). */
  readonly moves: Value | null
  /** Voxels per unit of the grid. */
  readonly rate: number
  readonly size: number
}

/**
 * Linear and nearest, with zeros or the border outside. The cotangent returns to the neighbours by
 * their weights; the grid's own derivative is that of the weights, and 0 for nearest.
 */
export const gridSample = defineVjp(
  'GridSample',
  ['x', 'grid'],
  ({ g, node, inputs: [x, grid], needs, attributes, cotangent }) => {
    const mode = attributes.string('mode', 'linear')
    const padding = attributes.string('padding_mode', 'zeros')
    const isNearest = mode === 'nearest'
    const isLinear = mode === 'linear' || mode === 'bilinear'
    if (!(isNearest || isLinear) || padding === 'reflection') {
      throw new Failure(
        'unsupported-operator',
        `GridSample node '${node.name}' uses mode '${mode}' with padding '${padding}', for which there is ` +
          'no gradient rule; occlusion works with any operator.',
      )
    }
    const [batch = 1, channels = 1, ...spatial] = x.dims
    const points = product(grid.dims.slice(1, -1))
    const places = spatial.map((size, axis) =>
      placeOnAxis(g, grid, {
        size,
        // The last axis comes first in the grid.
        component: spatial.length - 1 - axis,
        alignsCorners: attributes.int('align_corners', 0) !== 0,
        isBorder: padding === 'border',
        isNearest,
      }),
    )
    const flatX = [batch, channels, product(spatial)]
    const flatY = [batch, channels, points]
    const share = g.reshape(cotangent, flatY)
    const one = (value: Value) => g.reshape(value, [batch, 1, points])
    const corners = range(0, isNearest ? 1 : 2 ** spatial.length).map((bits) =>
      cornerOf(g, places, bits),
    )
    const indices = corners.map(({ index }) => g.expand(one(g.cast(index, 'int64')), flatY))
    const weights = corners.map(({ factors, inside }) => one(multiply(g, [...factors, inside])))
    const forX = () => {
      const updates = weights.map((weight) => g.mul(share, weight))
      const zeros = g.zeros(flatX, x.dtype)
      const inputs = [zeros, g.concat(indices, 2), g.concat(updates, 2)]
      return g.reshape(
        g.node('ScatterElements', inputs, flatX, { axis: 2, reduction: 'add' }),
        x.dims,
      )
    }
    const forGrid = () => {
      const flat = g.reshape(x, flatX)
      // What every corner's value and the cotangent make together, summed over the channels.
      const pulls = corners.map(({ inside }, i) => {
        const values = g.node('GatherElements', [flat, indices[i] ?? flat], flatY, { axis: 2 })
        const sum = g.reduceSum(g.mul(values, share), [1])
        return g.mul(g.reshape(sum, [batch, points]), inside)
      })
      const slopes = places.map((place, axis) => {
        const parts = corners.map(({ factors, bits }, i) => {
          const others = factors.filter((_, other) => other !== axis)
          const whole = multiply(g, [pulls[i] ?? place.floor, ...others])
          return ((bits >> axis) & 1) === 1 ? whole : g.neg(whole)
        })
        const total = g.scale(
          parts.reduce((sum, part) => g.add(sum, part)),
          place.rate,
        )
        const held = place.moves ? g.mul(total, place.moves) : total
        return g.reshape(held, [batch, points, 1])
      })
      return g.reshape(g.concat(slopes.toReversed(), 2), grid.dims)
    }
    return [needs[0] ? forX() : null, needs[1] && !isNearest ? forGrid() : null]
  },
)

interface AxisChoice {
  readonly size: number
  readonly component: number
  readonly alignsCorners: boolean
  readonly isBorder: boolean
  readonly isNearest: boolean
}

/** -1 and 1 are the centres of the outer voxels (aligned corners), or their outer edges. */
function placeOnAxis(g: GraphBuilder, grid: Value, choice: AxisChoice): AxisPlace {
  const { size, component, alignsCorners, isBorder, isNearest } = choice
  const last = grid.dims.length - 1
  const [batch = 1] = grid.dims
  const points = product(grid.dims.slice(1, -1))
  const taken = g.slice(grid, { axes: [last], starts: [component], ends: [component + 1] })
  const rate = alignsCorners ? (size - 1) / 2 : size / 2
  const free = plusNumber(g, g.scale(g.reshape(taken, [batch, points]), rate), (size - 1) / 2)
  const zero = g.scalarLike(free, 0)
  const end = g.scalarLike(free, size - 1)
  const at = isBorder ? g.min(g.max(free, zero), end) : free
  const inside = g.and(g.greaterOrEqual(free, zero), g.lessOrEqual(free, end))
  const moves = isBorder ? gate(g, inside, g.scalarLike(free, 1)) : null
  const floor = g.node(isNearest ? 'Round' : 'Floor', [at], at.dims)
  return { floor, part: isNearest ? null : g.sub(at, floor), moves, rate, size }
}

/** The neighbour that lies one further on the axes whose bit is set. */
function cornerOf(g: GraphBuilder, places: readonly AxisPlace[], bits: number) {
  const isNext = (axis: number) => ((bits >> axis) & 1) === 1
  const positions = places.map(({ floor }, axis) =>
    isNext(axis) ? plusNumber(g, floor, 1) : floor,
  )
  const factors = places.flatMap(({ part }, axis) =>
    part ? [isNext(axis) ? part : fromNumber(g, 1, part)] : [],
  )
  const isInside = places
    .map(({ size }, axis) => {
      const position = positions[axis] as Value
      return g.and(
        g.greaterOrEqual(position, g.scalarLike(position, 0)),
        g.lessOrEqual(position, g.scalarLike(position, size - 1)),
      )
    })
    .reduce((all, each) => g.and(all, each))
  const [first] = positions as [Value, ...Value[]]
  const index = positions
    .map((position, axis) => {
      const size = sizeAt(
        places.map((place) => place.size),
        axis,
      )
      const held = g.min(g.max(position, g.scalarLike(first, 0)), g.scalarLike(first, size - 1))
      return g.scale(held, product(places.slice(axis + 1).map((place) => place.size)))
    })
    .reduce((sum, each) => g.add(sum, each))
  return { bits, factors, inside: g.cast(isInside, first.dtype), index }
}

function multiply(g: GraphBuilder, [first, ...rest]: readonly Value[]): Value {
  return rest.reduce<Value>((result, value) => g.mul(result, value), first as Value)
}
