/** @file Recognises what pools an image over all of its space, however the exporter wrote it. */

import { readAttributes } from '../autodiff/attribute-reader.ts'
import { readNumbers } from '../onnx/constants.ts'
import type { ConstantTensor, Node } from '../onnx/ir.ts'
import { normaliseAxes, product, range, sameDims } from '../onnx/shape-arithmetic.ts'

/** What is taken over space. */
export type GlobalPooling = 'largest' | 'mean' | 'norm' | 'sum'

export interface PooledValues {
  /** Sizes of the node's first input: (N, C, spatial). */
  readonly from: readonly number[]
  /** Sizes of its output. */
  readonly to: readonly number[]
  /** Its second input, where that is a constant: the axes of a reduction. */
  readonly axes: ConstantTensor | undefined
}

/** How `node` pools every axis after the first two, and no other; null where it does not. */
export function globalPoolingOf(
  node: Node,
  { from, to, axes }: PooledValues,
): GlobalPooling | null {
  if (from.length < 3) return null
  switch (node.op) {
    case 'GlobalAveragePool':
      return 'mean'
    case 'GlobalLpPool':
      return 'norm'
    case 'GlobalMaxPool':
      return 'largest'
    case 'AveragePool':
      return windowCovers(node, from, to) ? 'mean' : null
    case 'MaxPool':
      return windowCovers(node, from, to) ? 'largest' : null
    case 'ReduceMax':
      return reducesSpace(from, axes) ? 'largest' : null
    case 'ReduceMean':
      return reducesSpace(from, axes) ? 'mean' : null
    case 'ReduceSum':
      return reducesSpace(from, axes) ? 'sum' : null
    default:
      return null
  }
}

/** A single window as large as the image. */
function windowCovers(node: Node, from: readonly number[], to: readonly number[]): boolean {
  const window = readAttributes(node).ints('kernel_shape') ?? []
  return sameDims(window, from.slice(2)) && product(to.slice(2)) === 1
}

function reducesSpace(from: readonly number[], axes: ConstantTensor | undefined): boolean {
  if (!axes) return false
  const given = normaliseAxes(Array.from(readNumbers(axes), Number), from.length)
  return sameDims(given, range(2, from.length))
}
