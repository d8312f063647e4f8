/** @file The attention of one block as batch x heads x queries x tokens. */

import type { GraphBuilder } from '../../onnx/graph-builder.ts'
import type { Graph, Node, Value } from '../../onnx/ir.ts'
import { readAttributes } from '../attribute-reader.ts'
import type { AttentionAxes } from './attention-axes.ts'

export interface AttentionBlock {
  /** As the graph holds it; a gradient of it has the same axes. */
  readonly matrix: Value
  readonly rows: number
  readonly heads: number
  /** As many as tokens, or 1 where a block only pools. */
  readonly queries: number
  /** The keys. */
  readonly tokens: number
  /** Brings the axes into the order (batch, heads) or (heads, batch), queries, keys. */
  readonly perm: readonly number[]
  /** The order of batch and heads after that. */
  readonly isHeadFirst: boolean
}

/**
 * Null where the axes beside queries and keys are not one batch of `rows` and its heads: attention
 * within windows. Batch and heads may be one axis; `reader` says which of the two counts faster.
 */
export function readAttentionBlock(
  { matrix, query, key, others }: AttentionAxes,
  rows: number,
  reader: () => boolean,
): AttentionBlock | null {
  const sizes = matrix.dims
  const queries = sizes[query] ?? 1
  const tokens = sizes[key] ?? 1
  const wide = others.filter((axis) => sizes[axis] !== 1)
  const lead = wide.reduce((size, axis) => size * (sizes[axis] ?? 1), 1)
  const perm = [...others, query, key]
  const common = { matrix, rows, heads: lead / rows, queries, tokens, perm }
  if (lead % rows !== 0 || wide.length > 2) return null
  if (wide.length === 2) {
    // Both are larger than 1.
    if (sizes[wide[0] ?? 0] === rows) return { ...common, isHeadFirst: false }
    return sizes[wide[1] ?? 0] === rows ? { ...common, isHeadFirst: true } : null
  }
  // Separate axes, one of them of size 1: nothing to tell apart, but windows of a single row.
  if (others.length >= 2 && !others.some((axis) => sizes[axis] === rows)) return null
  return { ...common, isHeadFirst: rows > 1 && lead > rows && reader() }
}

/** A value with the axes of the block's matrix, as (rows, heads, queries, tokens). */
export function arrangeBlock(g: GraphBuilder, block: AttentionBlock, value: Value): Value {
  const { heads, isHeadFirst, perm, queries, rows, tokens } = block
  const ordered = g.transpose(value, perm)
  if (!isHeadFirst) return g.reshape(ordered, [rows, heads, queries, tokens])
  return g.transpose(g.reshape(ordered, [heads, rows, queries, tokens]), [1, 0, 2, 3])
}

/**
 * Whether heads come before rows where both are one axis: the product's result is split again, and
 * the second part is moved before the first. PyTorch's own layers put the rows first.
 */
export function isHeadMajor(
  graph: Graph,
  product: Node,
  rows: number,
  find: (name: string) => Value | undefined,
): boolean {
  let name = product.outputs[0] ?? ''
  let split = false
  for (const node of graph.nodes) {
    if (node.inputs[0] !== name) continue
    const from = find(name)?.dims ?? []
    const to = find(node.outputs[0] ?? '')?.dims ?? []
    if (node.op === 'Reshape') {
      if (split || to.length <= from.length) return false
      split = (to[0] ?? 1) * (to[1] ?? 1) === from[0] && to[1] === rows
      if (!split) return false
    } else if (node.op === 'Transpose') {
      const perm = readAttributes(node).ints('perm') ?? []
      if (split) return perm.indexOf(1) < perm.indexOf(0)
      if (perm[0] !== 0) return false
    } else return false
    name = node.outputs[0] ?? ''
  }
  return false
}
