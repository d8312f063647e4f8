/** @file What a model's number formats mean for its maps, in sentences. */

import { dtypeOfCode } from './dtypes.ts'
import type { DType, Graph, Model } from './ir.ts'
import { isQuantised } from './quantised.ts'

const NAMES: Partial<Record<DType, string>> = {
  bfloat16: '16-bit (bfloat16)',
  float16: '16-bit (float16)',
  float64: '64-bit (float64)',
}

/** Empty for a plain float32 model. */
export function describeTypes({ graph }: Model): readonly string[] {
  const weights = new Set(weightTypes(graph))
  const inputs = graph.inputs.map(({ dtype }) => dtype)
  const held = new Set([...weights, ...inputs, ...castTypes(graph)])
  const notes: string[] = []
  for (const [dtype, name] of Object.entries(NAMES)) {
    if (!held.has(dtype as DType)) continue
    const isMixed = weights.has('float32') || !weights.has(dtype as DType)
    notes.push(
      `${isMixed ? "Some of the model's numbers" : "The model's numbers"} are ${name}; they are turned into ` +
        '32-bit ones and computed with as such, so that its output can differ from the original by that rounding.',
    )
  }
  const quantised = graph.nodes.find(isQuantised)
  if (quantised) {
    notes.push(
      'The model is quantised: it predicts, and occlusion and other perturbation methods work; ' +
        'gradient methods need the float model that it was made from.',
    )
  }
  const zips = graph.nodes.filter(({ op, domain }) => op === 'ZipMap' && domain === 'ai.onnx.ml')
  for (const { outputs } of zips) {
    notes.push(
      `Output "${outputs[0] ?? ''}" is a list of dictionaries in the file (ZipMap); here it is the array ` +
        'of numbers, one column per class (skl2onnx writes that itself with zipmap=False).',
    )
  }
  return notes
}

function weightTypes(graph: Graph): readonly DType[] {
  const constants = graph.nodes.flatMap(({ op, attributes: { value } }) =>
    op === 'Constant' && value?.kind === 'tensor' ? [value.value] : [],
  )
  return [...graph.initializers.values(), ...constants].map(({ dtype }) => dtype)
}

/** What values are cast to on the way: automatic mixed precision has its weights in float32. */
function castTypes(graph: Graph): readonly DType[] {
  return graph.nodes.flatMap(({ op, attributes: { to } }) =>
    op === 'Cast' && to?.kind === 'int' ? [dtypeOfCode(to.value)] : [],
  )
}
