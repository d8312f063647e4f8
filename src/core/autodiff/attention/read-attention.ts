/** @file All attention of a model as one sequence of blocks over the same tokens. */

import { Failure } from '../../failure.ts'
import type { ConstantTensor, Graph, Node, Value } from '../../onnx/ir.ts'
import { normaliseAxis, product, range } from '../../onnx/shape-arithmetic.ts'
import { readAttributes } from '../attribute-reader.ts'
import { type AttentionAxes, readAttentionAxes } from './attention-axes.ts'
import { type AttentionBlock, isHeadMajor, readAttentionBlock } from './attention-block.ts'
import { type AttentionMatch, findAttention } from './find-attention.ts'
import { readTokenGrid, type TokenGrid } from './token-grid.ts'
import { readTokenReadout } from './token-readout.ts'

export interface TokenAttention extends TokenGrid {
  /** From the input to the target; every one has the same tokens. */
  readonly blocks: readonly AttentionBlock[]
  readonly tokens: number
  /** The tokens whose rows are averaged: what the rest of the model reads. */
  readonly readout: readonly number[]
  /** Attention of one query, of its own, to all tokens after the last block: pooling by attention. */
  readonly pool: AttentionBlock | null
}

export interface AttentionQuestion {
  readonly graph: Graph
  /** Float inputs, the batch axis first. */
  readonly inputs: readonly Value[]
  readonly target: string
  find(name: string): Value | undefined
  constant(name: string): ConstantTensor | undefined
}

interface Found {
  readonly match: AttentionMatch
  readonly axes: AttentionAxes
}

const ELSE = 'gradient methods, class activation maps and occlusion work with it.'

/**
 * The square attention between the inputs and the target, its patch grid, and which rows count.
 * @throws Failure 'unsupported-model' where there is none, or where it is not over all tokens at once
 */
export function readAttention(question: AttentionQuestion): TokenAttention {
  const { graph, inputs, find, constant, target } = question
  const rows = inputs[0]?.dims[0] ?? 1
  const before = upstreamOf(graph, target)
  const found = findAttention({ ...graph, nodes: before }).flatMap((match): Found[] => {
    const axes = readAttentionAxes(match, find)
    return axes ? [{ match, axes }] : []
  })
  // One query, or one key, is pooling or a gate.
  const candidates = found.filter(({ axes }) => Math.min(...sizes(axes)) > 1)
  const mixed = unreadMatrix(before, candidates, find)
  if (mixed) {
    throw refuse(
      `changes its attention after the softmax (value '${mixed}'), as gates and talking heads do`,
    )
  }
  if (candidates.length === 0) throw refuse('has no softmax attention')
  const blocks = candidates.map(({ match, axes }) => {
    const [queries, keys] = sizes(axes)
    if (queries !== keys) {
      throw refuse(
        `attends from ${queries} tokens to ${keys} others (value '${axes.matrix.name}'), so the blocks cannot be multiplied`,
      )
    }
    const reader = () => isHeadMajor(graph, match.product, rows, find)
    const block = readAttentionBlock(axes, rows, reader)
    if (block) return block
    throw refuse(
      `attends within windows (value '${axes.matrix.name}' is ${axes.matrix.dims.join('x')}), as Swin and MaxViT do, and not between all tokens`,
    )
  })
  const counts = [...new Set(blocks.map(({ tokens }) => tokens))]
  const [tokens = 1] = counts
  if (counts.length > 1) {
    throw refuse(`changes the number of tokens between its blocks (${counts.join(', ')})`)
  }
  const upstream = upstreamOf(graph, candidates[0]?.match.softmax.outputs[0] ?? '')
  const grid = readTokenGrid({ upstream, inputs, rows, tokens, find })
  if (!grid) {
    throw refuse(`has ${tokens} tokens, in which no grid of patches of the input can be recognised`)
  }
  const last = candidates.at(-1)?.match.product.outputs[0] ?? ''
  const downstream = downstreamOf(before, last)
  const pools = found.flatMap(({ axes, match }) => {
    const isPool = sizes(axes).join() === `1,${tokens}` && downstream.includes(match.product)
    return (isPool && readAttentionBlock(axes, rows, () => false)) || []
  })
  const read = readTokenReadout({ downstream, rows, tokens, find, constant })
  const patches = range(grid.firstPatch, grid.firstPatch + product(grid.grid))
  const pool = pools.length === 1 ? (pools[0] ?? null) : null
  return { ...grid, blocks, tokens, pool, readout: read ?? patches }
}

/** A square softmax over its last axis that does not weigh values as it is. */
function unreadMatrix(
  nodes: readonly Node[],
  candidates: readonly Found[],
  find: (name: string) => Value | undefined,
): string | undefined {
  const read = new Set(candidates.map(({ match }) => match.softmax))
  const isUnread = (node: Node) => {
    const dims = find(node.outputs[0] ?? '')?.dims ?? []
    const [queries = 0, keys = 1] = dims.slice(-2)
    const axis = normaliseAxis(readAttributes(node).int('axis', -1), dims.length)
    const isSquare = dims.length > 2 && queries === keys && keys > 1 && axis === dims.length - 1
    return node.op === 'Softmax' && isSquare && !read.has(node)
  }
  return nodes.find(isUnread)?.outputs[0]
}

function refuse(what: string): Failure {
  return new Failure(
    'unsupported-model',
    `Attention maps need attention between all tokens; this model ${what}: ${ELSE}`,
  )
}

function sizes({ matrix, query, key }: AttentionAxes): readonly [queries: number, keys: number] {
  return [matrix.dims[query] ?? 1, matrix.dims[key] ?? 1]
}

/** In topological order. */
function upstreamOf(graph: Graph, target: string): readonly Node[] {
  const needed = new Set([target])
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => needed.has(name))) return false
    for (const name of node.inputs) needed.add(name)
    return true
  })
  return nodes.reverse()
}

function downstreamOf(nodes: readonly Node[], source: string): readonly Node[] {
  const reached = new Set([source])
  return nodes.filter((node) => {
    if (!node.inputs.some((name) => reached.has(name))) return false
    for (const name of node.outputs) reached.add(name)
    return true
  })
}
