/** @file Which axes of an attention matrix are the queries and the keys. */

import type { Node, Value } from '../../onnx/ir.ts'
import { normaliseAxis, product as sizeOf } from '../../onnx/shape-arithmetic.ts'
import { readAttributes } from '../attribute-reader.ts'
import type { AttentionMatch } from './find-attention.ts'

export interface AttentionAxes {
  /** The probabilities; along `key` they sum to 1. */
  readonly matrix: Value
  readonly query: number
  readonly key: number
  /** The axes left, in order: batch, heads, windows. */
  readonly others: readonly number[]
}

/** Null where the product does not sum over the axis of the Softmax, so that it is no attention. */
export function readAttentionAxes(
  { softmax, steps, product, operand }: AttentionMatch,
  find: (name: string) => Value | undefined,
): AttentionAxes | null {
  const probabilities = find(softmax.outputs[0] ?? '')
  if (!probabilities) return null
  const key = normaliseAxis(readAttributes(softmax).int('axis', -1), probabilities.dims.length)
  const matrix = guarded(probabilities, steps, find)
  const axes = matrix.dims.map((_, axis) => axis)
  // Where every axis of the matrix is when it reaches the product.
  const positions = steps.reduce<readonly (number | undefined)[]>(
    (current, step) => current.map((axis) => moveAxis(axis, step, find)),
    axes,
  )
  const roles = productRoles(product, operand, find)
  if (!roles || positions[key] !== roles.key) return null
  const query = positions.indexOf(roles.query)
  if (query < 0 || query === key) return null
  return { matrix, query, key, others: axes.filter((axis) => axis !== query && axis !== key) }
}

/** The probabilities after the guards against rows without any key (NaN), before they are moved. */
function guarded(
  probabilities: Value,
  steps: readonly Node[],
  find: (name: string) => Value | undefined,
): Value {
  let value = probabilities
  for (const { op, outputs } of steps) {
    const next = find(outputs[0] ?? '')
    if (op !== 'Where' || !next) break
    value = next
  }
  return value
}

function moveAxis(
  axis: number | undefined,
  node: Node,
  find: (name: string) => Value | undefined,
): number | undefined {
  if (axis === undefined) return undefined
  const [from, to] = [node.inputs[node.op === 'Where' ? 1 : 0], node.outputs[0]].map(
    (name) => find(name ?? '')?.dims ?? [],
  )
  if (node.op === 'Transpose') {
    const perm = readAttributes(node).ints('perm') ?? from?.map((_, i) => i).reverse() ?? []
    const found = perm.indexOf(axis)
    return found < 0 ? undefined : found
  }
  if (['Flatten', 'Reshape', 'Squeeze', 'Unsqueeze'].includes(node.op)) {
    return reshapedAxis(from ?? [], to ?? [], axis)
  }
  return axis
}

/** The axis of `to` that counts as much and steps as far as `axis` of `from`. */
function reshapedAxis(
  from: readonly number[],
  to: readonly number[],
  axis: number,
): number | undefined {
  const inner = sizeOf(from.slice(axis + 1))
  const found = to.findLastIndex(
    (size, at) => size === from[axis] && sizeOf(to.slice(at + 1)) === inner,
  )
  return found < 0 ? undefined : found
}

interface Roles {
  readonly query: number
  readonly key: number
}

function productRoles(
  node: Node,
  operand: number,
  find: (name: string) => Value | undefined,
): Roles | null {
  const rank = find(node.inputs[operand] ?? '')?.dims.length ?? 0
  if (node.op === 'Einsum') return einsumRoles(node, operand, rank)
  if (rank < 2) return null
  // probabilities x values, or (values transposed) x (probabilities transposed)
  return operand === 0 ? { query: rank - 2, key: rank - 1 } : { query: rank - 1, key: rank - 2 }
}

/** The key's label is summed with the other operand's; the query's is in the result, not in the other. */
function einsumRoles(node: Node, operand: number, rank: number): Roles | null {
  const equation = readAttributes(node).string('equation', '').replaceAll(' ', '')
  const [left = '', right] = equation.split('->')
  const terms = left.split(',')
  if (right === undefined || terms.length !== 2) return null
  const own = terms[operand] ?? ''
  const other = terms[1 - operand] ?? ''
  // An ellipsis stands for the axes that the letters leave over.
  const letters = own.replace('...', '.'.repeat(Math.max(0, rank - own.length + 3)))
  const at = (wanted: (label: string) => boolean) =>
    [...letters].flatMap((label, i) => (label !== '.' && wanted(label) ? [i] : []))
  const keys = at((label) => other.includes(label) && !right.includes(label))
  const queries = at((label) => !other.includes(label) && right.includes(label))
  const [key] = keys
  const [query] = queries
  if (key === undefined || query === undefined) return null
  return keys.length === 1 && queries.length === 1 ? { query, key } : null
}
