/** @file What a model file holds, and which methods can explain it. */

import { Failure } from '../failure.ts'
import { canonicalise } from './canonicalise.ts'
import { sizeOf } from './constants.ts'
import { isFloat } from './dtypes.ts'
import { differentiablePath, nodesBetween } from './gradient-path.ts'
import type { Graph, Model, Node, ValueInfo } from './ir.ts'
import { isQuantised, QUANTISED_ADVICE } from './quantised.ts'
import { describeTypes } from './type-notes.ts'
import { upgradeOpset } from './upgrade-opset.ts'

export interface OperatorCount {
  /** "ai.onnx" for the default domain. */
  readonly domain: string
  readonly op: string
  readonly count: number
}

/** The operator that stands between the inputs and an explanation. */
export interface Obstacle {
  readonly domain: string
  readonly op: string
  readonly opset: number
  readonly node: string
  /**
   * 'no-rule': not supported yet. 'no-gradient': the derivative is zero by nature (ArgMax).
   * 'quantised': it is, because the model computes in steps. 'no-attention': the model has none; no
   * operator stands in the way.
   */
  readonly reason: 'no-attention' | 'no-gradient' | 'no-rule' | 'quantised'
  /** One sentence for people. */
  readonly message: string
}

export interface OutputSummary extends ValueInfo {
  /** Why no gradient reaches the inputs from here; null where one does. */
  readonly obstacle: Obstacle | null
}

export interface MethodSupport {
  readonly id: string
  readonly supported: boolean
  /** Present where not supported: what stands in the way, the first operator where it is one. */
  readonly obstacle: Obstacle | null
}

export interface ModelSummary {
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly OutputSummary[]
  readonly opsets: readonly { readonly domain: string; readonly version: number }[]
  readonly irVersion: number
  /** Most frequent first. */
  readonly operators: readonly OperatorCount[]
  /** Numbers in weights of float type. */
  readonly parameters: number
  readonly fileBytes: number
  readonly producer: string
  readonly metadataKeys: readonly string[]
  /** What is done differently from the file, or cannot be done: one sentence each. */
  readonly notes: readonly string[]
  readonly methods: readonly MethodSupport[]
}

export type RuleAnswer = 'no-gradient' | 'none' | 'rule'

/** What the gradient compiler and the methods are like; given, so that this folder needs neither. */
export interface GradientSupport {
  hasRule(domain: string, op: string, opset: number): RuleAnswer
  /** Whether a canonical graph has softmax attention; absent = nobody asks. */
  hasAttention?(graph: Graph): boolean
  /** Every method, whether it differentiates the model, and whether it reads attention. */
  readonly methods: readonly {
    readonly id: string
    readonly needsGradient: boolean
    readonly needsAttention?: boolean
  }[]
}

/**
 * Describes a model as decoded. A method that needs gradients is supported when they reach a float
 * input from at least one float output; only operators on that way count.
 */
export function inspectModel(
  model: Model,
  fileBytes: number,
  support: GradientSupport,
): ModelSummary {
  const { graph } = model
  const obstacles = outputObstacles(model, support)
  const outputs = graph.outputs.map((output) => ({
    ...output,
    obstacle: obstacles.get(output.name) ?? null,
  }))
  const isExplainable = outputs.some((output) => output.obstacle === null)
  const noGradient = isExplainable ? null : (outputs[0]?.obstacle ?? null)
  const noAttention = attentionObstacle(model, support)
  return {
    inputs: graph.inputs,
    outputs,
    opsets: [...model.opsets].map(([domain, version]) => ({ domain: fullDomain(domain), version })),
    irVersion: model.irVersion,
    operators: countOperators(graph.nodes),
    parameters: countParameters(model),
    fileBytes,
    producer: model.producer,
    metadataKeys: [...model.metadata.keys()],
    notes: describeTypes(model),
    methods: support.methods.map(({ id, needsGradient, needsAttention = false }) => {
      const obstacle = (needsAttention ? noAttention : null) ?? (needsGradient ? noGradient : null)
      const lacksGradient = needsGradient && !isExplainable
      return { id, supported: obstacle === null && !lacksGradient, obstacle }
    }),
  }
}

