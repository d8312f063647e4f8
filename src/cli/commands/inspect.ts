/** @file `saliscope inspect`: what a model file holds, and what can explain it. */

import type { LayerCandidate } from '../../core/attribution/model-description.ts'
import { Failure } from '../../core/failure.ts'
import { decode } from '../../core/onnx/codec.ts'
import type { ModelSummary } from '../../core/onnx/inspect.ts'
import type { ValueInfo } from '../../core/onnx/ir.ts'
import { summariseModel } from '../../engine/summarise-model.ts'
import { readArguments } from '../arguments.ts'
import { findLayers } from '../find-layers.ts'
import { naming, readBytes } from '../input-file.ts'
import { printJson, printLines } from '../print.ts'

export async function inspect(args: readonly string[]): Promise<void> {
  const { positionals, has, all } = readArguments('inspect', args, {
    lists: ['input'],
    flags: ['json'],
    positionals: 1,
  })
  const [path] = positionals
  if (path === undefined)
    throw new Failure('bad-request', "'inspect' needs a model: saliscope inspect MODEL.onnx")
  const bytes = readBytes(path)
  const summary = naming(path, () => summariseModel(decode(bytes), bytes.length))
  const { layers, reason } = await findLayers(path, all('input'))
  if (has('json')) {
    return printJson({ ...summary, layers, ...(reason !== null && { layersReason: reason }) })
  }
  printLines([...describeModel(summary), ...describeLayers(layers, reason)])
}

/** The suggested one; all of them are in the JSON. */
function describeLayers(layers: readonly LayerCandidate[] | null, reason: string | null): string[] {
  if (!layers) return [`layers      not known: ${reason ?? ''}`]
  const suggested = layers.find((layer) => layer.default)
  if (!suggested) return ['layers      none with channels and space']
  const { name, op, shape } = suggested
  return [
    `layers      ${layers.length} with channels and space, all listed with --json; suggested: ${name} (${op}, ${shape.join('x')})`,
  ]
}

function describeModel(summary: ModelSummary): string[] {
  const blocked = summary.methods.filter(({ supported }) => !supported)
  const supported = summary.methods.filter((method) => method.supported).map(({ id }) => id)
  const reasons = new Set(blocked.flatMap(({ obstacle }) => obstacle?.message ?? []))
  return [
    `inputs      ${summary.inputs.map(describeValue).join(', ')}`,
    `outputs     ${summary.outputs.map(describeValue).join(', ')}`,
    `opsets      ${summary.opsets.map(({ domain, version }) => `${domain} ${version}`).join(', ')}`,
    `operators   ${summary.operators.map(({ op, count }) => `${op} ${count}`).join(', ')}`,
    `parameters  ${summary.parameters.toLocaleString('en')}`,
    `size        ${summary.fileBytes.toLocaleString('en')} bytes`,
    `producer    ${summary.producer || 'not said'}`,
    `methods     ${supported.join(', ')}`,
    ...(blocked.length > 0 ? [`not         ${blocked.map(({ id }) => id).join(', ')}`] : []),
    ...[...reasons].map((message) => `because     ${message}`),
    ...summary.notes.map((note) => `note        ${note}`),
  ]
}

/** "input float32 [n, 1, 96, 96, 96]". */
function describeValue({ name, dtype, dims }: ValueInfo): string {
  return `${name} ${dtype} [${dims === null ? 'any shape' : dims.map((size) => size ?? '?').join(', ')}]`
}
