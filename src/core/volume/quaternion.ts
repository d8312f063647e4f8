/** @file The qform of NIfTI: rotation as a unit quaternion (b, c, d; a >= 0 follows), nifti1.h method 2. */

import { affineFromRows, spacingOf, type Triple } from './affine.ts'
import type { Affine } from './volume.ts'

export interface Qform {
  /** b, c, d of the unit quaternion a + bi + cj + dk with a >= 0. */
  readonly quaternion: Triple
  readonly offset: Triple
  /** Positive millimetres per voxel. */
  readonly spacing: Triple
  /** -1 when the voxel axes are left-handed: the third column is then negated. */
  readonly handedness: -1 | 1
}

/** R diag(spacing) with the third column times the handedness, and the offset. */
export function affineFromQform({ quaternion, offset, spacing, handedness }: Qform): Affine {
  let [b, c, d] = quaternion
  const rest = 1 - (b * b + c * c + d * d)
  let a = Math.sqrt(Math.max(rest, 0))
  if (rest < 1e-7) {
    // A half turn, up to rounding: a = 0, and b, c, d are brought back to length 1.
    const length = Math.hypot(b, c, d)
    a = 0
    b /= length
    c /= length
    d /= length
  }
  const [dx, dy, dz] = [spacing[0], spacing[1], spacing[2] * handedness]
  return affineFromRows([
    [
      (a * a + b * b - c * c - d * d) * dx,
      2 * (b * c - a * d) * dy,
      2 * (b * d + a * c) * dz,
      offset[0],
    ],
    [
      2 * (b * c + a * d) * dx,
      (a * a + c * c - b * b - d * d) * dy,
      2 * (c * d - a * b) * dz,
      offset[1],
    ],
    [
      2 * (b * d - a * c) * dx,
      2 * (c * d + a * b) * dy,
      (a * a + d * d - b * b - c * c) * dz,
      offset[2],
    ],
  ])
}

/** Null for a sheared affine, which a quaternion cannot say. */
export function qformFromAffine(affine: Affine): Qform | null {
  const spacing = spacingOf(affine)
  const [m00, m01, m02, x, m10, m11, m12, y, m20, m21, m22, z] = affine
  const [sx, sy, sz] = spacing
  const r = [
    [m00 / sx, m01 / sy, m02 / sz],
    [m10 / sx, m11 / sy, m12 / sz],
    [m20 / sx, m21 / sy, m22 / sz],
  ] as const
  const dot = (p: 0 | 1 | 2, q: 0 | 1 | 2): number =>
    r[0][p] * r[0][q] + r[1][p] * r[1][q] + r[2][p] * r[2][q]
  if (Math.max(Math.abs(dot(0, 1)), Math.abs(dot(0, 2)), Math.abs(dot(1, 2))) > 1e-4) return null
  const determinant =
    r[0][0] * (r[1][1] * r[2][2] - r[1][2] * r[2][1]) -
    r[0][1] * (r[1][0] * r[2][2] - r[1][2] * r[2][0]) +
    r[0][2] * (r[1][0] * r[2][1] - r[1][1] * r[2][0])
  const handedness = determinant < 0 ? -1 : 1
  const quaternion = quaternionOf([
    [r[0][0], r[0][1], r[0][2] * handedness],
    [r[1][0], r[1][1], r[1][2] * handedness],
    [r[2][0], r[2][1], r[2][2] * handedness],
  ])
  return { quaternion, offset: [x, y, z], spacing, handedness }
}

/** The largest of a, b, c, d is found first, so that no division is by a small number. */
function quaternionOf(r: readonly [Triple, Triple, Triple]): Triple {
  const [[r00, r01, r02], [r10, r11, r12], [r20, r21, r22]] = r
  const squares = [
    1 + r00 + r11 + r22,
    1 + r00 - r11 - r22,
    1 + r11 - r00 - r22,
    1 + r22 - r00 - r11,
  ]
  const largest = squares.indexOf(Math.max(...squares))
  const twice = Math.sqrt(squares[largest] ?? 1)
  const half = 0.5 / twice
  const parts: readonly [number, Triple][] = [
    [twice / 2, [(r21 - r12) * half, (r02 - r20) * half, (r10 - r01) * half]],
    [(r21 - r12) * half, [twice / 2, (r01 + r10) * half, (r02 + r20) * half]],
    [(r02 - r20) * half, [(r01 + r10) * half, twice / 2, (r12 + r21) * half]],
    [(r10 - r01) * half, [(r02 + r20) * half, (r12 + r21) * half, twice / 2]],
  ]
  const [a, [b, c, d]] = parts[largest] ?? [1, [0, 0, 0]]
  return a < 0 ? [-b, -c, -d] : [b, c, d]
}
