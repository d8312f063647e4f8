/** @file Files for the slider in the real page: a volume of 182 x 218 x 182, its mask, a small model. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from '../src/core/onnx/codec.ts'
import { floatTensor } from '../src/core/onnx/constants.ts'
import { createRandom } from '../src/core/tensor/random.ts'
import { tinyModel } from '../src/core/testing/tiny-models.ts'
import { writeNifti } from '../src/core/volume/nifti-write.ts'
import { createMapWithTruth, DIMS } from './measure-slider.ts'

const GRID = 48

/** Writes volume.nii, mask.nii and model.onnx (which holds its own card). */
export function writeCaseFiles(folder: string): void {
  const { map, truth } = createMapWithTruth()
  const [nz, ny, nx] = DIMS
  const affine = [1, 0, 0, -90, 0, 1, 0, -126, 0, 0, 1, -72, 0, 0, 0, 1] as const
  const grid = { dims: [nx, ny, nz], affine } as const
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'volume.nii'), writeNifti({ ...grid, data: map }))
  if (truth) writeFileSync(join(folder, 'mask.nii'), writeNifti({ ...grid, data: truth }))
  writeFileSync(join(folder, 'model.onnx'), encode(smallModel()))
}

/** The map that it explains lies on the volume's own grid, whatever the model's is. */
function smallModel() {
  const random = createRandom(3)
  const weights = (dims: readonly number[]) => {
    const length = dims.reduce((product, size) => product * size, 1)
    return floatTensor(
      Float32Array.from({ length }, () => 0.2 * random.normal()),
      dims,
    )
  }
  const model = tinyModel({
    inputs: { volume: [1, 1, GRID, GRID, GRID] },
    constants: { kernel: weights([4, 1, 3, 3, 3]), dense: weights([4, 2]) },
    nodes: [
      { op: 'Conv', inputs: ['volume', 'kernel'], attributes: { pads: [1, 1, 1, 1, 1, 1] } },
      { op: 'Relu', inputs: ['y0'] },
      { op: 'GlobalAveragePool', inputs: ['y1'] },
      { op: 'Flatten', inputs: ['y2'] },
      { op: 'MatMul', inputs: ['y3', 'dense'] },
    ],
  })
  const card = { title: 'Benchmark', shape: GRID, fit: 'resample', classNames: ['no', 'yes'] }
  return { ...model, metadata: new Map([['saliscope.card', JSON.stringify(card)]]) }
}
