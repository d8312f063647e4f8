/** @file Where the CAM family looks: the values that have space, and the one it takes by itself. */

import { globalPoolingOf } from '../core/attribution/global-pooling.ts'
import type { LayerCandidate } from '../core/attribution/model-description.ts'
import { Failure } from '../core/failure.ts'
import { isFloat } from '../core/onnx/dtypes.ts'
import type { Graph, Node, ValueTypes } from '../core/onnx/ir.ts'

/** Their outputs have spatial axes whatever came before. */
const MAKES_SPACE: ReadonlySet<string> = new Set([
  'Conv',
  'ConvInteger',
  'ConvTranspose',
  'QLinearConv',
])
/** What follows is features or tokens, even where it has as many axes as an image. */
const ENDS_SPACE: ReadonlySet<string> = new Set([
  'ArgMax',
  'Einsum',
  'Gemm',
  'LogSoftmax',
  'MatMul',
  'Softmax',
  'Transpose',
])

/**
 * The last value with spatial axes before the global pooling or flattening that leads to `target`.
 * Where the target has spatial axes itself (segmentation), the last one that its last convolution
 * reads: a later one would only repeat the answer.
 * @throws Failure where the model has no such value
 */
export function findDefaultLayer(graph: Graph, types: ValueTypes, target: string): string {
  const found = listLayers(graph, types, target).find((layer) => layer.default)
  if (found) return found.name
  throw new Failure(
    'bad-request',
    'The model has no convolution whose output keeps spatial axes before the target; name a layer.',
  )
}

/** In the order of computation; empty where nothing before `target` has channels and space. */
export function listLayers(
  graph: Graph,
  types: ValueTypes,
  target: string,
): readonly LayerCandidate[] {
  const upstream = nodesUpstream(graph, target)
  const isImage = imageTest(graph, types)
  const spatial = spatialValues(upstream, isImage)
  for (const name of pooledValues(graph, types, upstream, isImage)) spatial.add(name)
  const candidates = isImage(target) ? beforeLastConvolution(upstream) : upstream
  const chosen = candidates
    .flatMap(({ outputs }) => outputs)
    .findLast((name) => name !== target && spatial.has(name))
  return upstream.flatMap(({ op, outputs }) =>
    outputs
      .filter((name) => name !== target && spatial.has(name))
      .map((name) => ({
        name,
        shape: types.get(name)?.dims.slice(1) ?? [],
        op,
        default: name === chosen,
      })),
  )
}

/** In topological order. */
function nodesUpstream(graph: Graph, target: string): readonly Node[] {
  const needed = new Set([target])
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => needed.has(name))) return false
    for (const name of node.inputs) needed.add(name)
    return true
  })
  return nodes.toReversed()
}

/** As many axes as the model's input, and more than one voxel. */
function imageTest(graph: Graph, types: ValueTypes): (name: string) => boolean {
  const rank = Math.max(...graph.inputs.map(({ name }) => types.get(name)?.dims.length ?? 0))
  return (name) => {
    const value = types.get(name)
    return (
      value !== undefined &&
      isFloat(value.dtype) &&
      value.dims.length === rank &&
      value.dims.slice(2).some((size) => size > 1)
    )
  }
}

function spatialValues(nodes: readonly Node[], isImage: (name: string) => boolean): Set<string> {
  const descends = new Set<string>()
  const spatial = new Set<string>()
  for (const node of nodes) {
    const isDescendant =
      MAKES_SPACE.has(node.op) ||
      (!ENDS_SPACE.has(node.op) && node.inputs.some((name) => descends.has(name)))
    if (!isDescendant) continue
    for (const name of node.outputs) {
      descends.add(name)
      if (isImage(name)) spatial.add(name)
    }
  }
  return spatial
}

/**
 * Images that are pooled over all of their space have it, whatever came before: channels-last
 * networks end in a transposition.
 */
function pooledValues(
  graph: Graph,
  types: ValueTypes,
  nodes: readonly Node[],
  isImage: (name: string) => boolean,
): readonly string[] {
  const dimsOf = (name: string) => types.get(name)?.dims ?? []
  return nodes.flatMap((node) => {
    const {
      inputs: [x = '', given = ''],
      outputs: [y = ''],
    } = node
    const axes = graph.initializers.get(given)
    const isPooled =
      isImage(x) && globalPoolingOf(node, { from: dimsOf(x), to: dimsOf(y), axes }) !== null
    return isPooled ? [x] : []
  })
}

function beforeLastConvolution(upstream: readonly Node[]): readonly Node[] {
  const last = upstream.findLastIndex(({ op }) => MAKES_SPACE.has(op))
  return upstream.slice(0, Math.max(0, last))
}
