/** @file Networks for the engine's tests, small enough to reason about. */

import { encode } from '../../core/onnx/codec.ts'
import { floatTensor } from '../../core/onnx/constants.ts'
import type { Model } from '../../core/onnx/ir.ts'
import type { Tensor } from '../../core/tensor/tensor.ts'
import { ints, randomFloats, randomNumbers, tinyModel } from '../../core/testing/tiny-models.ts'

const pads = [1, 1, 1, 1, 1, 1]

/** 3-D classifier: y0 Conv, y1 Relu, y2 MaxPool, y3 Conv, y4 Relu, y5 pooled, y6 flat, y7 logits. */
export function classifier(dims: readonly (number | string)[] = ['n', 1, 'd', 'h', 'w']): Model {
  return withInput(
    tinyModel({
      inputs: { x: [] },
      constants: {
        w1: randomFloats([3, 1, 3, 3, 3], 1),
        b1: randomFloats([3], 2),
        w2: randomFloats([4, 3, 3, 3, 3], 3),
        dense: randomFloats([4, 3], 4),
      },
      nodes: [
        { op: 'Conv', inputs: ['x', 'w1', 'b1'], attributes: { pads } },
        { op: 'Relu', inputs: ['y0'] },
        {
          op: 'MaxPool',
          inputs: ['y1'],
          attributes: { kernel_shape: [2, 2, 2], strides: [2, 2, 2] },
        },
        { op: 'Conv', inputs: ['y2', 'w2'], attributes: { pads } },
        { op: 'Relu', inputs: ['y3'] },
        { op: 'GlobalAveragePool', inputs: ['y4'] },
        { op: 'Flatten', inputs: ['y5'] },
        { op: 'MatMul', inputs: ['y6', 'dense'] },
      ],
    }),
    dims,
  )
}

/** 3-D segmentation: y0 Conv, y1 Relu, y2 two classes per voxel, y3 Softmax over them. */
export function segmenter(): Model {
  return withInput(
    tinyModel({
      inputs: { x: [] },
      constants: { w1: randomFloats([3, 1, 3, 3, 3], 5), w2: randomFloats([2, 3, 1, 1, 1], 6) },
      nodes: [
        { op: 'Conv', inputs: ['x', 'w1'], attributes: { pads } },
        { op: 'Relu', inputs: ['y0'] },
        { op: 'Conv', inputs: ['y1', 'w2'] },
        { op: 'Softmax', inputs: ['y2'], attributes: { axis: 1 } },
      ],
    }),
    ['n', 1, 'd', 'h', 'w'],
  )
}

/** Sums a middle value that has a trillion elements when asked to. */
export function glutton(): Model {
  return tinyModel({
    inputs: { x: [1] },
    constants: { size: ints(2_000_000, 1_000_000) },
    nodes: [
      { op: 'Expand', inputs: ['x', 'size'] },
      { op: 'ReduceSum', inputs: ['y0'], attributes: { keepdims: 0 } },
    ],
  })
}

export function withInput(model: Model, dims: readonly (number | string)[]): Model {
  const inputs = model.graph.inputs.map((input) => ({ ...input, dims }))
  return { ...model, graph: { ...model.graph, inputs } }
}

export function bytesOf(model: Model): Uint8Array<ArrayBuffer> {
  return encode(model)
}

export function randomTensor(dims: readonly number[], seed: number): Tensor {
  const length = dims.reduce((product, size) => product * size, 1)
  return { dims, data: Float32Array.from(randomNumbers(length, seed)) }
}

/**
 * y (N, 2) = [sum of sqrt(x^2), 0.5 times that]: |x| as a network would write it. Its gradient is
 * sign(x), and 1 / 0 times 0, not a number, where x is 0.
 */
export function rootNetwork(dims: readonly (number | string)[] = ['n', 1, 'd', 'h', 'w']): Model {
  return withInput(
    tinyModel({
      inputs: { x: [] },
      constants: { axes: ints(2, 3, 4), w: floatTensor(Float32Array.of(1, 0.5), [1, 2]) },
      nodes: [
        { op: 'Mul', inputs: ['x', 'x'] },
        { op: 'Sqrt', inputs: ['y0'] },
        { op: 'ReduceSum', inputs: ['y1', 'axes'], attributes: { keepdims: 0 } },
        { op: 'MatMul', inputs: ['y2', 'w'] },
      ],
    }),
    dims,
  )
}
