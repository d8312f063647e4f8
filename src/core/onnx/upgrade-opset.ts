/** @file Rewrites a model of opset 9 to 17 to the operator forms of opset 18. */

import { constantNodeValue } from './constant-node.ts'
import { floatScalar } from './constants.ts'
import { unusedName } from './inline-functions.ts'
import type { ConstantTensor, DType, Graph, Model, Node } from './ir.ts'
import {
  clip,
  dropout,
  pad,
  reduceSum,
  reductions,
  slice,
  split,
  squeeze,
  topK,
  unsqueeze,
} from './upgrades/attributes-to-inputs.ts'
import { batchNormalization, roiAlign, scatter } from './upgrades/new-defaults.ts'
import { resize, upsample } from './upgrades/resize.ts'
import { softmaxes } from './upgrades/softmax.ts'
import type { FloatLike, Upgrade, UpgradeContext } from './upgrades/upgrade.ts'

export const CANONICAL_OPSET = 18
/** Opset 18 came with IR version 8. */
const CANONICAL_IR_VERSION = 8

/**
 * Every operator whose form changed between opsets 9 and 18. The other changes in that range added
 * element types, or attributes whose default is the old behaviour.
 */
const UPGRADES: readonly Upgrade[] = [
  batchNormalization,
  clip,
  dropout,
  pad,
  reduceSum,
  ...reductions,
  resize,
  roiAlign,
  scatter,
  slice,
  ...softmaxes,
  split,
  squeeze,
  topK,
  unsqueeze,
  upsample,
]

/**
 * The same model in opset 18 form, so that every later pass sees one form per operator. Models of
 * opset 18 and newer are returned as they are.
 */
export function upgradeOpset(model: Model): Model {
  const version = model.opsets.get('') ?? CANONICAL_OPSET
  if (version >= CANONICAL_OPSET) return model
  const upgrades = new Map(
    UPGRADES.filter((each) => version < each.before).map((each) => [each.op, each]),
  )
  const initializers = new Map(model.graph.initializers)
  const context = createContext(model.graph, version, initializers)
  const nodes = model.graph.nodes.flatMap((node) => {
    const upgrade = node.domain === '' ? upgrades.get(node.op) : undefined
    return upgrade === undefined ? [node] : upgrade.rewrite(node, context)
  })
  return {
    ...model,
    irVersion: Math.max(model.irVersion, CANONICAL_IR_VERSION),
    opsets: new Map([...model.opsets, ['', CANONICAL_OPSET]]),
    graph: { ...model.graph, nodes, initializers },
  }
}

function createContext(
  graph: Graph,
  version: number,
  initializers: Map<string, ConstantTensor>,
): UpgradeContext {
  const taken = new Set<string>(initializers.keys())
  const used = new Set<string>(graph.outputs.map((output) => output.name))
  const producers = new Map<string, Node>()
  for (const input of graph.inputs) taken.add(input.name)
  for (const node of graph.nodes) {
    for (const input of node.inputs) used.add(input)
    for (const output of node.outputs) {
      taken.add(output)
      producers.set(output, node)
    }
  }
  const fresh = (hint: string) => unusedName(hint, taken)
  const constant = (hint: string, tensor: ConstantTensor) => {
    const name = fresh(hint)
    initializers.set(name, tensor)
    return name
  }
  const isAllFloat32 = !usesOtherFloats(graph)
  return {
    version,
    fresh,
    constant,
    isUsed: (name) => name !== '' && used.has(name),
    constantValue: (name) => initializers.get(name) ?? constantNodeValue(producers.get(name)),
    floatLike: (hint, value, like): FloatLike => {
      const name = constant(hint, floatScalar(value))
      if (isAllFloat32) return { name, nodes: [] }
      const cast = fresh(`${hint}/cast`)
      const inputs = [name, like]
      const op = 'CastLike'
      return {
        name: cast,
        nodes: [{ name: cast, domain: '', op, inputs, outputs: [cast], attributes: {} }],
      }
    },
    rank: (name) => obviousRank(name, graph, producers.get(name)),
  }
}

const MATRIX_OPERATORS: ReadonlySet<string> = new Set(['Flatten', 'Gemm'])

function obviousRank(name: string, graph: Graph, producer: Node | undefined): number | undefined {
  if (producer !== undefined) return MATRIX_OPERATORS.has(producer.op) ? 2 : undefined
  return graph.inputs.find((input) => input.name === name)?.dims?.length
}

const OTHER_FLOATS: ReadonlySet<DType> = new Set(['bfloat16', 'float16', 'float64'])
/** ONNX's numbers for float16, float64 and bfloat16. */
const OTHER_FLOAT_CODES: ReadonlySet<number> = new Set([10, 11, 16])

function usesOtherFloats(graph: Graph): boolean {
  return (
    graph.inputs.some((input) => OTHER_FLOATS.has(input.dtype)) ||
    [...graph.initializers.values()].some((tensor) => OTHER_FLOATS.has(tensor.dtype)) ||
    graph.nodes.some(
      ({ attributes: { to, dtype, value } }) =>
        [to, dtype].some((type) => type?.kind === 'int' && OTHER_FLOAT_CODES.has(type.value)) ||
        (value?.kind === 'tensor' && OTHER_FLOATS.has(value.value.dtype)),
    )
  )
}
