/**
 * @file Regions that shrink or grow: a smooth diffeomorphism of the template, inside the random warp.
 *
 * The stationary velocity v = sum of a_r v_r moves tissue near the regions only. v_r is minus the
 * gradient of the blurred mask of region r, its longest vector 1 mm: it points out of the region and
 * vanishes on its medial axis. Looking along it shrinks the region toward that axis; its surroundings
 * are stretched to fill in, as in atrophy. The amount a_r (mm) that leaves a wanted share of the
 * volume is read from a table measured on the template.
 */

import { sampleAtEdge, sampleTrilinear } from './sample.ts'
import { isNear, type RegionName, regionNames, type Template } from './template.ts'
import { blur, type Field } from './warp.ts'

/** A cube of the template's space around all regions and what moves with them. */
const CUBE = 52
const CUBE_SPACING = 2
const CUBE_ORIGIN = [-51, -60, -53] as const
const CUBE_DIMS = [CUBE, CUBE, CUBE] as const
/** Of the blur that the velocities come from, in cells of the cube. */
const BLUR = 1
const STEPS = 8
/** Millimetres, from growing to shrinking. */
const AMOUNTS = [-2, -1, 0, 1, 2, 3, 4] as const
/** Where all velocities together are shorter than this (mm), tissue stays as it is. */
const LEAST_SPEED = 0.01

/** The share of its volume that each region gets. */
export type Shares = Readonly<Record<RegionName, number>>

/** Moves template millimetres, in place. Tells whether they are where something can move. */
export type Flow = (mm: Float64Array) => boolean

interface Shrinker {
  /** In the order of `regionNames`. */
  readonly velocities: readonly Field[]
  /** The share that each of `AMOUNTS` leaves of each region. */
  readonly shares: readonly (readonly number[])[]
  /** Lengths of all velocities together. */
  readonly speed: Float32Array
}

const known = new WeakMap<Template, Shrinker>()

/** exp(v) for the velocity that leaves each region its wanted share of its volume. */
export function flowOf(template: Template, wanted: Shares): Flow {
  const shrinker = known.get(template) ?? makeShrinker(template)
  known.set(template, shrinker)
  const { velocities, shares, speed } = shrinker
  const amounts = regionNames.map((name, r) => amountFor(shares[r] ?? [], wanted[name]))
  const field = mix(velocities, amounts)
  const cell = new Float64Array(3)
  return (mm) => {
    toCells(mm, cell)
    const [x = 0, y = 0, z = 0] = cell
    if (sampleTrilinear(speed, CUBE_DIMS, x, y, z) <= LEAST_SPEED) return false
    follow(field, cell)
    for (let axis = 0; axis < 3; axis++)
      mm[axis] = (CUBE_ORIGIN[axis] as number) + CUBE_SPACING * (cell[axis] as number)
    return true
  }
}

function makeShrinker(template: Template): Shrinker {
  const masks = regionNames.map((_, r) => maskOnCube(template, r))
  const velocities = masks.map(velocityOf)
  const speed = new Float32Array(CUBE ** 3)
  for (const field of velocities)
    for (let at = 0; at < speed.length; at++)
      speed[at] = (speed[at] as number) + lengthAt(field, at)
  const shares = velocities.map((field, r) => tableRow(masks[r] as Float32Array, field))
  return { velocities, shares, speed }
}

/** Calls back with every cell of the cube: its index and its place, x fastest. */
function forEachCell(visit: (at: number, i: number, j: number, k: number) => void): void {
  let at = 0
  for (let k = 0; k < CUBE; k++)
    for (let j = 0; j < CUBE; j++) for (let i = 0; i < CUBE; i++) visit(at++, i, j, k)
}

