/**
 * @file The same network with its learning taken out: every weight tensor's values dealt out anew.
 *
 * Adebayo et al. 2018 (arXiv 1810.03292) ask whether a map changes when the weights do. A file does
 * not say how its network was initialised, so the values of each tensor are permuted (Fisher and
 * Yates) instead of drawn: every layer keeps the distribution of its weights, and so the scale of its
 * activations, positive variances stay positive, and which value stood where, all that training
 * found, is gone.
 */

import { Failure } from '../failure.ts'
import { createRandom, type Random } from '../tensor/random.ts'
import { constantNodeValue } from './constant-node.ts'
import { sizeOf } from './constants.ts'
import { isFloat } from './dtypes.ts'
import type { ConstantTensor, Model, Node } from './ir.ts'

/** Which inputs of an operator are weights; scales of a Resize or bounds of a Clip are not. */
const weightInputs: Readonly<Record<string, readonly number[]>> = {
  Add: [0, 1],
  BatchNormalization: [1, 2, 3, 4],
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gather: [0],
  Gemm: [0, 1, 2],
  GroupNormalization: [1, 2],
  GRU: [1, 2, 3],
  InstanceNormalization: [1, 2],
  LayerNormalization: [1, 2],
  LSTM: [1, 2, 3],
  MatMul: [0, 1],
  Mul: [0, 1],
  PRelu: [1],
  RNN: [1, 2, 3],
}

/**
 * A copy of the model with permuted weights, the same for the same seed; nothing else changes.
 * @throws Failure where the model has no weights of real numbers
 */
export function randomiseWeights(model: Model, seed: number): Model {
  const { graph } = model
  const wanted = new Set(graph.nodes.flatMap(weightsOf))
  const random = createRandom(seed)
  let dealt = 0
  const deal = (tensor: ConstantTensor) => {
    if (!isFloat(tensor.dtype) || sizeOf(tensor.dims) < 2) return tensor
    dealt += 1
    return permute(tensor, random)
  }
  // In the order of the file, so that a seed means the same network every time.
  const initializers = new Map(
    [...graph.initializers].map(([name, tensor]) => [
      name,
      wanted.has(name) ? deal(tensor) : tensor,
    ]),
  )
  const nodes = graph.nodes.map((node): Node => {
    const held = constantNodeValue(node)
    if (!held || !wanted.has(node.outputs[0] ?? '')) return node
    return { ...node, attributes: { value: { kind: 'tensor', value: deal(held) } } }
  })
  if (dealt === 0) {
    throw new Failure(
      'unsupported-model',
      'This model keeps no weights of real numbers that could be randomised.',
    )
  }
  return { ...model, graph: { ...graph, initializers, nodes } }
}

function weightsOf({ domain, op, inputs }: Node): readonly string[] {
  if (domain !== '' && domain !== 'ai.onnx') return []
  return (weightInputs[op] ?? []).flatMap((at) => inputs[at] ?? [])
}

/** Elements are moved as bytes, so that every type of float goes the same way. */
function permute(tensor: ConstantTensor, random: Random): ConstantTensor {
  const count = sizeOf(tensor.dims)
  const width = tensor.bytes.length / count
  const bytes = new Uint8Array(tensor.bytes)
  const held = new Uint8Array(width)
  for (let last = count - 1; last > 0; last--) {
    const other = random.integer(last + 1)
    held.set(bytes.subarray(last * width, (last + 1) * width))
    bytes.copyWithin(last * width, other * width, (other + 1) * width)
    bytes.set(held, other * width)
  }
  return { ...tensor, bytes }
}
