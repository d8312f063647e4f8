/** @file The first principal component of a layer's channels over space, as graph nodes. */

import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/ir.ts'
import { product } from '../onnx/shape-arithmetic.ts'

/** G^(2^18): what is smaller than the first eigenvalue by a factor of 0.9999 is gone (e^-26). */
const SQUARINGS = 18
/** Keeps a division by a vanishing norm finite. */
const TINY = 1e-30

/**
 * Projection (N, 1, spatial) of `matrix` (N, C, spatial), centred over space, onto its first
 * principal direction v: the map is sum_k v_k (M_k - mean M_k), with the sign that correlates with
 * the sum over channels of `activations`. v comes from the Gram matrix, channels x channels or
 * (the same numbers) positions x positions where those are fewer; repeated squaring of the
 * normalised Gram matrix leaves the projector on its first eigenvector.
 */
export function emitFirstComponent(g: GraphBuilder, matrix: Value, activations: Value): Value {
  const [rows = 1, channels = 1, ...space] = matrix.dims
  const positions = product(space)
  const flat = (value: Value) => g.reshape(value, [rows, channels, positions])
  const centred = subtractMean(g, flat(matrix), 2)
  // Squares of gradients may leave float32's range.
  const largest = g.reduceMax(g.abs(centred), [1, 2])
  const scaled = g.div(centred, g.max(largest, g.scalarLike(largest, TINY)))
  const other = g.transpose(scaled, [0, 2, 1])
  const direction =
    channels <= positions
      ? emitFirstEigenvector(g, g.matmul(scaled, other))
      : normalise(g, g.matmul(scaled, emitFirstEigenvector(g, g.matmul(other, scaled))))
  const projection = g.matmul(g.transpose(direction, [0, 2, 1]), centred)
  const total = subtractMean(g, g.reduceSum(flat(activations), [1]), 2)
  const agreement = g.reduceSum(g.mul(projection, total), [2])
  const zero = g.scalarLike(projection, 0)
  const signed = g.where(g.less(agreement, zero), g.neg(projection), projection)
  return g.reshape(signed, [rows, 1, ...space])
}

/** Unit vector (N, n, 1) of a positive semi-definite matrix (N, n, n); zeros for a zero matrix. */
function emitFirstEigenvector(g: GraphBuilder, gram: Value): Value {
  const [rows = 1, size = 1] = gram.dims
  const identity = g.numbers(
    [1, size, size],
    Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0)),
  )
  const diagonal = (value: Value) => g.reduceSum(g.mul(value, identity), [2])
  const divideByTrace = (value: Value) => {
    const trace = g.reduceSum(diagonal(value), [1])
    return g.div(value, g.max(trace, g.scalarLike(trace, TINY)))
  }
  let projector = divideByTrace(gram)
  for (let i = 0; i < SQUARINGS; i++) projector = divideByTrace(g.matmul(projector, projector))
  // Every column is a multiple of the eigenvector; the one of the largest diagonal entry is longest.
  const winner = g.node(
    'ArgMax',
    [diagonal(projector)],
    [rows, 1, 1],
    { axis: 1, keepdims: 1 },
    'int64',
  )
  const numbers = g.numbers(
    [1, size, 1],
    Array.from({ length: size }, (_, i) => i),
    'int64',
  )
  const pick = g.cast(g.equal(numbers, winner), 'float32')
  return normalise(g, g.matmul(projector, pick))
}

/** To unit length along axis 1. */
function normalise(g: GraphBuilder, vector: Value): Value {
  const length = g.sqrt(g.reduceSum(g.mul(vector, vector), [1]))
  return g.div(vector, g.max(length, g.scalarLike(length, TINY)))
}

function subtractMean(g: GraphBuilder, value: Value, axis: number): Value {
  return g.sub(value, g.reduceMean(value, [axis]))
}
