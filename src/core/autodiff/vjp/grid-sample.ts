/** @file VJP rule of GridSample: interpolation at places that the graph computes. */

import { Failure } from '../../failure.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { defineVjp } from '../rule.ts'
import { fromNumber, gate, plusNumber } from './slope.ts'

/** A voxel that a point reads along one axis. */
interface Tap {
  /** From the axis' first voxel. */
  readonly offset: number
  /** Its share of the value; null = all of it. */
  readonly weight: Value | null
  /** Change of the share by voxel that the point moves; null = 0. */
  readonly slope: Value | -1 | 1 | null
}

/** One spatial axis of the sampled points; all values are (N, points). */
interface AxisPlace {
  /** The voxel at or below the point, or the nearest, as a float. */
  readonly base: Value
  readonly taps: readonly Tap[]
  /** 1 where a step of the grid moves the point, else 0 (held at the border); null = everywhere 1. */
  readonly moves: Value | null
  /** Voxels per unit of the grid. */
  readonly rate: number
  readonly size: number
  /** Taps beyond the axis read its end, instead of 0. */
  readonly isBorder: boolean
}

/**
 * Nearest, linear and cubic, with zeros or the border outside. The cotangent returns to the voxels by
 * their shares; the grid's own derivative is that of the shares, and 0 for nearest.
 */
