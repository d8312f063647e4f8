/** @file Computes what does not depend on the input: mostly integers that describe shapes. */

import { Failure } from '../failure.ts'
import { constantNodeValue } from './constant-node.ts'
import { int64Tensor, sizeOf } from './constants.ts'
import { ARITHMETIC } from './fold/arithmetic.ts'
import { type Evaluate, fromTensor, type SmallArray, toTensor } from './fold/array.ts'
import { MOVEMENT } from './fold/movement.ts'
import { REDUCTIONS } from './fold/reduction.ts'
import type { ConstantTensor, Graph, Node, ValueTypes } from './ir.ts'
import { intAttribute } from './upgrades/upgrade.ts'

const EVALUATORS: ReadonlyMap<string, Evaluate> = new Map(
  Object.entries({ ...ARITHMETIC, ...MOVEMENT, ...REDUCTIONS }),
)

/** Larger tensors are weights: folding them would make the model bigger, and the runtime does it. */
const LARGEST_INPUT = 65536

/**
 * Turns nodes whose inputs are all constant into initializers of the same name. With traced types,
 * Shape and Size are constant too: the result then holds for inputs of exactly those sizes.
 */
export function foldConstants(graph: Graph, types?: ValueTypes): Graph {
  const initializers = new Map(graph.initializers)
  const kept = new Set(graph.outputs.map((output) => output.name))
  const nodes = graph.nodes.filter((node) => {
    const [output = ''] = node.outputs
    // A graph output must be produced by a node to stay a result of the run.
    if (node.domain !== '' || node.outputs.length !== 1 || kept.has(output)) return true
    const value = evaluate(node, initializers, types)
    if (value === null) return true
    initializers.set(output, value)
    return false
  })
  return { ...graph, nodes, initializers }
}

function evaluate(
  node: Node,
  constants: ReadonlyMap<string, ConstantTensor>,
  types: ValueTypes | undefined,
): ConstantTensor | null {
  if (node.op === 'Constant') return constantNodeValue(node) ?? null
  if (node.op === 'Shape' || node.op === 'Size') return shapeOf(node, constants, types)
  const evaluator = EVALUATORS.get(node.op)
  if (evaluator === undefined) return null
  const inputs: (SmallArray | undefined)[] = []
  for (const name of node.inputs) {
    const tensor = constants.get(name)
    if (name === '') inputs.push(undefined)
    else if (tensor === undefined || !isSmallNumeric(tensor)) return null
    else inputs.push(fromTensor(tensor))
  }
  const result = tryEvaluate(evaluator, inputs, node)
  return result === null || !isRepresentable(result) ? null : toTensor(result)
}

/** Constants that contradict each other are the runtime's to report. */
function tryEvaluate(
  evaluator: Evaluate,
  inputs: readonly (SmallArray | undefined)[],
  node: Node,
): SmallArray | null {
  try {
    return evaluator(inputs, node)
  } catch (error) {
    if (error instanceof Failure) return null
    throw error
  }
}

function isSmallNumeric(tensor: ConstantTensor): boolean {
  const { dtype, dims } = tensor
  return (
    (dtype === 'bool' || dtype === 'float32' || dtype === 'int32' || dtype === 'int64') &&
    sizeOf(dims) <= LARGEST_INPUT
  )
}

function isRepresentable({ dtype, values }: SmallArray): boolean {
  if (dtype === 'int64') return values.every(Number.isSafeInteger)
  if (dtype === 'int32')
    return values.every((value) => Number.isInteger(value) && value === (value | 0))
  return dtype === 'bool' || dtype === 'float32'
}

function shapeOf(
  node: Node,
  constants: ReadonlyMap<string, ConstantTensor>,
  types: ValueTypes | undefined,
): ConstantTensor | null {
  const [x = ''] = node.inputs
  const dims = constants.get(x)?.dims ?? types?.get(x)?.dims
  if (dims === undefined) return null
  if (node.op === 'Size') return int64Tensor([sizeOf(dims)], [])
  const end = intAttribute(node, 'end', dims.length)
  return int64Tensor(dims.slice(intAttribute(node, 'start', 0), end))
}
