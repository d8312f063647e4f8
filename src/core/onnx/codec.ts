/** @file ONNX files to the IR and back. */

import { Failure } from '../failure.ts'
import { decodeModel } from './decode-model.ts'
import { encodeModel } from './encode-model.ts'
import type { Model } from './ir.ts'
import { recogniseOtherFile } from './sniff-file.ts'

/** Protobuf messages, and so ONNX files, end at 2 GiB. */
const LARGEST_FILE_BYTES = 2 ** 31 - 1

/**
 * Reads an ONNX file. Weights stay views into `bytes` (of any alignment), so `bytes` must not
 * change while the model is in use. Model-local functions are inlined, nodes get unique names.
 * @throws Failure 'bad-file' for anything that is not a whole ONNX file, 'unsupported-model' for
 *   external data, sparse tensors, sub-graphs and opsets outside 9 to 23
 */
export function decode(bytes: Uint8Array): Model {
  const otherFile = recogniseOtherFile(bytes)
  if (otherFile !== null) throw new Failure('bad-file', `Not an ONNX model: this is ${otherFile}.`)
  let model: Model | null
  try {
    model = decodeModel(bytes)
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure('bad-file', damagedMessage(bytes), { cause })
  }
  if (model === null) throw new Failure('bad-file', damagedMessage(bytes))
  return model
}

/** An ONNX file starts with its IR version: field 1, a varint below 128. */
function damagedMessage(bytes: Uint8Array): string {
  const startsLikeOnnx = bytes[0] === 0x08 && (bytes[1] ?? 0) > 0 && (bytes[1] ?? 0) < 0x80
  return startsLikeOnnx
    ? `The ONNX file is damaged or cut short (${bytes.length} bytes); copy or download it again.`
    : 'Not an ONNX model: the file is not in the format that torch.onnx.export writes (.onnx).'
}

/**
 * Writes an ONNX file; every weight is copied exactly once.
 * @throws Failure 'unsupported-model' when the file would pass protobuf's 2 GiB
 */
export function encode(model: Model): Uint8Array<ArrayBuffer> {
  let weightBytes = 0
  for (const tensor of model.graph.initializers.values()) weightBytes += tensor.bytes.length
  if (weightBytes > LARGEST_FILE_BYTES) {
    throw new Failure(
      'unsupported-model',
      `The model holds ${(weightBytes / 2 ** 30).toFixed(1)} GiB of weights; one ONNX file holds ` +
        'at most 2 GiB.',
    )
  }
  return encodeModel(model)
}
