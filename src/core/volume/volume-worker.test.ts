import { createHash } from 'node:crypto'
import { MessageChannel } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { volumeFile } from '../../../parity/volume-fixtures.ts'
import { connect } from '../../rpc/connect.ts'
import type { Port } from '../../rpc/port.ts'
import type { FromWorker, ToWorker } from '../../rpc/protocol.ts'
import type { VolumeApi } from '../../rpc/volume-api.ts'
import { parseModelCard } from './model-card.ts'
import { readNifti } from './nifti-read.ts'

/** The worker's own module, talking over a real message port: everything is cloned and transferred. */
const { port1: page, port2: worker } = new MessageChannel()
const { call: remote } = connect<VolumeApi>(page as unknown as Port<ToWorker, FromWorker>)
const control = { signal: new AbortController().signal, onProgress: () => {} }

function call<M extends keyof VolumeApi>(method: M, request: VolumeApi[M][0]) {
  return remote(method, request, control)
}

beforeAll(async () => {
  Object.assign(globalThis, { self: worker, isSecureContext: true })
  await import('../../../workers/volume.worker.ts')
})

afterAll(() => {
  page.close()
  worker.close()
})

describe('volume worker', () => {
  const bytes = volumeFile('prepare-source.nii.gz')

  test('open, prepare, back to the volume, export, close', async () => {
    const opened = await call('open', { name: 'prepare-source.nii.gz', bytes })
    expect(opened).toMatchObject({
      name: 'prepare-source.nii.gz',
      datatype: 'float32',
      frames: 1,
      frame: 0,
      orientation: 'PSL',
      looksLikeMask: false,
      repairs: [],
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })
    const { volume } = readNifti(bytes)
    const shown = await call('voxels', { id: opened.id })
    expect(shown).toEqual(volume)

    const card = parseModelCard({ orientation: 'RAS' })
    const prepared = await call('prepare', {
      volumeIds: [opened.id],
      card,
      inputDims: [1, 1, null, null, null],
    })
    const map = prepared.inputs[0]!
    const back = await call('toVolume', { map, card, grid: prepared.grid, volumeId: opened.id })
    expect(back.data).toEqual(volume.data)
    const [i, j, k] = back.maxAt
    expect(volume.data[i + volume.dims[0] * (j + volume.dims[1] * k)]).toBe(back.max)

    const written = await call('exportNifti', {
      volumeId: opened.id,
      data: back.data,
      description: 'a map',
    })
    const again = readNifti(written.bytes)
    expect(again.volume).toEqual(volume)
    expect(again.description).toBe('a map')

    const mask = await call('maskOnGrid', {
      maskId: opened.id,
      volumeId: opened.id,
    })
    expect(mask.voxels).toBe(volume.data.filter((value) => value > 0).length)
    expect(mask.note).toBeNull()
    const truth = await call('maskOnModelGrid', {
      maskId: opened.id,
      card,
      grid: prepared.grid,
    })
    expect(truth.dims).toEqual(map.dims.slice(2))
    expect(truth.data).toEqual(map.data.map((value) => (value > 0 ? 1 : 0)))

    expect(await call('close', { id: opened.id })).toBeNull()
    await expect(call('voxels', { id: opened.id })).rejects.toMatchObject({ kind: 'internal' })
  })

  test('a bad file is answered with its sentence and opens nothing', async () => {
    const cut = bytes.slice(0, 400)
    await expect(call('open', { name: 'cut.nii.gz', bytes: cut })).rejects.toMatchObject({
      kind: 'bad-file',
      message:
        'cut.nii.gz is cut short: its gzip stream ends too early; download or copy it again.',
    })
  })

  test('an export of another size is refused', async () => {
    const opened = await call('open', { name: 'x.nii.gz', bytes })
    await expect(
      call('exportNifti', { volumeId: opened.id, data: new Float32Array(3), description: '' }),
    ).rejects.toMatchObject({
      kind: 'shape-mismatch',
      message: 'The map has 3 values, but the volume has 9 x 11 x 8 voxels.',
    })
  })
})
