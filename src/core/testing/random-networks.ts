/** @file Small random networks for properties: convolutions, activations, gates, pooling, a dense head. */

import type { ConstantTensor, Model } from '../onnx/ir.ts'
import { float, ints, randomFloats, type TinyNode, tinyModel } from './tiny-models.ts'

export interface NetworkPlan {
  readonly seed: number
  readonly batch: number
  /** Sizes of the spatial axes. */
  readonly space: readonly number[]
  readonly activations: readonly [string, string]
  readonly join: 'add' | 'concat' | 'gate' | 'none'
  readonly norm: boolean
  readonly pool: 'AveragePool' | 'MaxPool' | 'none'
}

export const smoothActivations = ['Sigmoid', 'Softplus', 'Tanh'] as const
export const bentActivations = ['Elu', 'LeakyRelu', 'Relu'] as const

/** Input `x` (batch, 2, space), output `y` (batch, 3). */
export function randomNetwork(plan: NetworkPlan): Model {
  const { seed, batch, space, activations, join, norm, pool } = plan
  const kernel = space.map(() => 3)
  const pads = { pads: [...space, ...space].map(() => 1) }
  const constants: Record<string, ConstantTensor> = {
    w1: randomFloats([4, 2, ...kernel], seed),
    b1: randomFloats([4], seed + 1),
    w2: randomFloats([4, 4, ...kernel], seed + 2),
    scale: randomFloats([4], seed + 3),
    bias: randomFloats([4], seed + 4),
    head: randomFloats([join === 'concat' ? 8 : 4, 3], seed + 5),
    axes: ints(...space.map((_, axis) => axis + 2)),
  }
  const nodes: TinyNode[] = [
    { op: 'Conv', inputs: ['x', 'w1', 'b1'], outputs: ['c1'], attributes: pads },
    { op: activations[0], inputs: ['c1'], outputs: ['a1'] },
    { op: 'Conv', inputs: ['a1', 'w2'], outputs: ['c2'], attributes: pads },
  ]
  let last = 'c2'
  const then = (op: string, more: Omit<TinyNode, 'inputs' | 'op'> & { inputs?: string[] } = {}) => {
    const output = `${op}_${nodes.length}`
    nodes.push({ op, outputs: [output], ...more, inputs: more.inputs ?? [last] })
    last = output
  }
  if (norm) {
    const attributes = { epsilon: float(0.1) }
    then('InstanceNormalization', { inputs: [last, 'scale', 'bias'], attributes })
  }
  then(activations[1])
  if (pool !== 'none') {
    const two = { kernel_shape: space.map(() => 2), strides: space.map(() => 1) }
    then(pool, {
      attributes: { ...two, pads: space.flatMap(() => [0]).concat(space.map(() => 1)) },
    })
  }
  if (join === 'add') then('Add', { inputs: [last, 'a1'] })
  if (join === 'concat') then('Concat', { inputs: [last, 'a1'], attributes: { axis: 1 } })
  if (join === 'gate') {
    const gated = last
    then('GlobalAveragePool')
    then('Sigmoid')
    then('Mul', { inputs: [gated, last] })
  }
  then('ReduceMean', { inputs: [last, 'axes'], attributes: { keepdims: 0 } })
  then('MatMul', { inputs: [last, 'head'] })
  then('Identity', { outputs: ['y'] })
  return tinyModel({ inputs: { x: [batch, 2, ...space] }, constants, nodes, output: 'y' })
}
