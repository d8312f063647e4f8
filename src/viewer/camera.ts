/** @file Zoom, pan and turn: NiiVue's camera in Saliscope's terms. */

import { type Niivue, SLICE_TYPE } from '@niivue/niivue'
import { applyAffine, type Triple } from '../core/volume/affine.ts'
import { nearestPictureVoxel, type PictureFrame } from './layer-grid.ts'
import type { PointMm } from './viewer-types.ts'

/** Where the 3-D view looks from at first: the patient's left, a little from the front and above. */
const firstAzimuth = 110
const firstElevation = 10

/** Keeps the crosshair where it is on the screen. */
export function zoomSlices(niivue: Niivue, factor: number): void {
  const [x = 0, y = 0, z = 0, zoom = 1] = niivue.scene.pan2Dxyzmm
  const next = Math.min(16, Math.max(0.5, zoom * factor))
  // NiiVue draws a point p at p * zoom + pan.
  const [px = 0, py = 0, pz = 0] = niivue.frac2mm(niivue.scene.crosshairPos)
  const by = zoom - next
  niivue.scene.pan2Dxyzmm = Float32Array.of(x + px * by, y + py * by, z + pz * by, next)
}

export function panSlices(niivue: Niivue, [dx, dy, dz]: PointMm): void {
  const [x = 0, y = 0, z = 0, zoom = 1] = niivue.scene.pan2Dxyzmm
  niivue.scene.pan2Dxyzmm = Float32Array.of(x + dx * zoom, y + dy * zoom, z + dz * zoom, zoom)
}

/** Degrees. */
export function turnRender({ scene }: Niivue, azimuth: number, elevation: number): void {
  scene.renderAzimuth = (scene.renderAzimuth + azimuth + 360) % 360
  scene.renderElevation = Math.min(90, Math.max(-90, scene.renderElevation + elevation))
}

export function zoomRender({ scene }: Niivue, factor: number): void {
  scene.volScaleMultiplier = Math.min(4, Math.max(0.4, scene.volScaleMultiplier * factor))
}

export function resetCamera({ scene }: Niivue): void {
  scene.pan2Dxyzmm = Float32Array.of(0, 0, 0, 1)
  scene.renderAzimuth = firstAzimuth
  scene.renderElevation = firstElevation
  scene.volScaleMultiplier = 1
}

/** Millimetres per device pixel of the slices. */
export function mmPerDevicePixel(niivue: Niivue): number {
  const slice = niivue.screenSlices.find(({ axCorSag }) => axCorSag <= SLICE_TYPE.SAGITTAL)
  const wide = slice?.leftTopWidthHeight[2] ?? 0
  return wide > 0 ? Math.abs(slice?.fovMM[0] ?? 0) / wide : 1
}

/** The picture voxel under a device pixel; null outside the slices. */
export function voxelUnder(
  niivue: Niivue,
  frame: PictureFrame,
  x: number,
  y: number,
): Triple | null {
  const [a = -1, b = -1, c = -1] = niivue.canvasPos2frac([x, y])
  if (Math.min(a, b, c) < 0) return null
  return nearestPictureVoxel(frame, applyAffine(frame.toMm, [a, b, c]))
}
