/** @file The maps of a run, one per input of the model: images on the volume's grid, numbers as they are. */

import type { Tensors } from '../core/tensor/tensor.ts'
import { type Clients, until } from './clients.ts'
import { robustWindow } from './image-window.ts'
import type { RunSource } from './run-state.ts'
import { sliceThumbnail, type Thumbnail } from './thumbnail.ts'

export interface ImageMap {
  readonly kind: 'image'
  readonly name: string
  /** On the image's own grid. */
  readonly map: Float32Array<ArrayBuffer>
  readonly min: number
  readonly max: number
  /** Voxel of the largest value. */
  readonly maxAt: readonly [number, number, number]
  /** Voxel of the largest magnitude. */
  readonly strongestAt: readonly [number, number, number]
  /** A sample of the magnitudes in ascending order: thresholds for the moment before the map is sorted. */
  readonly sample: Float32Array
  /** Channels that were summed into the map; 1 = nothing was. */
  readonly channels: number
  /** Grid the map was computed on, image axes. */
  readonly grid: readonly number[]
  readonly thumbnail: Thumbnail
}

/** What the method says about an input without space. */
export interface ValuesMap {
  readonly kind: 'values'
  readonly name: string
  readonly given: readonly number[]
  /** null where the method's maps are of space alone. */
  readonly values: readonly number[] | null
}

export type InputMap = ImageMap | ValuesMap

export async function placeMaps(
  clients: Clients,
  { image, prepared }: RunSource,
  maps: Tensors,
  signal: AbortSignal,
): Promise<readonly InputMap[]> {
  const placed: InputMap[] = []
  for (const [index, part] of prepared.parts.entries()) {
    const map = maps[index]
    if (!map) continue
    const { name } = part
    if (part.kind === 'values') {
      const isOwn = map.data.length === part.values.length
      placed.push({
        kind: 'values',
        name,
        given: part.values,
        values: isOwn ? [...map.data] : null,
      })
      continue
    }
    const { card, grid } = part
    const request = { map, card, grid, volumeId: image.info.id }
    const onVolume = await clients.volume('toVolume', request, until(signal))
    const { voxels } = image
    const strongestAt = findStrongest(onVolume, voxels.dims)
    placed.push({
      kind: 'image',
      name,
      map: onVolume.data,
      min: onVolume.min,
      max: onVolume.max,
      maxAt: onVolume.maxAt,
      strongestAt,
      sample: sampleMagnitudes(onVolume.data),
      channels: map.dims[card.layout.indexOf('C')] ?? 1,
      grid: grid.dims,
      thumbnail: sliceThumbnail(voxels, onVolume.data, strongestAt[2], robustWindow(voxels)),
    })
  }
  return placed
}

/** About 20 000 magnitudes, evenly spaced, in ascending order. */
function sampleMagnitudes(map: Float32Array): Float32Array {
  const stride = Math.max(1, Math.floor(map.length / 20_000))
  const size = Math.ceil(map.length / stride)
  return Float32Array.from({ length: size }, (_, at) => Math.abs(map[at * stride] ?? 0)).sort()
}

/** Voxel of the largest magnitude; of equals, the first. */
function findStrongest(
  { data, min, max }: { readonly data: Float32Array; readonly min: number; readonly max: number },
  [nx, ny]: readonly [number, number, number],
): readonly [number, number, number] {
  const highest = max >= -min ? data.indexOf(max) : data.length
  const lowest = -min >= max ? data.indexOf(min) : data.length
  const at = Math.max(0, Math.min(highest, lowest))
  return [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]
}
