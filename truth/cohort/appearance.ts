/** @file What a scanner and the crossed design add to an anatomy: contrast, signals, bias, noise, flip. */

import type { Random } from '../../src/core/tensor/random.ts'
import type { Anatomy } from './anatomy.ts'
import type { AppearanceConfig } from './config.ts'
import { SIZE, VOXELS } from './grid.ts'
import { between, coin } from './streams.ts'
import { type RegionName, regionNames } from './template.ts'

/** Relative change of a region's intensity. */
export type Changes = Readonly<Record<RegionName, number>>

/** Everything random about a subject but its anatomy. */
export interface Appearance {
  /** Intensities of cerebrospinal fluid, grey and white matter. */
  readonly tissue: readonly [number, number, number]
  readonly change: Changes
  /** What the change would be without a signal. */
  readonly healthy: Changes
  /** `cells` a side, x fastest. */
  readonly bias: Float64Array
  readonly cells: number
  readonly gain: number
  readonly flip: boolean
  /** One per voxel. */
  readonly noise: Float64Array
}

const COMMON_SCALE = [0.3, 0.65, 1] as const

/**
 * Each region is lowered or not by its own coin: only the label's region tells the label. `lowered`
 * names the region that carries the signal for certain.
 */
export function drawAppearance(
  random: Random,
  config: AppearanceConfig,
  lowered: RegionName | null,
): Appearance {
  const healthy: Record<string, number> = {}
  const change: Record<string, number> = {}
  for (const region of regionNames) {
    const usual = between(random, [-config.healthy_change, config.healthy_change])
    const signal = -between(random, config.signal_lowering)
    const isLowered = coin(random) || region === lowered
    healthy[region] = usual
    change[region] = isLowered ? signal : usual
  }
  const [csf, grey, white] = config.tissue ?? COMMON_SCALE
  const jitter = () => 1 + random.normal() * config.tissue_jitter
  const tissue = [csf * jitter(), grey * jitter(), white * jitter()] as const
  const cells = config.bias_cells
  const bias = new Float64Array(cells ** 3)
  random.fillNormal(bias)
  const strength = between(random, [0, config.bias])
  const gain = between(random, config.gain)
  const flip = coin(random)
  const sigma = between(random, config.noise)
  const noise = new Float64Array(VOXELS)
  random.fillNormal(noise)
  for (let i = 0; i < VOXELS; i++) noise[i] = (noise[i] as number) * sigma
  return {
    tissue,
    change: change as Changes,
    healthy: healthy as Changes,
    bias: bias.map((value) => value * strength),
    cells,
    gain,
    flip,
    noise,
  }
}

/** Lays a lesion over the tissue: its soft mask and intensity, one per voxel. */
export interface Paint {
  readonly mask: Float32Array
  readonly level: Float32Array
}

/** Whole numbers 1 to 255 inside the brain, 0 outside; x fastest, mirrored where `flip` says so. */
export function render(
  anatomy: Anatomy,
  look: Appearance,
  change: Changes,
  paint?: Paint,
): Float32Array<ArrayBuffer> {
  const table = contrastTable(look.tissue)
  const factors = [0, ...regionNames.map((region) => change[region])]
  const bias = spread(look.bias, look.cells)
  const image = new Float32Array(VOXELS)
  for (let i = 0; i < VOXELS; i++) {
    const stored = anatomy.t1[i] as number
    if (stored === 0) continue
    const factor = factors[anatomy.region[i] as number] as number
    let value = (table[stored] as number) * (1 + (factor * (anatomy.weight[i] as number)) / 255)
    if (paint) value += (paint.mask[i] as number) * ((paint.level[i] as number) - value)
    value = value * Math.exp(bias[i] as number) + (look.noise[i] as number)
    image[i] = Math.min(Math.max(Math.round(value * look.gain), 1), 255)
  }
  return look.flip ? mirror(image) : image
}

/** Left and right changed over. */
export function mirror<Data extends Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(
  data: Data,
): Data {
  const result = data.slice() as Data
  for (let row = 0; row < data.length; row += SIZE) {
    result.subarray(row, row + SIZE).reverse()
  }
  return result
}

/**
 * Stored anatomy value to intensity, linear between the three tissue peaks. What is brighter than
 * white matter on T1 stays so on T1 and is white matter on contrasts where grey is brighter.
 */
function contrastTable(tissue: readonly [number, number, number]): Float64Array {
  const [csf, grey, white] = tissue
  const knots = [0, ...COMMON_SCALE, 2]
  const values = [0, csf, grey, white, white + (white > grey ? 1 : 0)]
  return Float64Array.from({ length: 256 }, (_, stored) => {
    const place = stored / 127.5
    const right = Math.max(
      knots.findIndex((knot) => place <= knot),
      1,
    )
    const left = right - 1
    const from = knots[left] as number
    const share = (place - from) / ((knots[right] as number) - from)
    return (values[left] as number) * (1 - share) + (values[right] as number) * share
  })
}

/** A few cells spread over the grid, linear in between, corner on corner. */
function spread(cells: Float64Array, count: number): Float32Array {
  const step = (count - 1) / (SIZE - 1)
  const field = new Float32Array(VOXELS)
  const line = new Float64Array(count)
  const plane = new Float64Array(count * count)
  let index = 0
  for (let k = 0; k < SIZE; k++) {
    blendAt(cells, plane, k * step, count * count)
    for (let j = 0; j < SIZE; j++) {
      blendAt(plane, line, j * step, count)
      for (let i = 0; i < SIZE; i++) {
        const at = Math.min(Math.floor(i * step), count - 2)
        const share = i * step - at
        field[index++] = (line[at] as number) * (1 - share) + (line[at + 1] as number) * share
      }
    }
  }
  return field
}

/** Between two neighbours along the slowest axis: `out` gets `stride` values. */
function blendAt(data: Float64Array, out: Float64Array, position: number, stride: number): void {
  const at = Math.min(Math.floor(position), data.length / stride - 2)
  const share = position - at
  for (let i = 0; i < stride; i++) {
    const first = data[at * stride + i] as number
    const second = data[(at + 1) * stride + i] as number
    out[i] = first * (1 - share) + second * share
  }
}
