/** @file Models made in a few lines, for tests. */

import { floatTensor, int64Tensor } from '../onnx/constants.ts'
import { type AttributesShorthand, createGraphEmitter } from '../onnx/graph-emitter.ts'
import type { Attribute, Attributes, ConstantTensor, Model, Node } from '../onnx/ir.ts'

export interface TinyNode {
  readonly op: string
  readonly inputs: readonly string[]
  /** Default: `y0`, `y1` ... by position in the list. */
  readonly outputs?: readonly string[]
  readonly attributes?: AttributesShorthand
}

export interface TinyModel {
  /** Float inputs by name. */
  readonly inputs: Readonly<Record<string, readonly number[]>>
  readonly constants?: Readonly<Record<string, ConstantTensor>>
  readonly nodes: readonly TinyNode[]
  /** Default: the first output of the last node. */
  readonly output?: string
  readonly opset?: number
}

/** An opset 18 model unless said otherwise. */
export function tinyModel({ inputs, constants = {}, nodes, output, opset = 18 }: TinyModel): Model {
  const list = nodes.map(
    ({ op, inputs: args, outputs, attributes = {} }, index): Node => ({
      name: `${op}_${index}`,
      domain: '',
      op,
      inputs: args,
      outputs: outputs ?? [`y${index}`],
      attributes: expand(attributes),
    }),
  )
  const explained = output ?? list.at(-1)?.outputs[0] ?? ''
  return {
    irVersion: 9,
    producer: 'test',
    opsets: new Map([['', opset]]),
    metadata: new Map(),
    graph: {
      name: 'tiny',
      inputs: Object.entries(inputs).map(([name, dims]) => ({ name, dtype: 'float32', dims })),
      outputs: [{ name: explained, dtype: 'float32', dims: null }],
      nodes: list,
      initializers: new Map(Object.entries(constants)),
    },
  }
}

/** Attributes in the builder's shorthand, in full. */
function expand(attributes: AttributesShorthand): Attributes {
  const emitter = createGraphEmitter(
    { name: '', inputs: [], outputs: [], nodes: [], initializers: new Map() },
    new Map(),
  )
  const [value] = emitter.emit('Any', [], [{ dtype: 'float32', dims: [] }], attributes)
  return (value && emitter.producerOf(value)?.attributes) ?? {}
}

export function float(value: number): Attribute {
  return { kind: 'float', value }
}

export function ints(...values: number[]): ConstantTensor {
  return int64Tensor(values)
}

/** Reproducible numbers in (-1, 1), of both signs, none closer to 0 than 0.05. */
export function randomFloats(dims: readonly number[], seed = 7): ConstantTensor {
  return floatTensor(Float32Array.from(randomNumbers(count(dims), seed)), dims)
}

export function randomNumbers(length: number, seed: number): number[] {
  // Mulberry32.
  let state = seed >>> 0
  return Array.from({ length }, () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    const uniform = ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1
    return uniform + 0.05 * Math.sign(uniform) * (1 - Math.abs(uniform))
  })
}

/** A shuffled ladder with steps of `gap`: no two entries are near each other, none is near 0. */
export function distinctNumbers(length: number, seed: number, gap: number): number[] {
  const order = randomNumbers(length, seed)
    .map((key, index) => ({ key, index }))
    .sort((a, b) => a.key - b.key)
  const ladder = new Array<number>(length).fill(0)
  for (const [rank, { index }] of order.entries()) {
    ladder[index] = (rank - Math.floor(length / 2) + 0.5) * gap
  }
  return ladder
}

export function count(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1)
}
