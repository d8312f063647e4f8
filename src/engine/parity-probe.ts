/** @file A fixed tiny network that a GPU must compute as the CPU does before it is trusted. */

import { encode } from '../core/onnx/codec.ts'
import type { Attributes, ConstantTensor, Node } from '../core/onnx/ir.ts'
import type { Runtime } from './runtime.ts'

/** Some drivers compute wrong convolutions; rounding alone stays below 1e-5. */
export const PARITY_TOLERANCE = 1e-3

/**
 * Largest difference of the two runtimes' outputs, relative to the largest value, over Conv
 * (stride 1 and 2), MaxPool, linear Resize, Slice with a negative step and a reduction on (1,2,8,8,8).
 */
export async function measureParity(trusted: Runtime, candidate: Runtime): Promise<number> {
  const model = encodeProbe()
  const [expected, got] = [await runProbe(trusted, model), await runProbe(candidate, model)]
  const scale = expected.reduce((top, x) => Math.max(top, Math.abs(x)), 0)
  if (expected.length !== got.length) return Number.POSITIVE_INFINITY
  const worst = expected.reduce(
    (top, x, i) => Math.max(top, Math.abs(x - (got[i] ?? Number.NaN))),
    0,
  )
  return Number.isNaN(worst) ? Number.POSITIVE_INFINITY : worst / scale
}

async function runProbe(runtime: Runtime, model: Uint8Array<ArrayBuffer>): Promise<Float32Array> {
  const session = await runtime.createSession(model)
  try {
    const x = { dtype: 'float32', dims: [1, 2, 8, 8, 8], data: noise(1024, 1) } as const
    const { y } = await session.run({ x }, ['y'])
    if (!(y?.data instanceof Float32Array)) throw new Error('the probe gave no float32 output')
    return y.data
  } finally {
    await session.release()
  }
}

/** A model that any runtime opens in no time. */
export function encodeProbe(): Uint8Array<ArrayBuffer> {
  const node = (
    op: string,
    inputs: string[],
    output: string,
    attributes: Attributes = {},
  ): Node => ({
    name: output,
    domain: '',
    op,
    inputs,
    outputs: [output],
    attributes,
  })
  const nodes = [
    node('Conv', ['x', 'w1', 'b1'], 'c1', { pads: ints(1, 1, 1, 1, 1, 1) }),
    node('Relu', ['c1'], 'r1'),
    node('Conv', ['r1', 'w2'], 'c2', { pads: ints(1, 1, 1, 1, 1, 1), strides: ints(2, 2, 2) }),
    node('MaxPool', ['r1'], 'p1', { kernel_shape: ints(2, 2, 2), strides: ints(2, 2, 2) }),
    node('Add', ['c2', 'p1'], 's1'),
    node('Resize', ['s1', '', 'scales'], 'u1', {
      mode: { kind: 'string', value: 'linear' },
      coordinate_transformation_mode: { kind: 'string', value: 'half_pixel' },
    }),
    node('Slice', ['u1', 'from', 'to', 'axes', 'steps'], 'f1'),
    node('ReduceSum', ['f1', 'axes'], 'y', { keepdims: { kind: 'int', value: 0 } }),
  ]
  const initializers = new Map<string, ConstantTensor>([
    ['w1', floats([4, 2, 3, 3, 3], noise(216, 2))],
    ['b1', floats([4], noise(4, 3))],
    ['w2', floats([4, 4, 3, 3, 3], noise(432, 4))],
    ['scales', floats([5], new Float32Array([1, 1, 2, 2, 2]))],
    ['from', int64(-1)],
    ['to', int64(-9)],
    ['axes', int64(4)],
    ['steps', int64(-2)],
  ])
  return encode({
    irVersion: 8,
    producer: 'saliscope',
    opsets: new Map([['', 18]]),
    metadata: new Map(),
    graph: {
      name: 'parity probe',
      inputs: [{ name: 'x', dtype: 'float32', dims: [1, 2, 8, 8, 8] }],
      outputs: [{ name: 'y', dtype: 'float32', dims: [1, 4, 8, 8] }],
      nodes,
      initializers,
    },
  })
}

function ints(...value: number[]) {
  return { kind: 'ints', value } as const
}

function floats(dims: readonly number[], data: Float32Array<ArrayBuffer>): ConstantTensor {
  return { dtype: 'float32', dims, bytes: new Uint8Array(data.buffer) }
}

function int64(value: number): ConstantTensor {
  return {
    dtype: 'int64',
    dims: [1],
    bytes: new Uint8Array(new BigInt64Array([BigInt(value)]).buffer),
  }
}

/** Numbers in -1..1 from a linear congruential generator: the same on every machine. */
function noise(count: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}
