/** @file Setting shader inputs by name. */

import type { Affine } from '../core/volume/volume.ts'

/** Numbers (1 to 4 floats), a texture unit, or a row-major matrix. */
export type UniformValue =
  | { readonly kind: 'floats'; readonly values: readonly number[] }
  | { readonly kind: 'matrix'; readonly affine: Affine }
  | { readonly kind: 'unit'; readonly unit: number }

export const floats = (...values: number[]): UniformValue => ({ kind: 'floats', values })
export const matrix = (affine: Affine): UniformValue => ({ kind: 'matrix', affine })
export const unit = (index: number): UniformValue => ({ kind: 'unit', unit: index })

/** Sets inputs of a program; names it does not have are ignored, as WebGL does. */
export function setUniforms(
  gl: WebGL2RenderingContext,
  program: WebGLProgram,
  values: Readonly<Record<string, UniformValue>>,
): void {
  // biome-ignore lint/correctness/useHookAtTopLevel: a method of WebGL, not a React hook
  gl.useProgram(program)
  for (const [name, value] of Object.entries(values)) {
    const location = gl.getUniformLocation(program, name)
    if (!location) continue
    switch (value.kind) {
      case 'floats':
        setFloats(gl, location, value.values)
        break
      case 'matrix':
        gl.uniformMatrix4fv(location, true, new Float32Array(value.affine))
        break
      case 'unit':
        gl.uniform1i(location, value.unit)
    }
  }
}

function setFloats(
  gl: WebGL2RenderingContext,
  location: WebGLUniformLocation,
  values: readonly number[],
): void {
  const [x = 0, y = 0, z = 0, w = 0] = values
  if (values.length === 1) gl.uniform1f(location, x)
  else if (values.length === 2) gl.uniform2f(location, x, y)
  else if (values.length === 3) gl.uniform3f(location, x, y, z)
  else gl.uniform4f(location, x, y, z, w)
}
