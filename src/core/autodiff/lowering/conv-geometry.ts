/** @file The geometry of Conv and ConvTranspose nodes, with auto_pad and output_shape resolved. */

import type { Node, Value } from '../../onnx/ir.ts'
import { range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { type AttributeReader, readAttributes } from '../attribute-reader.ts'
import type { ConvGeometry } from './emit-conv.ts'

/** Geometry of a Conv node. `y` is its output. */
export function convGeometry(node: Node, x: Value, w: Value, y: Value): ConvGeometry {
  const attributes = readAttributes(node)
  const { spatial, strides, dilations } = commonGeometry(attributes, w)
  const totals = range(0, spatial).map((axis) => {
    const covered =
      (sizeAt(y.dims, axis + 2) - 1) * sizeAt(strides, axis) + extent(w, dilations, axis)
    return Math.max(0, covered - sizeAt(x.dims, axis + 2))
  })
  const pads = resolvePads(attributes, totals)
  return { strides, dilations, ...pads, group: attributes.int('group', 1) }
}

/**
 * Geometry of the convolution whose adjoint a ConvTranspose node is: it maps `y`'s grid to `x`'s.
 * The end padding (negative where output_padding adds rows that no tap reaches) follows from the
 * sizes.
 */
export function convTransposeGeometry(node: Node, x: Value, w: Value, y: Value): ConvGeometry {
  const attributes = readAttributes(node)
  const { spatial, strides, dilations } = commonGeometry(attributes, w)
  const outputPadding = attributes.ints('output_padding')
  const whole = range(0, spatial).map(
    (axis) => (sizeAt(x.dims, axis + 2) - 1) * sizeAt(strides, axis) + extent(w, dilations, axis),
  )
  const totals = whole.map(
    (size, axis) => size + (outputPadding?.[axis] ?? 0) - sizeAt(y.dims, axis + 2),
  )
  const { padsBegin } =
    attributes.has('output_shape') && !attributes.has('auto_pad')
      ? splitPads(totals, 'SAME_LOWER')
      : resolvePads(attributes, totals)
  const padsEnd = whole.map(
    (size, axis) => size - sizeAt(y.dims, axis + 2) - sizeAt(padsBegin, axis),
  )
  return { strides, dilations, padsBegin, padsEnd, group: attributes.int('group', 1) }
}

function commonGeometry(attributes: AttributeReader, w: Value) {
  const spatial = w.dims.length - 2
  const ones = new Array<number>(spatial).fill(1)
  return {
    spatial,
    strides: attributes.ints('strides') ?? ones,
    dilations: attributes.ints('dilations') ?? ones,
  }
}

function extent(w: Value, dilations: readonly number[], axis: number): number {
  return (sizeAt(w.dims, axis + 2) - 1) * sizeAt(dilations, axis) + 1
}

export interface Pads {
  readonly padsBegin: readonly number[]
  readonly padsEnd: readonly number[]
}

/** `totals` is what auto_pad has to distribute. */
export function resolvePads(attributes: AttributeReader, totals: readonly number[]): Pads {
  const mode = attributes.string('auto_pad', 'NOTSET')
  const zeros = totals.map(() => 0)
  if (mode === 'VALID') return { padsBegin: zeros, padsEnd: zeros }
  if (mode === 'SAME_UPPER' || mode === 'SAME_LOWER') return splitPads(totals, mode)
  const pads = attributes.ints('pads') ?? [...zeros, ...zeros]
  return { padsBegin: pads.slice(0, totals.length), padsEnd: pads.slice(totals.length) }
}

/** The odd one of an uneven total goes to the end (upper) or to the beginning (lower). */
function splitPads(totals: readonly number[], mode: 'SAME_LOWER' | 'SAME_UPPER'): Pads {
  const less = totals.map((total) => Math.floor(total / 2))
  const more = totals.map((total) => Math.ceil(total / 2))
  return mode === 'SAME_UPPER'
    ? { padsBegin: less, padsEnd: more }
    : { padsBegin: more, padsEnd: less }
}
