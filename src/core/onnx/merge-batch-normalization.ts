/**
 * @file Merges every BatchNormalization it can into its neighbours, wherever they stand.
 *
 * First into the linear operator right before it. Then through what lies between: a per-channel
 * affine map commutes with Concat over channels, with pooling by averages over real elements, and
 * with max pooling where its factors are positive. Where a linear operator is read elsewhere too, the
 * normalisation stays a node right behind it, and relevance treats the two as one layer. Then into the linear operators that follow, where no padding separates them. What is
 * left (after an activation, before a padded convolution) stays a node of its own.
 */

import { floatTensor } from './constants.ts'
import {
  countReads,
  foldBatchNormalization,
  type Linear,
  mergeScaling,
  readLinear,
  readScaling,
  type Scaling,
  withWeights,
} from './fold-batch-normalization.ts'
import { unusedName } from './inline-functions.ts'
import type { ConstantTensor, Model, Node, ValueTypes } from './ir.ts'
import { isUnpadded } from './is-unpadded.ts'
import { mergeIntoFollowing } from './merge-into-following.ts'
import { pruneGraph } from './prune-graph.ts'
import { intAttribute } from './upgrades/upgrade.ts'

export interface MergedModel {
  readonly model: Model
  readonly types: ValueTypes
}

/** The same function; `target` and the outputs of the model keep their names. */
export function mergeBatchNormalization(typed: MergedModel, target: string): MergedModel {
  const kept = [target, ...typed.model.graph.outputs.map(({ name }) => name)]
  const near = foldBatchNormalization(typed.model, kept)
  const far = mergeThrough({ model: near, types: typed.types }, kept)
  return { ...far, model: mergeIntoFollowing(far.model, kept) }
}

function mergeThrough({ model, types: known }: MergedModel, kept: readonly string[]): MergedModel {
  const { graph } = model
  if (!graph.nodes.some(isNorm)) return { model, types: known }
  const types = new Map(known)
  const initializers = new Map(graph.initializers)
  const taken = new Set([...initializers.keys(), ...known.keys()])
  const reads = countReads(graph, kept)
  const nodes: Node[] = []
  const producers = new Map<string, Node>()
  const add = (node: Node) => {
    nodes.push(node)
    for (const name of node.outputs) producers.set(name, node)
  }
  const constant = (name: string, tensor: ConstantTensor) => {
    const fresh = unusedName(name, taken)
    initializers.set(fresh, tensor)
    types.set(fresh, { name: fresh, dtype: tensor.dtype, dims: tensor.dims })
    return fresh
  }
  const valueLike = (name: string) => {
    const fresh = unusedName(`${name}/merged`, taken)
    const like = types.get(name)
    if (like) types.set(fresh, { ...like, name: fresh })
    return fresh
  }

  /** Whether any part of the scaling finds a linear operator above. */
  function canPush(name: string, scaling: Scaling): boolean {
    const node = producers.get(name)
    if (node?.domain !== '') return false
    const [first = ''] = node.inputs
    if (isConcatOfChannels(node, types)) {
      const parts = splitScaling(scaling, channelCounts(node, types))
      return node.inputs.some((input, i) => canPush(input, parts[i] ?? scaling))
    }
    if (commutes(node, scaling)) return canPush(first, scaling)
    return readLinear(node, initializers)?.channels === scaling.scale.length
  }

  /**
   * Writes `output` = the scaled value, as far up as it goes. `isShared`: something on the way is read
   * elsewhere too.
   */
  function push(
    name: string,
    scaling: Scaling,
    output: string,
    norm: Node,
    isShared: boolean,
  ): void {
    const node = producers.get(name)
    if (!node || !canPush(name, scaling)) {
      addNorm(name, scaling, output, norm)
      return
    }
    const linear = readLinear(node, initializers)
    const isRead = isShared || (reads.get(name) ?? 0) > 1
    if (linear && isRead && !mayBeLowered(node, linear)) {
      addNorm(name, scaling, output, norm)
      return
    }
    if (linear) {
      const merged = mergeScaling(linear, scaling)
      const weight = constant(`${node.inputs[1]}/merged`, merged.weight)
      const bias = constant(`${node.outputs[0]}/merged bias`, merged.bias)
      add({ ...withWeights(node, weight, bias, output), name: output })
      return
    }
    const isConcat = node.op === 'Concat'
    const parts = isConcat ? splitScaling(scaling, channelCounts(node, types)) : [scaling]
    const inputs = (isConcat ? node.inputs : node.inputs.slice(0, 1)).map((input, i) => {
      const scaled = valueLike(input)
      push(input, parts[i] ?? scaling, scaled, norm, isRead)
      return scaled
    })
    const others = isConcat ? [] : node.inputs.slice(1)
    add({ ...node, name: output, inputs: [...inputs, ...others], outputs: [output] })
  }

  function addNorm(name: string, { scale, mean, beta }: Scaling, output: string, norm: Node): void {
    const parameters = [
      Float32Array.from(scale),
      beta,
      mean,
      new Float32Array(scale.length).fill(1),
    ].map((numbers, i) => constant(`${output}/${PARAMETERS[i]}`, floatTensor(numbers)))
    add({
      ...norm,
      name: output,
      inputs: [name, ...parameters],
      outputs: [output],
      attributes: { epsilon: { kind: 'float', value: 0 } },
    })
  }

  for (const node of graph.nodes) {
    const [x = ''] = node.inputs
    const scaling = isNorm(node) ? readScaling(node, initializers) : null
    if (scaling && canPush(x, scaling)) push(x, scaling, node.outputs[0] ?? '', node, false)
    else add(node)
  }
  return { model: { ...model, graph: pruneGraph({ ...graph, nodes, initializers }, kept) }, types }
}

const PARAMETERS = ['scale', 'bias', 'mean', 'variance']

function isNorm({ op, domain }: Node): boolean {
  return op === 'BatchNormalization' && domain === ''
}

function isConcatOfChannels(node: Node, types: ValueTypes): boolean {
  if (node.op !== 'Concat') return false
  const rank = types.get(node.outputs[0] ?? '')?.dims.length ?? 0
  const axis = intAttribute(node, 'axis', 0)
  return rank > 1 && (axis < 0 ? axis + rank : axis) === 1
}

function channelCounts(concat: Node, types: ValueTypes): readonly number[] {
  return concat.inputs.map((name) => types.get(name)?.dims[1] ?? 0)
}

function splitScaling(
  { scale, mean, beta }: Scaling,
  counts: readonly number[],
): readonly Scaling[] {
  let end = 0
  return counts.map((count) => {
    const start = end
    end += count
    return {
      scale: scale.slice(start, end),
      mean: mean.slice(start, end),
      beta: beta.slice(start, end),
    }
  })
}

/** Some providers get other nodes for these in 3-D: they are doubled, so that all see one layer. */
function mayBeLowered({ op, attributes }: Node, { weightDims }: Linear): boolean {
  const { group } = attributes
  const isGrouped = group?.kind === 'int' && group.value > 1
  return weightDims.length === 5 && (op === 'ConvTranspose' || isGrouped)
}

/** Whether scaling the input of the node is scaling its output. */
function commutes(node: Node, { scale }: Scaling): boolean {
  if (node.op === 'GlobalAveragePool') return true
  if (node.op === 'MaxPool' || node.op === 'GlobalMaxPool') {
    return scale.every((factor) => factor > 0) && node.outputs.length === 1
  }
  if (node.op !== 'AveragePool') return false
  // Padding that counts as elements stays 0 after pooling, but not before.
  return intAttribute(node, 'count_include_pad', 0) === 0 || isUnpadded(node)
}
