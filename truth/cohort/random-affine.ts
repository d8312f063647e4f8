/** @file Small random rotations, scales, shears and translations. */

import type { Random } from '../../src/core/tensor/random.ts'
import type { WarpConfig } from './config.ts'

type Matrix = readonly (readonly [number, number, number])[]

/** rotation x shear x scale, and a translation in millimetres. */
export function randomAffine(
  random: Random,
  config: WarpConfig,
): { readonly matrix: Matrix; readonly shift: readonly [number, number, number] } {
  const draw = (scale: number): [number, number, number] => {
    const one = () => (2 * random.uniform() - 1) * scale
    return [one(), one(), one()]
  }
  const rotation = rotationOf(draw((config.rotation_deg * Math.PI) / 180))
  const [s01, s02, s12] = draw(config.shear)
  const shear: Matrix = [
    [1, s01, s02],
    [0, 1, s12],
    [0, 0, 1],
  ]
  const [sx, sy, sz] = draw(config.scale)
  const scale: Matrix = [
    [1 + sx, 0, 0],
    [0, 1 + sy, 0],
    [0, 0, 1 + sz],
  ]
  return { matrix: times(times(rotation, shear), scale), shift: draw(config.shift_mm) }
}

/** exp of the skew matrix with these entries above the diagonal, by Rodrigues' formula. */
function rotationOf([a, b, c]: readonly [number, number, number]): Matrix {
  const skew: Matrix = [
    [0, a, b],
    [-a, 0, c],
    [-b, -c, 0],
  ]
  const angle = Math.hypot(a, b, c)
  const first = angle === 0 ? 1 : Math.sin(angle) / angle
  const second = angle === 0 ? 0.5 : (1 - Math.cos(angle)) / angle ** 2
  const square = times(skew, skew)
  const entry = (row: number, column: number) =>
    (row === column ? 1 : 0) +
    first * (skew[row]?.[column] ?? 0) +
    second * (square[row]?.[column] ?? 0)
  return fromEntries(entry)
}

function times(a: Matrix, b: Matrix): Matrix {
  return fromEntries((row, column) =>
    [0, 1, 2].reduce((sum, n) => sum + (a[row]?.[n] ?? 0) * (b[n]?.[column] ?? 0), 0),
  )
}

function fromEntries(entry: (row: number, column: number) => number): Matrix {
  const row = (r: number) => [entry(r, 0), entry(r, 1), entry(r, 2)] as const
  return [row(0), row(1), row(2)]
}
