/** @file Models whose maps can be written down, as ONNX files, and the formulas of those maps. */

import { encode } from '../../core/onnx/codec.ts'
import { floatTensor } from '../../core/onnx/constants.ts'
import type { Model } from '../../core/onnx/ir.ts'
import { ints, tinyModel } from '../../core/testing/tiny-models.ts'

/** Three features, two classes: weights[i][k]. */
export const weights = [
  [1, -2],
  [0.5, 4],
  [-3, 1],
] as const

const constants = {
  w: floatTensor(Float32Array.from(weights.flat()), [3, 2]),
  one: floatTensor(Float32Array.from([1, 1]), [2, 1]),
}

/** logits (N, 2) = squares @ w, squares = x * x: d logits_k / d x_i = 2 x_i w_ik. */
export const classifier = file(
  anyBatch(
    tinyModel({
      inputs: { x: [1, 3] },
      constants: { w: constants.w },
      nodes: [
        { op: 'Mul', inputs: ['x', 'x'], outputs: ['squares'] },
        { op: 'MatMul', inputs: ['squares', 'w'], outputs: ['logits'] },
      ],
    }),
  ),
)

/** The sum of the classifier's logits, as (N, 1). */
export const scalarColumn = file(
  anyBatch(
    tinyModel({
      inputs: { x: [1, 3] },
      constants,
      nodes: [
        { op: 'Mul', inputs: ['x', 'x'], outputs: ['squares'] },
        { op: 'MatMul', inputs: ['squares', 'w'], outputs: ['logits'] },
        { op: 'MatMul', inputs: ['logits', 'one'], outputs: ['y'] },
      ],
    }),
  ),
)

/** y (N) = x * x on an input without any axis but the batch. */
export const scalarPerRow = file(
  anyBatch(
    tinyModel({ inputs: { x: [1] }, nodes: [{ op: 'Mul', inputs: ['x', 'x'], outputs: ['y'] }] }),
  ),
)

/** y (N, 2) = (a * b) @ w: d y_k / d a_i = b_i w_ik. */
export const twoInputs = file(
  anyBatch(
    tinyModel({
      inputs: { a: [1, 3], b: [1, 3] },
      constants: { w: constants.w },
      nodes: [
        { op: 'Mul', inputs: ['a', 'b'], outputs: ['ab'] },
        { op: 'MatMul', inputs: ['ab', 'w'], outputs: ['y'] },
      ],
    }),
  ),
)

/** maps (N, 2, H, W) = (x, -x): class 0 wins where x > 0, class 1 where x < 0. */
export const segmenter = file(
  anyBatch(
    tinyModel({
      inputs: { x: [1, 1, 2, 3] },
      nodes: [
        { op: 'Neg', inputs: ['x'], outputs: ['negative'] },
        {
          op: 'Concat',
          inputs: ['x', 'negative'],
          outputs: ['maps'],
          attributes: { axis: 1 },
        },
      ],
    }),
  ),
)

/** y = |x|, through an operator without a rule: every number is the determinant of a 1 x 1 matrix. */
export const determinants = file(
  tinyModel({
    inputs: { x: [1, 1, 2, 3] },
    constants: { matrices: ints(6, 1, 1), image: ints(1, 1, 2, 3) },
    nodes: [
      { op: 'Reshape', inputs: ['x', 'matrices'], outputs: ['split'] },
      { op: 'Det', inputs: ['split'], outputs: ['values'] },
      { op: 'Abs', inputs: ['values'], outputs: ['sizes'] },
      { op: 'Reshape', inputs: ['sizes', 'image'], outputs: ['y'] },
    ],
  }),
)

/** y (1) = the sum of sqrt(x^2): its gradient is sign(x), and not a number where x is 0. */
export const root = file(
  tinyModel({
    inputs: { x: [1, 4] },
    constants: { axes: ints(1) },
    nodes: [
      { op: 'Mul', inputs: ['x', 'x'], outputs: ['squares'] },
      { op: 'Sqrt', inputs: ['squares'], outputs: ['sizes'] },
      { op: 'ReduceSum', inputs: ['sizes', 'axes'], outputs: ['y'], attributes: { keepdims: 0 } },
    ],
  }),
)

/** y = log(x): minus infinity at 0, not a number below. */
export const logarithm = file(
  tinyModel({ inputs: { x: [1, 4] }, nodes: [{ op: 'Log', inputs: ['x'], outputs: ['y'] }] }),
)

/** A batch of any size instead of 1. */
function anyBatch(model: Model): Model {
  const inputs = model.graph.inputs.map((input) => ({
    ...input,
    dims: ['batch', ...(input.dims ?? []).slice(1)],
  }))
  return { ...model, graph: { ...model.graph, inputs } }
}

function file(model: Model): Uint8Array {
  return encode(model)
}
