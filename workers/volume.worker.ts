/** @file Volume worker: keeps opened volumes and answers the calls of VolumeApi. */

import { Failure } from '../src/core/failure.ts'
import { spacingOf } from '../src/core/volume/affine.ts'
import { looksLikeMask } from '../src/core/volume/looks-like-mask.ts'
import { mapToVolume } from '../src/core/volume/map-to-volume.ts'
import { maskOnGrid, maskOnModelGrid } from '../src/core/volume/mask-on-grid.ts'
import { type NiftiFile, readNifti } from '../src/core/volume/nifti-read.ts'
import { writeNiftiGzip } from '../src/core/volume/nifti-write.ts'
import { orientationOf } from '../src/core/volume/orientation.ts'
import { prepareInput } from '../src/core/volume/prepare-input.ts'
import { rangeOf } from '../src/core/volume/statistics.ts'
import { sha256 } from '../src/engine/hash.ts'
import { serve } from '../src/rpc/serve.ts'
import type { VolumeApi } from '../src/rpc/volume-api.ts'

const opened = new Map<string, NiftiFile>()
let count = 0

function find(id: string): NiftiFile {
  const file = opened.get(id)
  if (file === undefined) throw new Failure('internal', `The volume worker has no volume '${id}'.`)
  return file
}

serve<VolumeApi>(self, {
  async open({ name, bytes, frame = 0 }) {
    const file = readNifti(bytes, { name, frame })
    const { volume } = file
    const { min, max } = rangeOf(volume.data)
    const id = `volume-${count++}`
    const reply = {
      id,
      name,
      dims: volume.dims,
      spacingMm: spacingOf(volume.affine),
      affine: volume.affine,
      datatype: file.datatype,
      frames: file.frames,
      frame,
      orientation: orientationOf(volume.affine),
      min,
      max,
      repairs: file.repairs,
      // A page outside a secure context has no digest.
      sha256: globalThis.isSecureContext ? await sha256(bytes) : '',
      looksLikeMask: looksLikeMask(volume.data),
    }
    opened.set(id, file)
    return { reply, transfer: [] }
  },

  async voxels({ id }) {
    const { volume } = find(id)
    const data = volume.data.slice()
    return { reply: { ...volume, data }, transfer: [data.buffer] }
  },

  async prepare({ volumeIds, card, inputDims }) {
    const volumes = volumeIds.map((id) => find(id).volume)
    const reply = prepareInput(volumes, card, inputDims)
    return { reply, transfer: reply.inputs.map(({ data }) => data.buffer) }
  },

  async toVolume({ map, card, grid, volumeId }) {
    const { volume } = find(volumeId)
    const data = mapToVolume(map, card.layout, grid, volume)
    const { min, max, maxIndex } = rangeOf(data)
    const [nx, ny] = volume.dims
    const maxAt = [maxIndex % nx, Math.floor(maxIndex / nx) % ny, Math.floor(maxIndex / (nx * ny))]
    const [i = 0, j = 0, k = 0] = maxAt
    return { reply: { data, min, max, maxAt: [i, j, k] }, transfer: [data.buffer] }
  },

  async maskOnGrid({ maskId, volumeId, label }) {
    const reply = maskOnGrid(find(maskId).volume, find(volumeId).volume, label)
    return { reply, transfer: [reply.mask.buffer] }
  },

  async maskOnModelGrid({ maskId, card, grid, label }) {
    const reply = maskOnModelGrid(find(maskId).volume, grid, card.layout, label)
    return { reply, transfer: [reply.data.buffer] }
  },

  async exportNifti({ volumeId, data, description }) {
    const { volume, space } = find(volumeId)
    if (data.length !== volume.data.length) {
      throw new Failure(
        'shape-mismatch',
        `The map has ${data.length} values, but the volume has ${volume.dims.join(' x ')} voxels.`,
      )
    }
    const bytes = writeNiftiGzip({ ...volume, data, description, space })
    return { reply: { bytes }, transfer: [bytes.buffer] }
  },

  async close({ id }) {
    opened.delete(id)
    return { reply: null, transfer: [] }
  },
})
