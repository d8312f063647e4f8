/** @file The network that is timed, and the volume it sees. */

import { encode } from '../src/core/onnx/codec.ts'
import { createRandom } from '../src/core/tensor/random.ts'
import type { Tensor } from '../src/core/tensor/tensor.ts'
import { resnet3d } from '../src/core/testing/resnet-3d.ts'

export const SIZE = 96

/** A 3-D ResNet-18 of width 16 with random weights, batch normalisation merged as exporters do. */
export function encodeNetwork(): Uint8Array<ArrayBuffer> {
  return encode(resnet3d({ width: 16, size: SIZE, batchNorm: false }))
}

/** Noise: no zeros that a run could skip, and no window that equals the baseline. */
export function createVolumes(): () => Tensor {
  const random = createRandom(7)
  const first = Float32Array.from({ length: SIZE ** 3 }, () => random.normal())
  let count = 0
  // Each one differs in a voxel: the engine keeps its last prediction and would not run again.
  return () => {
    const data = first.slice()
    data[0] = ++count
    return { dims: [1, 1, SIZE, SIZE, SIZE], data }
  }
}
