/** @file What a model takes, and whether that is what it gets. */

import { Failure } from '../core/failure.ts'
import { isFloat } from '../core/onnx/dtypes.ts'
import type { Graph } from '../core/onnx/ir.ts'
import { formatDims } from '../core/tensor/arithmetic.ts'
import type { Tensor, Tensors } from '../core/tensor/tensor.ts'
import type { RuntimeTensor } from './runtime.ts'

export interface ModelInput {
  readonly name: string
  /** Null where any size is accepted; empty where the file does not even tell the rank. */
  readonly dims: readonly (number | null)[]
}

/** @throws Failure where an input is not of real numbers: there is nothing to explain in it */
export function declaredInputs(graph: Graph): readonly ModelInput[] {
  const [other] = graph.inputs.filter(({ dtype }) => !isFloat(dtype))
  if (other) {
    throw new Failure(
      'unsupported-model',
      `Input "${other.name}" is of type ${other.dtype}; only models whose inputs are all images (float) can be run here.`,
    )
  }
  return graph.inputs.map(({ name, dims }) => ({
    name,
    dims: (dims ?? []).map((size) => (typeof size === 'number' && size > 0 ? size : null)),
  }))
}

/** @throws Failure 'shape-mismatch' that names the input and what it takes */
export function checkInputs(declared: readonly ModelInput[], given: Tensors): void {
  if (given.length !== declared.length) {
    const names = declared.map(({ name }) => name).join(', ')
    throw new Failure(
      'shape-mismatch',
      `The model takes ${declared.length} ${declared.length === 1 ? 'input' : 'inputs'} (${names}), but ${given.length} came.`,
    )
  }
  for (const [index, { name, dims }] of declared.entries()) {
    const got = given[index]?.dims ?? []
    const fits =
      dims.length === 0 ||
      (dims.length === got.length &&
        dims.every((size, axis) => size === null || size === got[axis] || isBatch(dims, axis)))
    if (fits) continue
    throw new Failure(
      'shape-mismatch',
      `Input "${name}" is ${formatDims(got)}, but the model takes ${describeDims(dims)}.`,
    )
  }
}

/** A batch of one in the file: more rows are run one by one. */
function isBatch(dims: readonly (number | null)[], axis: number): boolean {
  return axis === 0 && dims[0] === 1 && dims.length > 1
}

/** "1x1x96x96x96", with "any" where any size is accepted. */
export function describeDims(dims: readonly (number | null)[]): string {
  return dims.map((size) => size ?? 'any').join('x')
}

/** Models are made float32 when they are opened: nothing is converted here. */
export function toFeeds(
  declared: readonly ModelInput[],
  given: Tensors,
): Readonly<Record<string, RuntimeTensor>> {
  const feeds = declared.flatMap(({ name }, index): [string, RuntimeTensor][] => {
    const tensor = given[index]
    return tensor ? [[name, { dtype: 'float32', ...tensor }]] : []
  })
  return Object.fromEntries(feeds)
}

/** @throws Failure where the value does not hold float32 numbers */
export function readTensor(name: string, tensor: RuntimeTensor | undefined): Tensor {
  if (tensor?.data instanceof Float32Array) return { data: tensor.data, dims: tensor.dims }
  throw new Failure('internal', `The runtime gave no numbers for "${name}".`)
}
