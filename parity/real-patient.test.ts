/**
 * @file A real patient with multiple sclerosis (Lesjak et al. 2017, doi:10.1007/s12021-017-9348-7):
 * the networks that learned lesions from generated FLAIR-like subjects only, on a scanner's FLAIR.
 * The volume goes the way `saliscope explain` sends it. The patient was never trained on. At least
 * half of the mass of input x gradient has to lie inside the consensus mask.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadInputs } from '../src/cli/load-inputs.ts'
import { loadModel } from '../src/cli/load-model.ts'
import { maskOnModelGrid } from '../src/core/volume/mask-on-grid.ts'
import { readNifti } from '../src/core/volume/nifti-read.ts'
import { attribute } from '../src/engine/attribute.ts'

const patient = join(import.meta.dirname, '../../shared/reference/data/ms-patient07')
const models = join(import.meta.dirname, '../public/cases/lesions-flair')
const flair = `${patient}-flair.nii.gz`
const isHere = existsSync(flair) && existsSync(`${patient}-lesion.nii.gz`)
const reason = isHere ? 'the models are not exported' : 'their folder is not here'
const names = ['model.onnx', 'model-seed-2.onnx', 'model-seed-3.onnx'].filter(
  (name) => isHere && existsSync(join(models, name)),
)

it.skipIf(names.length > 0)(`a real patient (skipped: ${reason})`, (context) => {
  context.skip()
})

it.each(names)('%s says lesions, and input x gradient gathers on them', async (name) => {
  const loaded = await loadModel(join(models, name))
  const { tensors, places, classNames } = loadInputs(loaded, [flair])
  const place = places[0]!
  const answer = await attribute(
    loaded.model,
    {
      methodId: 'input-x-gradient',
      options: {},
      inputs: tensors,
      baseline: tensors.map(({ data, dims }) => ({ data: new Float32Array(data.length), dims })),
      target: '',
      classNames,
      seed: 0,
    },
    { signal: new AbortController().signal, onProgress: () => {} },
  )
  expect(answer.targetLabel).toContain('lesions')

  const truth = readNifti(new Uint8Array(readFileSync(`${patient}-lesion.nii.gz`))).volume
  const mask = maskOnModelGrid(truth, place.grid, place.card.layout)
  const map = answer.maps[0]!
  expect(map.data.length).toBe(mask.data.length)
  let inside = 0
  let all = 0
  let voxels = 0
  for (let at = 0; at < mask.data.length; at++) {
    const size = Math.abs(map.data[at]!)
    all += size
    if (mask.data[at] === 0) continue
    inside += size
    voxels++
  }
  const share = inside / all
  console.info(`${name}: ${share.toFixed(3)} of the mass in ${voxels} lesion voxels`)
  expect(voxels).toBeGreaterThan(100)
  expect(share).toBeGreaterThan(0.5)
  expect(share).toBeGreaterThan((100 * voxels) / mask.data.length)
})
