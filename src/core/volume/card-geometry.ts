/** @file The geometric part of a model card: axes, spacing, shape and where the grid lies. */

import { Failure } from '../failure.ts'
import { cardFailure, readNumber, readString } from './json-fields.ts'

/** One number per image axis i, j, k; null keeps what the volume has. */
export type PerAxis = readonly [number | null, number | null, number | null]

/**
 * How the region becomes `shape`: `resample` stretches it to fill the shape; `crop-or-pad` cuts or
 * adds around the centre at the card's spacing; `crop` and `pad` refuse to do the other.
 */
export type Fit = 'crop' | 'crop-or-pad' | 'pad' | 'resample'

/**
 * What the grid is laid around: the whole volume, the bounding box of the brain (voxels above the
 * card's `brainAbove`), or a point in millimetres.
 */
export type Centre = 'brain' | 'volume' | readonly [number, number, number]

/** The image axis (0 = i, 1 = j, 2 = k) a 2-D model's layout leaves out; null for 3-D models. */
export function sliceAxisOf(layout: string): 0 | 1 | 2 | null {
  if (!layout.includes('I')) return 0
  if (!layout.includes('J')) return 1
  if (!layout.includes('K')) return 2
  return null
}

export function parseLayout(value: unknown): string {
  const layout = readString(value, 'layout', 'NCIJK')
  if (/^[NCDHWXYZ]+$/.test(layout) && /[DHWXYZ]/.test(layout)) {
    throw new Failure(
      'bad-file',
      `Model card: layout ${JSON.stringify(layout)} does not say which image axis comes first; write "NCIJK" (NumPy, nibabel, MONAI) or "NCKJI" (SimpleITK).`,
    )
  }
  const spatial = [...'IJK'].filter((axis) => layout.includes(axis)).length
  const isOnce = new Set(layout).size === layout.length
  if (!/^[NCIJK]+$/.test(layout) || !isOnce || spatial < 2) {
    throw cardFailure(
      'layout',
      'the letters N, C and two or three of I, J, K, each once, such as "NCIJK"',
      value,
    )
  }
  return layout
}

export function parseOrientation(value: unknown): string {
  const code = readString(value, 'orientation', 'RAS')
  const isCode =
    code.length === 3 && [/[LR]/, /[AP]/, /[IS]/].every((pair) => code.match(pair) !== null)
  if (!isCode || !/^[LRAPIS]{3}$/.test(code)) {
    throw cardFailure(
      'orientation',
      'three capital letters, one each of L or R, A or P, I or S, such as "RAS"',
      value,
    )
  }
  return code
}

export function parsePerAxis(
  value: unknown,
  path: 'shape' | 'spacing',
  expected: string,
  keepAxis: 0 | 1 | 2 | null,
): PerAxis | null {
  if (value === undefined || value === null) return null
  const read = (entry: unknown, where: string): number | null => {
    if (entry === null) return null
    const isGood = typeof entry === 'number' && Number.isFinite(entry) && entry > 0
    if (!isGood || (path === 'shape' && !Number.isInteger(entry))) {
      throw cardFailure(where, expected, entry)
    }
    return entry
  }
  if (typeof value === 'number') {
    const size = read(value, path)
    const at = (axis: number): number | null => (axis === keepAxis ? null : size)
    return [at(0), at(1), at(2)]
  }
  if (!Array.isArray(value) || value.length !== 3) {
    throw cardFailure(path, `${expected}, or a list of three of them (i, j, k)`, value)
  }
  const at = (axis: number): number | null => read(value[axis], `${path}[${axis}]`)
  const perAxis: PerAxis = [at(0), at(1), at(2)]
  return perAxis.every((entry) => entry === null) ? null : perAxis
}

export function checkFit(fit: Fit, shape: PerAxis | null, spacing: PerAxis | null): void {
  if (fit !== 'resample') return
  if (shape === null) {
    throw new Failure('bad-file', 'Model card: fit "resample" needs a shape to fill; give shape.')
  }
  const both = [0, 1, 2].find(
    (axis) => (shape[axis] ?? null) !== null && (spacing?.[axis] ?? null) !== null,
  )
  if (both !== undefined) {
    throw new Failure(
      'bad-file',
      'Model card: fit "resample" takes the spacing from the shape; remove spacing, or use fit "crop-or-pad".',
    )
  }
}

export function parseCentre(value: unknown): Centre {
  if (!Array.isArray(value)) {
    if (value === undefined || value === 'brain' || value === 'volume') return value ?? 'volume'
    throw cardFailure('centre', '"volume", "brain" or a point [x, y, z] in millimetres', value)
  }
  if (value.length !== 3) throw cardFailure('centre', 'a point [x, y, z] in millimetres', value)
  const at = (axis: number): number => readNumber(value[axis] ?? null, `centre[${axis}]`, 0)
  return [at(0), at(1), at(2)]
}
