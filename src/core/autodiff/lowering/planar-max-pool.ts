/** @file The adjoint of a 3-D MaxPool: its last two axes plane by plane, in the runtime's blocked layout. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Value } from '../../onnx/ir.ts'
import { product, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { ALIGNMENT } from './blocked-layout.ts'
import { emitBlockedGradient, isWholeLine } from './blocked-max-pool.ts'
import { isMixed } from './mixed.ts'
import { swapPlanes } from './planar-conv.ts'
import type { MaxPoolNode } from './pool-geometry.ts'
import type { ProviderTraits } from './provider-traits.ts'
import { emitLinePool, lineGradient, type PoolLine } from './separable-max-pool.ts'

/** The most numbers of the input: beyond the caches, the additional passes cost what they save. */
const MOST_NUMBERS = 2 ** 22

/**
 * True where the planes' axes are as `isWholeLine` says, input and cotangent come through convolutions
 * (docs/decisions/infinite-gradients.md), and there is something to gain.
 */
export function isPlanarPool(
  g: GraphBuilder,
  traits: ProviderTraits,
  { x, cotangent }: MaxPoolNode,
  lines: readonly PoolLine[],
): boolean {
  const inner = lines.filter(({ axis }) => axis > 2)
  return (
    traits.blockedLayout &&
    x.dims.length === 5 &&
    x.dtype === 'float32' &&
    sizeAt(x.dims, 1) % ALIGNMENT === 0 &&
    inner.some(({ kernel, stride }) => kernel > stride) &&
    product(x.dims) <= MOST_NUMBERS &&
    isMixed(g, cotangent) &&
    isFromConvs(g, x) &&
    inner.every((line) => isWholeLine(line, sizeAt(x.dims, line.axis)))
  )
}

/** What a volume may pass between a convolution and a pooling. */
const PASSES: ReadonlySet<string> = new Set([
  'AveragePool',
  'BatchNormalization',
  'Concat',
  'MaxPool',
  'Relu',
])

/** An infinite number of the model's input would be in all that a convolution reads it for. */
function isFromConvs(g: GraphBuilder, value: Value): boolean {
  const producer = g.producerOf(value)
  if (producer?.domain !== '') return false
  if (producer.op === 'Conv') return true
  const read = producer.op === 'Concat' ? producer.inputs : producer.inputs.slice(0, 1)
  return (
    PASSES.has(producer.op) &&
    read.every((name) => {
      const input = g.find(name)
      return input !== undefined && isFromConvs(g, input)
    })
  )
}

/** The planes are pooled first, then the lines across them, as `emitSeparableGradient`. */
export function emitPlanarGradient(
  g: GraphBuilder,
  traits: ProviderTraits,
  { x, y, cotangent }: MaxPoolNode,
  lines: readonly PoolLine[],
): Value {
  const [batch = 1, , depth = 1] = x.dims
  const across = lines.find(({ axis }) => axis === 2)
  const inner = lines
    .filter(({ axis }) => axis > 2)
    .map((line) => ({ ...line, axis: line.axis - 1 }))
  const planes = toPlanes(g, x)
  const pooled = inner.reduceRight((value, line) => emitLinePool(g, value, line), planes)
  const back = across
    ? lineGradient(g, fromPlanes(g, pooled, batch, depth), y, cotangent, across)
    : cotangent
  const gradient = emitBlockedGradient(
    g,
    traits,
    { x: planes, y: pooled, cotangent: toPlanes(g, back) },
    inner,
  )
  return fromPlanes(g, gradient, batch, depth)
}

/** (N, C, D, H, W) -> (N D, C, H, W) */
function toPlanes(g: GraphBuilder, x: Value): Value {
  const [batch = 1, channels = 1, depth = 1, ...plane] = x.dims
  return g.reshape(swapPlanes(g, x), [batch * depth, channels, ...plane])
}

function fromPlanes(g: GraphBuilder, x: Value, batch: number, depth: number): Value {
  const [, channels = 1, ...plane] = x.dims
  return swapPlanes(g, g.reshape(x, [batch, depth, channels, ...plane]))
}
