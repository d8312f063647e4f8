/** @file Which tokens are patches of the image, and the grid that they came from. */

import type { Node, Value } from '../../onnx/ir.ts'
import { product } from '../../onnx/shape-arithmetic.ts'

export interface TokenGrid {
  /** Sizes of the grid of patches; its product is the number of patches. */
  readonly grid: readonly number[]
  /** Tokens before the patches: class token, registers. */
  readonly firstPatch: number
}

interface TokenQuestion {
  /** What the first attention depends on, in order. */
  readonly upstream: readonly Node[]
  readonly inputs: readonly Value[]
  readonly rows: number
  readonly tokens: number
  find(name: string): Value | undefined
}

/** Their outputs are (N, C, space). */
const KEEPS_SPACE: ReadonlySet<string> = new Set(['AveragePool', 'Conv', 'MaxPool'])
/** Class token, distillation token, registers: no known transformer has more. */
const MOST_EXTRA_TOKENS = 16

/**
 * From the last convolution or pooling whose positions are the tokens; from a Reshape that cuts the
 * input into patches; at last from the sizes: patches as long along every axis of the input, or as
 * many. Null where nothing fits.
 */
export function readTokenGrid(question: TokenQuestion): TokenGrid | null {
  const { upstream, inputs } = question
  for (const node of upstream.toReversed()) {
    const grid = KEEPS_SPACE.has(node.op)
      ? (question.find(node.outputs[0] ?? '')?.dims.slice(2) ?? null)
      : cutSizes(node, question)
    const found = grid && placePatches(grid, question)
    if (found) return found
  }
  for (const input of inputs) {
    for (const extra of [0, 1]) {
      const grid = factorise(question.tokens - extra, input.dims.slice(2))
      if (grid) return { grid, firstPatch: extra }
    }
  }
  return null
}

/** Where the patches stand among the tokens; null where their number does not fit. */
function placePatches(grid: readonly number[], question: TokenQuestion): TokenGrid | null {
  const { tokens, upstream, find } = question
  const patches = product(grid)
  const extra = tokens - patches
  if (grid.length === 0 || patches < 2 || extra < 0 || extra > MOST_EXTRA_TOKENS) return null
  if (extra === 0) return { grid, firstPatch: 0 }
  for (const node of upstream) {
    if (node.op !== 'Concat') continue
    const whole = find(node.outputs[0] ?? '')?.dims ?? []
    const parts = node.inputs.map((name) => find(name)?.dims ?? [])
    const axis = whole.findIndex(
      (size, at) => size === tokens && parts.some((dims) => dims[at] === patches),
    )
    if (axis < 0) continue
    const at = parts.findIndex((dims) => dims[axis] === patches)
    const before = parts.slice(0, at).reduce((sum, dims) => sum + (dims[axis] ?? 0), 0)
    // Class token and registers may be joined one after the other.
    return { grid, firstPatch: before }
  }
  return extra === 1 ? { grid, firstPatch: 1 } : joinedInSteps(grid, question)
}

/** [class, [registers, patches]] and the like: the patches are last unless a step says otherwise. */
function joinedInSteps(
  grid: readonly number[],
  { upstream, tokens, find }: TokenQuestion,
): TokenGrid | null {
  const patches = product(grid)
  const joins = upstream.some(
    ({ op, outputs }) => op === 'Concat' && find(outputs[0] ?? '')?.dims.includes(tokens),
  )
  return joins ? { grid, firstPatch: tokens - patches } : null
}

/** An input (N, C, space) seen as (N, C, grid 1, patch 1, grid 2, patch 2 ...), C anywhere. */
function cutSizes(node: Node, { inputs, find }: TokenQuestion): readonly number[] | null {
  if (node.op !== 'Reshape') return null
  const input = inputs.find(({ name }) => name === node.inputs[0])
  const to = find(node.outputs[0] ?? '')?.dims.slice(1)
  if (!input || !to) return null
  const [channels, ...space] = input.dims.slice(1)
  const candidates = [to.slice(1), to.slice(0, -1)].filter(
    (_, i) => to.at(i === 0 ? 0 : -1) === channels,
  )
  for (const sizes of to.length === 2 * space.length ? [to] : candidates) {
    const isCut = space.every((size, i) => (sizes[2 * i] ?? 0) * (sizes[2 * i + 1] ?? 0) === size)
    if (isCut && sizes.length === 2 * space.length) return sizes.filter((_, i) => i % 2 === 0)
  }
  return null
}

/** Patches of one length along every axis, else a square or a cube. */
function factorise(patches: number, space: readonly number[]): readonly number[] | null {
  if (space.length === 0 || patches < 2) return null
  const shortest = Math.min(...space)
  for (let length = 1; length <= shortest; length++) {
    const grid = space.map((size) => size / length)
    if (grid.every(Number.isInteger) && product(grid) === patches) return grid
  }
  const side = Math.round(patches ** (1 / space.length))
  const isCube = space.length > 1 && side <= shortest && side ** space.length === patches
  return isCube ? space.map(() => side) : null
}