function maskOnCube({ dims, inverse: m, regions }: Template, r: number): Float32Array {
  const mask = new Float32Array(CUBE ** 3)
  const place = regions[r]
  if (!place) return mask
  forEachCell((at, i, j, k) => {
    const x = CUBE_ORIGIN[0] + CUBE_SPACING * i
    const y = CUBE_ORIGIN[1] + CUBE_SPACING * j
    const z = CUBE_ORIGIN[2] + CUBE_SPACING * k
    const u = m[0] * x + m[1] * y + m[2] * z + m[3]
    const v = m[4] * x + m[5] * y + m[6] * z + m[7]
    const w = m[8] * x + m[9] * y + m[10] * z + m[11]
    if (isNear(place, u, v, w)) mask[at] = sampleTrilinear(place.mask, dims, u, v, w)
  })
  return mask
}

/** Out of the region, the longest vector 1 mm; nothing moves on the cube's faces. */
function velocityOf(mask: Float32Array): Field {
  const blurred = blur(mask, CUBE, BLUR)
  const field: Field = [
    new Float32Array(CUBE ** 3),
    new Float32Array(CUBE ** 3),
    new Float32Array(CUBE ** 3),
  ]
  const steps = [1, CUBE, CUBE * CUBE] as const
  const isInner = (place: number) => place > 0 && place < CUBE - 1
  forEachCell((at, ...cell) => {
    for (const axis of [0, 1, 2] as const) {
      if (!isInner(cell[axis])) continue
      const step = steps[axis]
      field[axis][at] = (blurred[at - step] as number) - (blurred[at + step] as number)
    }
  })
  let longest = 0
  for (let at = 0; at < mask.length; at++) longest = Math.max(longest, lengthAt(field, at))
  for (const part of field)
    for (let at = 0; at < part.length; at++) part[at] = (part[at] as number) / longest
  return field
}

function lengthAt([x, y, z]: Field, at: number): number {
  return Math.hypot(x[at] as number, y[at] as number, z[at] as number)
}

function tableRow(mask: Float32Array, velocity: Field): readonly number[] {
  const whole = mask.reduce((sum, value) => sum + value, 0)
  const cell = new Float64Array(3)
  return AMOUNTS.map((amount) => {
    const field = mix([velocity], [amount])
    let left = 0
    forEachCell((at, i, j, k) => {
      if (lengthAt(velocity, at) === 0) return
      cell.set([i, j, k])
      follow(field, cell)
      const [x = 0, y = 0, z = 0] = cell
      left += sampleTrilinear(mask, CUBE_DIMS, x, y, z)
    })
    return left / whole
  })
}

/** Linear between the entries of the table, which fall; the nearest amount beyond them. */
function amountFor(shares: readonly number[], wanted: number): number {
  const next = shares.findIndex((share) => share <= wanted)
  if (next === 0) return AMOUNTS[0]
  if (next < 0) return AMOUNTS[AMOUNTS.length - 1] as number
  const [above, below] = [shares[next - 1] as number, shares[next] as number]
  const [low, high] = [AMOUNTS[next - 1] as number, AMOUNTS[next] as number]
  return low + ((high - low) * (above - wanted)) / (above - below)
}

function mix(fields: readonly Field[], amounts: readonly number[]): Field {
  const part = (axis: 0 | 1 | 2) => {
    const total = new Float32Array(CUBE ** 3)
    for (const [n, field] of fields.entries()) {
      const amount = amounts[n] ?? 0
      const values = field[axis]
      for (let at = 0; at < total.length; at++)
        total[at] = (total[at] as number) + amount * (values[at] as number)
    }
    return total
  }
  return [part(0), part(1), part(2)]
}

/** exp(field) of a place in cells: compositions of id + field / STEPS. */
function follow(field: Field, cell: Float64Array): void {
  for (let step = 0; step < STEPS; step++) {
    const [x = 0, y = 0, z = 0] = cell
    sampleAtEdge(field, CUBE, x, y, z, moved)
    for (let axis = 0; axis < 3; axis++)
      cell[axis] = (cell[axis] as number) + (moved[axis] as number) / (STEPS * CUBE_SPACING)
  }
}

const moved = new Float64Array(3)

function toCells(mm: Float64Array, cell: Float64Array): void {
  for (let axis = 0; axis < 3; axis++)
    cell[axis] = ((mm[axis] as number) - (CUBE_ORIGIN[axis] as number)) / CUBE_SPACING
}