/** Null where the model has attention, or where no method was said to read it. */
function attentionObstacle(model: Model, { hasAttention, methods }: GradientSupport) {
  if (!hasAttention || !methods.some(({ needsAttention }) => needsAttention)) return null
  const prepared = prepare(model)
  if (!(prepared instanceof Failure) && hasAttention(prepared.graph)) return null
  const message =
    'The model has no softmax attention to show, as vision transformers have; ' +
    'gradient methods, class activation maps and occlusion work without it.'
  return { ...NOWHERE, reason: 'no-attention', message } satisfies Obstacle
}

function fullDomain(domain: string): string {
  return domain === '' ? 'ai.onnx' : domain
}

function countOperators(nodes: readonly Node[]): readonly OperatorCount[] {
  const counts = new Map<string, OperatorCount>()
  for (const { domain, op } of nodes) {
    const key = `${domain}:${op}`
    const count = (counts.get(key)?.count ?? 0) + 1
    counts.set(key, { domain: fullDomain(domain), op, count })
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || a.op.localeCompare(b.op))
}

/** Also weights that the exporter left in Constant nodes. */
function countParameters(model: Model): number {
  const constants = model.graph.nodes.flatMap(({ op, attributes: { value } }) =>
    op === 'Constant' && value?.kind === 'tensor' ? [value.value] : [],
  )
  return [...model.graph.initializers.values(), ...constants]
    .filter((tensor) => isFloat(tensor.dtype))
    .reduce((sum, tensor) => sum + sizeOf(tensor.dims), 0)
}

/** What stops the gradient of each output of the model; outputs where nothing does are absent. */
function outputObstacles(model: Model, support: GradientSupport): ReadonlyMap<string, Obstacle> {
  const prepared = prepare(model)
  if (prepared instanceof Failure) return sameForAll(model, prepared)
  const answer = (node: Node) =>
    support.hasRule(node.domain, node.op, prepared.opsets.get(node.domain) ?? 1)
  const obstacles = new Map<string, Obstacle>()
  for (const { name } of prepared.graph.outputs) {
    const path = differentiablePath(prepared.graph, name, (node) => answer(node) !== 'no-gradient')
    const missing = path?.find((node) => answer(node) === 'none')
    if (missing !== undefined) obstacles.set(name, obstacleAt(prepared, missing, 'no-rule'))
    if (path !== null) continue
    const stop = nodesBetween(prepared.graph, name).findLast(
      (node) => answer(node) === 'no-gradient',
    )
    obstacles.set(name, stop ? obstacleAt(prepared, stop, 'no-gradient') : unconnected(name))
  }
  return obstacles
}

/** The forms that the rules see. */
function prepare(model: Model): Failure | Model {
  try {
    return canonicalise(upgradeOpset(model))
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}

function obstacleAt(model: Model, node: Node, reason: Obstacle['reason']): Obstacle {
  const domain = fullDomain(node.domain)
  const opset = model.opsets.get(node.domain) ?? 1
  const where = `${node.op} (${domain}, opset ${opset}, node "${node.name}")`
  if (isQuantised(node)) {
    const message = `${where} has no gradient: ${QUANTISED_ADVICE}`
    return { domain, op: node.op, opset, node: node.name, reason: 'quantised', message }
  }
  const message =
    reason === 'no-rule'
      ? `${where} has no gradient rule yet; perturbation methods such as occlusion work.`
      : `${where} has no gradient: the output does not change smoothly with the input; ` +
        'perturbation methods such as occlusion work.'
  return { domain, op: node.op, opset, node: node.name, reason, message }
}

const NOWHERE = { domain: '', op: '', opset: 0, node: '' } as const

function unconnected(output: string): Obstacle {
  const message = `Output "${output}" does not depend on a float input.`
  return { ...NOWHERE, reason: 'no-gradient', message }
}

function sameForAll(model: Model, failure: Failure): ReadonlyMap<string, Obstacle> {
  const obstacle = { ...NOWHERE, reason: 'no-rule', message: failure.message } as const
  return new Map(model.graph.outputs.map((output) => [output.name, obstacle]))
}
