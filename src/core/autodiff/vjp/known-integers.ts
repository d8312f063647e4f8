/** @file Integer inputs (axes, starts, pads) that a rule must know before the run. */

import { Failure } from '../../failure.ts'
import { readNumbers } from '../../onnx/constants.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Node, Value } from '../../onnx/ir.ts'
import { normaliseAxes, range } from '../../onnx/shape-arithmetic.ts'
import type { AttributeReader } from '../attribute-reader.ts'

/** Contents of an optional constant input; undefined when it is omitted. */
export function knownIntegers(
  g: GraphBuilder,
  node: Node,
  name: string,
  input: Value | null,
): readonly number[] | undefined {
  if (!input) return undefined
  const known = g.constantOf(input)
  if (known) return readNumbers(known)
  throw new Failure(
    'unsupported-operator',
    `Input '${name}' of ${node.op} node '${node.name}' is computed while the model runs, which ` +
      'the gradient rule cannot follow; occlusion works with any operator.',
  )
}

/** Axes of a reduction: an input since opset 18, an attribute before; absent means all of them. */
export function reductionAxes(
  g: GraphBuilder,
  node: Node,
  attributes: AttributeReader,
  x: Value,
  axesInput: Value | null,
): readonly number[] {
  const given = knownIntegers(g, node, 'axes', axesInput) ?? attributes.ints('axes') ?? []
  if (given.length > 0) return normaliseAxes(given, x.dims.length)
  return attributes.int('noop_with_empty_axes', 0) === 0 ? range(0, x.dims.length) : []
}
