/** @file Which way the voxel axes point, as three letters, and turning a volume without interpolation. */

import { composeAffines, spacingOf, type Triple } from './affine.ts'
import type { Affine, Volume } from './volume.ts'

export type AxisIndex = 0 | 1 | 2

/** Axis `from` of the old grid becomes this axis of the new one, backwards when `flip`. */
interface AxisSource {
  readonly from: AxisIndex
  readonly flip: boolean
}
export type Turn = readonly [AxisSource, AxisSource, AxisSource]

const positive: readonly string[] = ['R', 'A', 'S']
const negative: readonly string[] = ['L', 'P', 'I']
const permutations: readonly (readonly [AxisIndex, AxisIndex, AxisIndex])[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
]

/**
 * The code of an affine, also of an oblique one: each voxel axis is given one of the directions
 * right-left, front-back, top-bottom so that the sum of the cosines is largest.
 */
export function orientationOf(affine: Affine): string {
  const spacing = spacingOf(affine)
  const cosine = (world: AxisIndex, voxel: AxisIndex): number =>
    (affine[world * 4 + voxel] ?? 0) / (spacing[voxel] || 1)
  let best = permutations[0] ?? [0, 1, 2]
  let bestSum = -1
  for (const worlds of permutations) {
    const [i, j, k] = worlds
    const sum = Math.abs(cosine(i, 0)) + Math.abs(cosine(j, 1)) + Math.abs(cosine(k, 2))
    if (sum > bestSum + 1e-9) {
      best = worlds
      bestSum = sum
    }
  }
  const voxels = [0, 1, 2] as const
  return voxels
    .map((voxel) => (cosine(best[voxel], voxel) < 0 ? negative : positive)[best[voxel]])
    .join('')
}

/** How axes that point as `from` says become axes that point as `to` says. */
export function turnBetween(from: string, to: string): Turn {
  const world = (letter: string): number => {
    const index = positive.indexOf(letter)
    return index >= 0 ? index : negative.indexOf(letter)
  }
  const source = (axis: AxisIndex): AxisSource => {
    const letter = to.charAt(axis)
    const index = [...from].findIndex((name) => world(name) === world(letter))
    return { from: index === 1 ? 1 : index === 2 ? 2 : 0, flip: from.charAt(index) !== letter }
  }
  return [source(0), source(1), source(2)]
}

/** The grid after the turn: same voxels in the same places, other names for the axes. */
export function turnGrid(
  dims: Triple,
  affine: Affine,
  turn: Turn,
): { readonly dims: Triple; readonly affine: Affine } {
  const size = (axis: AxisIndex): number => dims[turn[axis].from]
  // New voxel to old voxel.
  const back = (old: AxisIndex, fresh: AxisIndex): number =>
    turn[fresh].from !== old ? 0 : turn[fresh].flip ? -1 : 1
  const start = (old: AxisIndex): number =>
    turn.some((source) => source.from === old && source.flip) ? dims[old] - 1 : 0
  // biome-ignore format: a matrix
  const toOld: Affine = [
    back(0, 0), back(0, 1), back(0, 2), start(0),
    back(1, 0), back(1, 1), back(1, 2), start(1),
    back(2, 0), back(2, 1), back(2, 2), start(2),
    0, 0, 0, 1,
  ]
  return { dims: [size(0), size(1), size(2)], affine: composeAffines(affine, toOld) }
}

/** The same image with its axes pointing as `code` says ("RAS"): voxels move, values do not change. */
export function reorient(volume: Volume, code: string): Volume {
  const turn = turnBetween(orientationOf(volume.affine), code)
  const { dims, affine } = turnGrid(volume.dims, volume.affine, turn)
  const strides: Triple = [1, volume.dims[0], volume.dims[0] * volume.dims[1]]
  const step = (axis: AxisIndex): number => strides[turn[axis].from] * (turn[axis].flip ? -1 : 1)
  const start = turn.reduce(
    (sum, { from, flip }) => sum + (flip ? strides[from] * (volume.dims[from] - 1) : 0),
    0,
  )
  const [nx, ny, nz] = dims
  const [di, dj, dk] = [step(0), step(1), step(2)]
  const data = new Float32Array(nx * ny * nz)
  let target = 0
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      let source = start + k * dk + j * dj
      for (let i = 0; i < nx; i++) {
        data[target++] = volume.data[source] ?? 0
        source += di
      }
    }
  }
  return { data, dims, affine }
}
