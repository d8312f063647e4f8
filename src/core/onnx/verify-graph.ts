/** @file Whether a model is well formed; every pass must keep it so. */

import { Failure } from '../failure.ts'
import { sizeOf } from './constants.ts'
import { byteSize } from './dtypes.ts'
import type { Graph, Model } from './ir.ts'
import { nodeLabel } from './node-label.ts'

/**
 * Everything that is wrong with the model's structure, one sentence each; empty when it is sound:
 * nodes in topological order, every input defined, every value defined once, node names unique,
 * outputs produced, every domain imported, weights as long as their shapes say.
 */
export function graphProblems(model: Model): readonly string[] {
  return [...graphOnlyProblems(model.graph, new Set()), ...opsetProblems(model)]
}

/** @throws Failure 'internal' with the first problems: a malformed graph here is a defect of ours */
export function verifyGraph(model: Model): void {
  const problems = graphProblems(model)
  if (problems.length === 0) return
  const more = problems.length > 3 ? ` (and ${problems.length - 3} more)` : ''
  throw new Failure('internal', `The graph is malformed: ${problems.slice(0, 3).join(' ')}${more}`)
}

function graphOnlyProblems(graph: Graph, outer: ReadonlySet<string>): string[] {
  const problems: string[] = []
  const defined = new Set<string>()
  const define = (name: string, by: string) => {
    if (defined.has(name)) problems.push(`Value "${name}" is defined again by ${by}.`)
    defined.add(name)
  }
  for (const input of graph.inputs) define(input.name, 'a graph input')
  for (const name of graph.initializers.keys()) define(name, 'an initializer')
  const names = new Set<string>()
  for (const node of graph.nodes) {
    const label = nodeLabel(node)
    if (node.name === '') problems.push(`${label} has no name.`)
    else if (names.has(node.name)) problems.push(`The node name "${node.name}" is used twice.`)
    names.add(node.name)
    for (const input of node.inputs) {
      if (input !== '' && !defined.has(input) && !outer.has(input)) {
        problems.push(`${label} reads "${input}", which nothing before it defines.`)
      }
    }
    for (const attribute of Object.values(node.attributes)) {
      if (attribute.kind === 'graph') {
        problems.push(...graphOnlyProblems(attribute.value, new Set([...outer, ...defined])))
      }
    }
    if (node.outputs.every((output) => output === '')) problems.push(`${label} has no output.`)
    for (const output of node.outputs) if (output !== '') define(output, label)
  }
  if (graph.outputs.length === 0) problems.push('The graph has no output.')
  for (const output of graph.outputs) {
    if (!defined.has(output.name) && !outer.has(output.name)) {
      problems.push(`Output "${output.name}" is not produced by any node.`)
    }
  }
  return [...problems, ...weightProblems(graph)]
}

function weightProblems(graph: Graph): string[] {
  return [...graph.initializers].flatMap(([name, { dtype, dims, bytes }]) => {
    if (dtype === 'string') return []
    const expected = byteSize(dtype, sizeOf(dims))
    if (bytes.length === expected) return []
    return [`Initializer "${name}" (${dtype} [${dims.join(', ')}]) holds ${bytes.length} bytes.`]
  })
}

function opsetProblems(model: Model): string[] {
  const domains = new Set(model.graph.nodes.map((node) => node.domain))
  domains.add('')
  return [...domains]
    .filter((domain) => !model.opsets.has(domain))
    .map((domain) => `No opset of domain "${domain || 'ai.onnx'}" is imported.`)
}
