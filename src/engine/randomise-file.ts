/** @file An ONNX file with random weights, for sanity checks of explanations. */

import { decode, encode } from '../core/onnx/codec.ts'
import { randomiseWeights } from '../core/onnx/randomise-weights.ts'

/** The file again, its weights permuted by the seed. @throws Failure as `decode`, or without weights */
export function randomiseFile(bytes: Uint8Array, seed: number): Uint8Array<ArrayBuffer> {
  return encode(randomiseWeights(decode(bytes), seed))
}
