/** @file A scalar image in scanner or template space. */

/** Row-major 4x4: voxel index (i, j, k, 1) to millimetres (x right, y anterior, z superior). */
export type Affine = readonly [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
]

export interface Volume {
  /** i fastest, as in NIfTI: index = i + nx * (j + ny * k). Scaling (slope, inter) applied. */
  readonly data: Float32Array<ArrayBuffer>
  /** nx, ny, nz. */
  readonly dims: readonly [number, number, number]
  readonly affine: Affine
}
