/** @file Rewrites the nodes of the user's own graph that a provider cannot run. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import { createGraphEmitter } from '../../onnx/graph-emitter.ts'
import { createGraphOperations } from '../../onnx/graph-operations.ts'
import type { Model, Node, Value, ValueTypes } from '../../onnx/ir.ts'
import { readAttributes } from '../attribute-reader.ts'
import { axisProduct } from '../vjp/axis-adjoint.ts'
import { resizeMatrices } from '../vjp/resize-matrices.ts'
import { convGeometry, convTransposeGeometry } from './conv-geometry.ts'
import { emitConv } from './emit-conv.ts'
import type { ProviderTraits } from './provider-traits.ts'
import { emitTransposedConv } from './transposed-conv.ts'

export interface TypedModel {
  readonly model: Model
  readonly types: ValueTypes
}

/**
 * The same function without ConvTranspose or grouped Conv over three spatial axes and without
 * antialiased Resize, where the provider lacks them. Every value of the model keeps its name.
 */
export function lowerForward(model: Model, types: ValueTypes, traits: ProviderTraits): TypedModel {
  const { graph } = model
  const isLacking = (node: Node) => lacks(node, types, traits)
  if (!graph.nodes.some(isLacking)) return { model, types }
  const emitter = createGraphEmitter({ ...graph, nodes: [] }, types)
  const g = { ...emitter, ...createGraphOperations(emitter) }
  for (const node of graph.nodes) {
    if (isLacking(node) && node.op === 'Resize') {
      lowerResize(g, node)
      continue
    }
    const [x, w, bias = null] = node.inputs.map((name) => g.find(name) ?? null)
    const y = g.find(node.outputs[0] ?? '')
    if (!isLacking(node) || !x || !w || !y) {
      g.append(node)
      continue
    }
    g.rename(node.op === 'Conv' ? conv(x, w, y, node) : convTranspose(x, w, y, node), y.name)

    function conv(from: Value, weights: Value, to: Value, own: Node): Value {
      return emitConv(g, traits, from, weights, bias, convGeometry(own, from, weights, to))
    }
    function convTranspose(from: Value, weights: Value, to: Value, own: Node): Value {
      const sum = emitTransposedConv(g, traits, {
        ...convTransposeGeometry(own, from, weights, to),
        cotangent: from,
        w: weights,
        inputSizes: to.dims.slice(2),
      })
      const perChannel = to.dims.map((size, axis) => (axis === 1 ? size : 1)).slice(1)
      return bias ? g.add(sum, g.reshape(bias, perChannel)) : sum
    }
  }
  return { model: { ...model, graph: g.whole() }, types: g.types() }
}

/** Antialiased, outside of a crop: a matrix for each axis. */
function lowerResize(g: GraphBuilder, node: Node): void {
  const [x, roi = null, scales = null, sizes = null] = node.inputs.map(
    (name) => g.find(name) ?? null,
  )
  const y = g.find(node.outputs[0] ?? '')
  if (!x || !y) {
    g.append(node)
    return
  }
  const resized = resizeMatrices(g, node, { x, roi, scales, sizes, y }).reduce<Value>(
    (value, matrix, axis) => (matrix ? axisProduct(g, value, axis, matrix) : value),
    x,
  )
  g.rename(resized, y.name)
}

function lacks(node: Node, types: ValueTypes, traits: ProviderTraits): boolean {
  if (node.domain !== '') return false
  if (node.op === 'Resize') {
    const attributes = readAttributes(node)
    const isCrop =
      attributes.string('coordinate_transformation_mode', 'half_pixel') === 'tf_crop_and_resize'
    return !traits.antialias && !isCrop && attributes.int('antialias', 0) !== 0
  }
  const weights = types.get(node.inputs[1] ?? '')
  if (weights?.dims.length !== 5) return false
  if (node.op === 'ConvTranspose') return !traits.convTranspose3d
  const group = node.attributes.group
  return node.op === 'Conv' && !traits.groupedConv3d && group?.kind === 'int' && group.value > 1
}
