/** @file Uploading layers to the graphics card. */

import type { Triple } from '../core/volume/affine.ts'

/**
 * Texture units that NiiVue 0.69 uses only while it grows regions, which Saliscope never asks for:
 * what is bound to them stays bound.
 */
export const textureUnits = { anatomy: 11, heat: 12, truth: 13, drawn: 14, palette: 15 } as const
export type TextureUnit = keyof typeof textureUnits

/** stored = (value - centre) / scale, as 16-bit floats. */
export interface StoredScale {
  readonly centre: number
  readonly scale: number
}

/** Where the 16-bit steps are finest (`centre`), and the largest distance from it. */
export function storedScale(data: Float32Array, centre: number): StoredScale {
  let farthest = 0
  for (const value of data) {
    const distance = Math.abs(value - centre)
    if (distance > farthest && distance < Number.POSITIVE_INFINITY) farthest = distance
  }
  return { centre, scale: farthest > 0 ? farthest : 1 }
}

/** Values that are not finite are stored as `centre`. */
export function uploadScalars(
  gl: WebGL2RenderingContext,
  unit: TextureUnit,
  data: Float32Array,
  dims: Triple,
  { centre, scale }: StoredScale,
): void {
  const [nx, ny, nz] = dims
  const slice = new Float32Array(nx * ny)
  allocate(gl, unit, dims, gl.R16F)
  // One slice at a time: no second copy of the whole volume.
  for (let k = 0; k < nz; k++) {
    const start = k * nx * ny
    for (let n = 0; n < slice.length; n++) {
      const stored = ((data[start + n] ?? centre) - centre) / scale
      slice[n] = Number.isFinite(stored) ? stored : 0
    }
    gl.texSubImage3D(gl.TEXTURE_3D, 0, 0, 0, k, nx, ny, 1, gl.RED, gl.FLOAT, slice)
  }
}

export function uploadMask(
  gl: WebGL2RenderingContext,
  unit: TextureUnit,
  mask: Uint8Array,
  dims: Triple,
): void {
  const [nx, ny, nz] = dims
  const slice = new Uint8Array(nx * ny)
  allocate(gl, unit, dims, gl.R8)
  for (let k = 0; k < nz; k++) {
    const start = k * nx * ny
    for (let n = 0; n < slice.length; n++) slice[n] = mask[start + n] ? 255 : 0
    gl.texSubImage3D(gl.TEXTURE_3D, 0, 0, 0, k, nx, ny, 1, gl.RED, gl.UNSIGNED_BYTE, slice)
  }
}

/** An empty layer: every sampler needs a texture. */
export function uploadNothing(gl: WebGL2RenderingContext, unit: TextureUnit): void {
  uploadMask(gl, unit, new Uint8Array(1), [1, 1, 1])
}

export function uploadPalette(gl: WebGL2RenderingContext, rgba: Uint8Array): void {
  free(gl, 'palette', gl.TEXTURE_2D)
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture())
  setFilters(gl, gl.TEXTURE_2D)
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, rgba.length / 4, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, rgba)
}

/** An empty RGBA volume to draw into; the caller binds it where it is needed. */
export function createColourVolume(gl: WebGL2RenderingContext, dims: Triple): WebGLTexture {
  const texture = gl.createTexture()
  gl.activeTexture(gl.TEXTURE2)
  gl.bindTexture(gl.TEXTURE_3D, texture)
  setFilters(gl, gl.TEXTURE_3D)
  gl.texStorage3D(gl.TEXTURE_3D, 1, gl.RGBA8, ...dims)
  return texture
}

function allocate(
  gl: WebGL2RenderingContext,
  unit: TextureUnit,
  dims: Triple,
  format: number,
): void {
  free(gl, unit, gl.TEXTURE_3D)
  gl.bindTexture(gl.TEXTURE_3D, gl.createTexture())
  setFilters(gl, gl.TEXTURE_3D)
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1)
  gl.texStorage3D(gl.TEXTURE_3D, 1, format, ...dims)
}

/** Makes the unit active and deletes what was bound there. */
function free(gl: WebGL2RenderingContext, unit: TextureUnit, target: number): void {
  gl.activeTexture(gl.TEXTURE0 + textureUnits[unit])
  const binding = target === gl.TEXTURE_3D ? gl.TEXTURE_BINDING_3D : gl.TEXTURE_BINDING_2D
  const old: unknown = gl.getParameter(binding)
  if (old instanceof WebGLTexture) gl.deleteTexture(old)
}

function setFilters(gl: WebGL2RenderingContext, target: number): void {
  gl.texParameteri(target, gl.TEXTURE_MIN_FILTER, gl.LINEAR)
  gl.texParameteri(target, gl.TEXTURE_MAG_FILTER, gl.LINEAR)
  gl.texParameteri(target, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE)
  gl.texParameteri(target, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE)
  if (target === gl.TEXTURE_3D) gl.texParameteri(target, gl.TEXTURE_WRAP_R, gl.CLAMP_TO_EDGE)
}
