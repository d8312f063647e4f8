/** @file Which tokens the rest of the model reads after the last attention. */

import { readNumbers } from '../../onnx/constants.ts'
import { sliceBounds } from '../../onnx/graph-operations.ts'
import type { ConstantTensor, Node, Value } from '../../onnx/ir.ts'
import { normaliseAxis, range } from '../../onnx/shape-arithmetic.ts'
import { readAttributes } from '../attribute-reader.ts'

interface ReadoutQuestion {
  /** What lies between the last attention and the target, in order. */
  readonly downstream: readonly Node[]
  readonly rows: number
  readonly tokens: number
  find(name: string): Value | undefined
  constant(name: string): ConstantTensor | undefined
}

/**
 * Token numbers: those that are picked one by one (class token, distillation token), else the first
 * range that is cut out or averaged. Null where the graph picks none, as in segmentation.
 */
export function readTokenReadout(question: ReadoutQuestion): readonly number[] | null {
  const picks = question.downstream.flatMap((node) => readPick(node, question) ?? [])
  const single = picks.filter((pick) => pick.length === 1).flat()
  if (single.length > 0) return [...new Set(single)].sort((a, b) => a - b)
  return picks.find((pick) => pick.length > 1) ?? null
}

function readPick(
  node: Node,
  { rows, tokens, find, constant }: ReadoutQuestion,
): [readonly number[]] | null {
  const dims = find(node.inputs[0] ?? '')?.dims ?? []
  const numbers = (input: number) => {
    const tensor = constant(node.inputs[input] ?? '')
    return tensor && readNumbers(tensor)
  }
  const isTokenAxis = (axis: number) =>
    dims.length === 3 && dims[axis] === tokens && dims[1 - axis] === rows && axis < 2
  const attributes = readAttributes(node)
  if (node.op === 'Gather') {
    const indices = numbers(1)
    if (!isTokenAxis(normaliseAxis(attributes.int('axis', 0), dims.length))) return null
    return indices ? [indices.map((i) => (i < 0 ? i + tokens : i))] : null
  }
  if (node.op === 'Slice') {
    const axes = numbers(3) ?? range(0, numbers(1)?.length ?? 0)
    const at = axes.findIndex((axis) => isTokenAxis(normaliseAxis(axis, dims.length)))
    if (at < 0 || (numbers(4)?.[at] ?? 1) !== 1) return null
    const bounds = sliceBounds(tokens, numbers(1)?.[at] ?? 0, numbers(2)?.[at] ?? tokens, 1)
    return [range(...bounds)]
  }
  const averaged = ['ReduceMax', 'ReduceMean', 'ReduceSum'].includes(node.op)
  const axes = averaged ? (numbers(1) ?? []) : []
  if (axes.some((axis) => isTokenAxis(normaliseAxis(axis, dims.length)))) return [range(0, tokens)]
  const isPooled = ['AveragePool', 'GlobalAveragePool'].includes(node.op)
  return isPooled && dims.length === 3 && dims[2] === tokens ? [range(0, tokens)] : null
}
