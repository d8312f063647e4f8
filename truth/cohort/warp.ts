/**
 * @file Random diffeomorphisms: smooth velocity fields by scaling and squaring, then an affine map.
 * Fields live on the grid of half the resolution, in millimetres, one array per axis.
 */

import type { Random } from '../../src/core/tensor/random.ts'
import type { WarpConfig } from './config.ts'
import { ORIGIN_MM, SIZE, SPACING_MM } from './grid.ts'
import { randomAffine } from './random-affine.ts'
import { sampleAtEdge } from './sample.ts'

export type Field = readonly [Float32Array, Float32Array, Float32Array]

const HALF = SIZE / 2
const HALF_SPACING = 2 * SPACING_MM
const SQUARINGS = 6

/** Where each voxel of the subject looks in the template: millimetres in, millimetres into `out`. */
export type Warp = (x: number, y: number, z: number, out: Float64Array) => void

export function randomWarp(random: Random, config: WarpConfig): Warp {
  const coarse = smoothNoise(random, config.coarse_sigma, config.coarse_mm)
  const fine = smoothNoise(random, config.fine_sigma, config.fine_mm)
  const displacement = exponentiate(add(coarse, fine))
  const { matrix, shift } = randomAffine(random, config)
  const flat = Float64Array.from(matrix.flat())
  const centre = ORIGIN_MM.map((origin) => origin + (SPACING_MM * (SIZE - 1)) / 2)
  const [cx = 0, cy = 0, cz = 0] = centre
  const [sx, sy, sz] = shift
  return (x, y, z, out) => {
    sampleAtEdge(
      displacement,
      HALF,
      halfVoxel(x, ORIGIN_MM[0]),
      halfVoxel(y, ORIGIN_MM[1]),
      halfVoxel(z, ORIGIN_MM[2]),
      out,
    )
    const dx = x + (out[0] as number) - cx
    const dy = y + (out[1] as number) - cy
    const dz = z + (out[2] as number) - cz
    const row = (at: number) =>
      (flat[at] as number) * dx + (flat[at + 1] as number) * dy + (flat[at + 2] as number) * dz
    out[0] = row(0) + cx + sx
    out[1] = row(3) + cy + sy
    out[2] = row(6) + cz + sz
  }
}

/** The centre of a voxel of the half grid lies between two voxels of the grid. */
function halfVoxel(mm: number, origin: number): number {
  return (mm - origin - SPACING_MM / 2) / HALF_SPACING
}

/** White noise smoothed by a Gaussian, scaled to a standard deviation of `amplitude`. */
function smoothNoise(random: Random, sigma: number, amplitude: number): Field {
  const noise = (): Float32Array => {
    const values = new Float64Array(HALF ** 3)
    random.fillNormal(values)
    return blur(Float32Array.from(values), HALF, sigma)
  }
  const field: Field = [noise(), noise(), noise()]
  let sum = 0
  let squares = 0
  for (const component of field) {
    for (const value of component) {
      sum += value
      squares += value * value
    }
  }
  const count = 3 * HALF ** 3
  const deviation = Math.sqrt((squares - sum ** 2 / count) / (count - 1))
  for (const component of field) {
    for (let i = 0; i < component.length; i++) {
      component[i] = ((component[i] as number) * amplitude) / deviation
    }
  }
  return field
}

/** Separable Gaussian cut at three sigma, edges replicated. `data`: a cube of `size` voxels a side. */
export function blur(data: Float32Array, size: number, sigma: number): Float32Array {
  const radius = Math.ceil(3 * sigma)
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - radius) / sigma) ** 2),
  )
  const total = kernel.reduce((a, b) => a + b, 0)
  const line = new Float64Array(size + 2 * radius)
  let current = data
  for (const stride of [1, size, size * size]) {
    const next = new Float32Array(current.length)
    for (let start = 0; start < current.length; start++) {
      // Each line once, from its first element.
      if (Math.floor(start / stride) % size !== 0) continue
      for (let at = 0; at < line.length; at++) {
        const place = Math.min(Math.max(at - radius, 0), size - 1)
        line[at] = current[start + place * stride] as number
      }
      for (let place = 0; place < size; place++) {
        let sum = 0
        for (let k = 0; k < kernel.length; k++) {
          sum += (kernel[k] as number) * (line[place + k] as number)
        }
        next[start + place * stride] = sum / total
      }
    }
    current = next
  }
  return current
}

function add(a: Field, b: Field): Field {
  const sum = (axis: 0 | 1 | 2) => a[axis].map((value, i) => value + (b[axis][i] as number))
  return [sum(0), sum(1), sum(2)]
}

/** Displacement (mm) of exp(velocity): u <- u + u o (id + u), six times (Arsigny et al., 2006). */
function exponentiate(velocity: Field): Field {
  const scaled = (component: Float32Array) => component.map((v) => v / 2 ** SQUARINGS)
  let field: Field = [scaled(velocity[0]), scaled(velocity[1]), scaled(velocity[2])]
  const moved = new Float64Array(3)
  for (let n = 0; n < SQUARINGS; n++) {
    const [u, v, w] = field
    const next: Field = [u.slice(), v.slice(), w.slice()]
    let index = 0
    for (let k = 0; k < HALF; k++) {
      for (let j = 0; j < HALF; j++) {
        for (let i = 0; i < HALF; i++, index++) {
          const du = u[index] as number
          const dv = v[index] as number
          const dw = w[index] as number
          const x = i + du / HALF_SPACING
          const y = j + dv / HALF_SPACING
          const z = k + dw / HALF_SPACING
          sampleAtEdge(field, HALF, x, y, z, moved)
          next[0][index] = du + (moved[0] as number)
          next[1][index] = dv + (moved[1] as number)
          next[2][index] = dw + (moved[2] as number)
        }
      }
    }
    field = next
  }
  return field
}
