import { Failure } from '../core/failure.ts'
import { canonicalise } from '../core/onnx/canonicalise.ts'
import { castToFloat32 } from '../core/onnx/cast-to-float32.ts'
import { isFloat } from '../core/onnx/dtypes.ts'
import type { Model } from '../core/onnx/ir.ts'
import { pruneGraph } from '../core/onnx/prune-graph.ts'
import { upgradeOpset } from '../core/onnx/upgrade-opset.ts'
import { verifyGraph } from '../core/onnx/verify-graph.ts'

/**
 * The decoded model in the one form that is run, traced and compiled: opset 18 operators, float32,
 * without what only training needs, and with its outputs of real numbers alone (labels that are
 * computed beside them are not). It predicts what the file predicts, up to rounding.
 * @throws Failure where no output is of real numbers
 */
export function prepareModel(decoded: Model): Model {
  const canonical = canonicalise(castToFloat32(upgradeOpset(decoded)).model)
  const outputs = canonical.graph.outputs.filter(({ dtype }) => isFloat(dtype))
  if (outputs.length === 0) {
    throw new Failure('unsupported-model', 'The model has no output of real numbers to explain.')
  }
  const prepared = { ...canonical, graph: pruneGraph({ ...canonical.graph, outputs }) }
  verifyGraph(prepared)
  return prepared
}

/** Names of the outputs that can be shown and explained, in the model's order. */
export function floatOutputs({ graph }: Model): readonly string[] {
  return graph.outputs.filter(({ dtype }) => isFloat(dtype)).map(({ name }) => name)
}
