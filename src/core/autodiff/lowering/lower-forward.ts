/** @file Rewrites the nodes of the user's own graph that a provider cannot run. */

import { Failure } from '../../failure.ts'
import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import { createGraphEmitter } from '../../onnx/graph-emitter.ts'
import { createGraphOperations } from '../../onnx/graph-operations.ts'
import type { Model, Node, Value, ValueTypes } from '../../onnx/ir.ts'
import { range } from '../../onnx/shape-arithmetic.ts'
import { readAttributes } from '../attribute-reader.ts'
import { type AxisMatrix, axisProduct } from '../vjp/axis-adjoint.ts'
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

/** Antialiased: a matrix for each axis, and a constant where a crop reaches beyond the edges. */
function lowerResize(g: GraphBuilder, node: Node): void {
  const [x, roi = null, scales = null, sizes = null] = node.inputs.map(
    (name) => g.find(name) ?? null,
  )
  const y = g.find(node.outputs[0] ?? '')
  if (!x || !y) {
    g.append(node)
    return
  }
  for (const name of ['roi', 'scales', 'sizes'] as const) {
    const given = { roi, scales, sizes }[name]
    if (given && !g.constantOf(given)) throw notKnown(node, name)
  }
  const matrices = resizeMatrices(g, node, { x, roi, scales, sizes, y })
  const resized = matrices.reduce<Value>(
    (value, matrix, axis) => (matrix ? axisProduct(g, value, axis, matrix) : value),
    x,
  )
  const fill = readAttributes(node).float('extrapolation_value', 0)
  const isShown = matrices.reduce<Value | null>((all, matrix, axis) => {
    const rows = matrix && shownRows(matrix)
    if (!rows?.includes(0)) return all
    const dims = y.dims.map((size, each) => (each === axis ? size : 1))
    const own = g.greater(g.numbers(dims, rows), g.scalar(0))
    return all ? g.and(all, own) : own
  }, null)
  // Outside, the matrices give 0.
  const isFilled = isShown !== null && fill !== 0
  g.rename(isFilled ? g.where(isShown, resized, g.scalarLike(resized, fill)) : resized, y.name)
}

function notKnown({ name }: Node, input: string): Failure {
  return new Failure(
    'unsupported-operator',
    `Resize node '${name}' shrinks with antialiasing by ${input} that the model computes while it ` +
      'runs, which the GPU cannot do: run this model on the CPU (WASM).',
  )
}

/** 1 for the rows that read something. */
function shownRows({ rows, columns, entries }: AxisMatrix): readonly number[] {
  return range(0, rows).map((row) =>
    Number(entries.subarray(row * columns, (row + 1) * columns).some((entry) => entry !== 0)),
  )
}

function lacks(node: Node, types: ValueTypes, traits: ProviderTraits): boolean {
  if (node.domain !== '') return false
  if (node.op === 'Resize') {
    return !traits.antialias && readAttributes(node).int('antialias', 0) !== 0
  }
  const weights = types.get(node.inputs[1] ?? '')
  if (weights?.dims.length !== 5) return false
  if (node.op === 'ConvTranspose') return !traits.convTranspose3d
  const group = node.attributes.group
  return node.op === 'Conv' && !traits.groupedConv3d && group?.kind === 'int' && group.value > 1
}
