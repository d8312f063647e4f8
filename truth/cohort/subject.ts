/** @file A generated subject, with its twin and its truth. */

import type { Affine } from '../../src/core/volume/volume.ts'

export interface Subject {
  /** With the signal; x fastest. 0 outside the brain, Hounsfield units for slices. */
  readonly image: Float32Array<ArrayBuffer>
  /** The same subject without the signal, equal to the noise of each voxel. */
  readonly twin: Float32Array<ArrayBuffer>
  /** 1 where the signal is. */
  readonly truth: Uint8Array<ArrayBuffer>
  readonly dims: readonly [number, number, number]
  readonly affine: Affine
}
