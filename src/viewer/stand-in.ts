/**
 * @file The volume NiiVue itself holds: it gives the views their geometry and is what the 3-D view
 * renders. The 2-D views sample the full volume from our own texture, so 8 bits and fewer voxels do.
 */

import { NVImage } from '@niivue/niivue'
import { spacingOf, type Triple } from '../core/volume/affine.ts'
import { coarserDims, coarserGrid } from './layer-grid.ts'
import type { BaseLayer, IntensityWindow } from './viewer-types.ts'

export interface StandIn {
  readonly image: NVImage
  /** Intensities of bytes 0 and 255. */
  readonly low: number
  readonly high: number
  /** The smallest intensity there is: usually air. */
  readonly least: number
}

/** Air must stay invisible in 3-D: nothing darker than this share of the way from air to white shows. */
const airShare = 0.1

/** NIfTI's code for unsigned bytes. */
const uint8Code = 2

/** At most about `mostVoxels`; the box in millimetres is that of the base. */
export async function createStandIn(base: BaseLayer, mostVoxels: number): Promise<StandIn> {
  const grid = coarserGrid(base, coarserDims(base.dims, mostVoxels))
  const { low, high } = base.window
  const range = { low: low - (high - low) / 2, high: high + (high - low) / 2 }
  const bytes = NVImage.createNiftiArray(
    [...grid.dims],
    [...spacingOf(grid.affine)],
    [...grid.affine],
    uint8Code,
    toBytes(base, grid.dims, range.low, range.high),
  )
  const image = await NVImage.loadFromUrl({
    url: bytes,
    name: 'base.nii',
    colormap: 'gray',
    cal_min: 0,
    cal_max: 255,
    opacity: 0.6,
  })
  const standIn = { image, ...range, least: leastOf(base.data) }
  setStandInWindow(standIn, base.window)
  return standIn
}

/** What the 3-D view shows as black and as white; takes effect when NiiVue refreshes the volume. */
export function setStandInWindow(standIn: StandIn, window: IntensityWindow): void {
  const { image, low, high, least } = standIn
  const toByte = (value: number): number => (255 * (value - low)) / (high - low)
  const black = Math.max(window.low, least + airShare * (window.high - least))
  image.cal_min = Math.min(254, Math.max(0, toByte(black)))
  image.cal_max = Math.max(image.cal_min + 1, Math.min(255, toByte(window.high)))
}

function leastOf(data: Float32Array): number {
  let least = Number.POSITIVE_INFINITY
  for (const value of data) if (value < least) least = value
  return Number.isFinite(least) ? least : 0
}

function toBytes(base: BaseLayer, dims: Triple, low: number, high: number): Uint8Array {
  const [nx, ny, nz] = dims
  const [bx, by] = base.dims
  const source = (size: number, axis: 0 | 1 | 2): Int32Array =>
    Int32Array.from({ length: size }, (_, n) => Math.floor(((n + 0.5) * base.dims[axis]) / size))
  const [fromI, fromJ, fromK] = [source(nx, 0), source(ny, 1), source(nz, 2)]
  const bytes = new Uint8Array(nx * ny * nz)
  const scale = 255 / (high - low)
  let at = 0
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const row = bx * ((fromJ[j] ?? 0) + by * (fromK[k] ?? 0))
      for (let i = 0; i < nx; i++) {
        const value = ((base.data[row + (fromI[i] ?? 0)] ?? low) - low) * scale
        bytes[at++] = Math.min(255, Math.max(0, value))
      }
    }
  }
  return bytes
}