export const gridSample = defineVjp(
  'GridSample',
  ['x', 'grid'],
  ({ g, node, inputs: [x, grid], needs, attributes, cotangent }) => {
    const given = attributes.string('mode', 'linear')
    const padding = attributes.string('padding_mode', 'zeros')
    const mode = MODES[given]
    if (!mode || padding === 'reflection') {
      throw new Failure(
        'unsupported-operator',
        `GridSample node '${node.name}' uses mode '${given}' with padding '${padding}', for which there is ` +
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
        mode,
      }),
    )
    const flatX = [batch, channels, product(spatial)]
    const flatY = [batch, channels, points]
    const share = g.reshape(cotangent, flatY)
    const one = (value: Value) => g.reshape(value, [batch, 1, points])
    const corners = choices(places).map((taps) => cornerOf(g, places, taps))
    const indices = corners.map(({ index }) => g.expand(one(g.cast(index, 'int64')), flatY))
    const forX = () => {
      const updates = corners.map(({ taps, inside }) => {
        const weight = multiply(g, [...weightsOf(taps), ...inside])
        return weight ? g.mul(share, one(weight)) : share
      })
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
      const pulls = indices.map((index) => {
        const values = g.node('GatherElements', [flat, index], flatY, { axis: 2 })
        return g.reshape(g.reduceSum(g.mul(values, share), [1]), [batch, points])
      })
      const slopes = places.map((place, axis) => {
        const parts = corners.flatMap(({ taps, inside }, i) => {
          const pull = pulls[i]
          const slope = taps[axis]?.slope ?? null
          if (!pull || slope === null) return []
          const others = weightsOf(taps.filter((_, other) => other !== axis))
          const factors = typeof slope === 'number' ? others : [...others, slope]
          const whole = multiply(g, [pull, ...inside, ...factors]) ?? pull
          return [slope === -1 ? g.neg(whole) : whole]
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
    return [needs[0] ? forX() : null, needs[1] && mode !== 'nearest' ? forGrid() : null]
  },
)

type Mode = 'cubic' | 'linear' | 'nearest'

/** The names of all opsets. */
const MODES: Readonly<Record<string, Mode | undefined>> = {
  bicubic: 'cubic',
  bilinear: 'linear',
  cubic: 'cubic',
  linear: 'linear',
  nearest: 'nearest',
}

interface AxisChoice {
  readonly size: number
  readonly component: number
  readonly alignsCorners: boolean
  readonly isBorder: boolean
  readonly mode: Mode
}

/** -1 and 1 are the centres of the outer voxels (aligned corners), or their outer edges. */
function placeOnAxis(g: GraphBuilder, grid: Value, choice: AxisChoice): AxisPlace {
  const { size, component, alignsCorners, isBorder, mode } = choice
  const last = grid.dims.length - 1
  const [batch = 1] = grid.dims
  const points = product(grid.dims.slice(1, -1))
  const taken = g.slice(grid, { axes: [last], starts: [component], ends: [component + 1] })
  const rate = alignsCorners ? (size - 1) / 2 : size / 2
  const free = plusNumber(g, g.scale(g.reshape(taken, [batch, points]), rate), (size - 1) / 2)
  const zero = g.scalarLike(free, 0)
  const end = g.scalarLike(free, size - 1)
  // Of the cubic's taps each is held on its own, whereas the point stays where it is.
  const isHeld = isBorder && mode !== 'cubic'
  const at = isHeld ? g.min(g.max(free, zero), end) : free
  const inside = g.and(g.greaterOrEqual(free, zero), g.lessOrEqual(free, end))
  const moves = isHeld ? gate(g, inside, g.scalarLike(free, 1)) : null
  const base = g.node(mode === 'nearest' ? 'Round' : 'Floor', [at], at.dims)
  return { base, taps: tapsOf(g, mode, at, base), moves, rate, size, isBorder }
}

function tapsOf(g: GraphBuilder, mode: Mode, at: Value, base: Value): readonly Tap[] {
  if (mode === 'nearest') return [{ offset: 0, weight: null, slope: null }]
  const part = g.sub(at, base)
  const rest = fromNumber(g, 1, part)
  if (mode === 'linear') {
    return [
      { offset: 0, weight: rest, slope: -1 },
      { offset: 1, weight: part, slope: 1 },
    ]
  }
  const tap = (offset: number, kernel: readonly number[], distance: Value, sign: number): Tap => ({
    offset,
    weight: polynomial(g, distance, kernel),
    slope: polynomial(
      g,
      distance,
      kernel.slice(1).map((factor, i) => sign * (i + 1) * factor),
    ),
  })
  return [
    tap(-1, FAR, plusNumber(g, part, 1), 1),
    tap(0, NEAR, part, 1),
    tap(1, NEAR, rest, -1),
    tap(2, FAR, plusNumber(g, rest, 1), -1),
  ]
}

/** Keys' cubic, factors of d^0 to d^3: for distances up to 1, and from 1 to 2. */
const A = -0.75
const NEAR = [1, 0, -(A + 3), A + 2]
const FAR = [-4 * A, 8 * A, -5 * A, A]

/** The sum of factor_i x^i, by Horner's rule. */
function polynomial(g: GraphBuilder, x: Value, factors: readonly number[]): Value {
  const [last = 0, second = 0, ...lower] = factors.toReversed()
  return lower.reduce<Value>(
    (sum, factor) => plusNumber(g, g.mul(sum, x), factor),
    plusNumber(g, g.scale(x, last), second),
  )
}

/** One tap of every axis, in all combinations. */
function choices(places: readonly AxisPlace[]): readonly (readonly Tap[])[] {
  return places.reduce<readonly (readonly Tap[])[]>(
    (chosen, { taps }) => taps.flatMap((tap) => chosen.map((others) => [...others, tap])),
    [[]],
  )
}

function cornerOf(g: GraphBuilder, places: readonly AxisPlace[], taps: readonly Tap[]) {
  const sizes = places.map(({ size }) => size)
  const positions = places.map(({ base }, axis) => {
    const offset = taps[axis]?.offset ?? 0
    return offset === 0 ? base : plusNumber(g, base, offset)
  })
  const isInside = positions.map((position, axis) =>
    g.and(
      g.greaterOrEqual(position, g.scalarLike(position, 0)),
      g.lessOrEqual(position, g.scalarLike(position, sizeAt(sizes, axis) - 1)),
    ),
  )
  const isBorder = places.every((place) => place.isBorder)
  const all = isBorder ? [] : [isInside.reduce((both, each) => g.and(both, each))]
  const index = positions
    .map((position, axis) => {
      const end = g.scalarLike(position, sizeAt(sizes, axis) - 1)
      const held = g.min(g.max(position, g.scalarLike(position, 0)), end)
      return g.scale(held, product(sizes.slice(axis + 1)))
    })
    .reduce((sum, each) => g.add(sum, each))
  return { taps, index, inside: all.map((value) => g.cast(value, index.dtype)) }
}

function weightsOf(taps: readonly Tap[]): readonly Value[] {
  return taps.flatMap(({ weight }) => weight ?? [])
}

/** Null where there is nothing to multiply. */
function multiply(g: GraphBuilder, [first, ...rest]: readonly Value[]): Value | null {
  return first ? rest.reduce((result, value) => g.mul(result, value), first) : null
}
