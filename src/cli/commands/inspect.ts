/** @file `saliscope inspect`: what a model file holds, and what can explain it. */

import { Failure } from '../../core/failure.ts'
import { decode } from '../../core/onnx/codec.ts'
import type { ModelSummary } from '../../core/onnx/inspect.ts'
import type { ValueInfo } from '../../core/onnx/ir.ts'
import { summariseModel } from '../../engine/summarise-model.ts'
import { readArguments } from '../arguments.ts'
import { naming, readBytes } from '../input-file.ts'
import { printJson, printLines } from '../print.ts'

export function inspect(args: readonly string[]): void {
  const { positionals, has } = readArguments('inspect', args, { flags: ['json'], positionals: 1 })
  const [path] = positionals
  if (path === undefined)
    throw new Failure('bad-request', "'inspect' needs a model: saliscope inspect MODEL.onnx")
  const bytes = readBytes(path)
  const summary = naming(path, () => summariseModel(decode(bytes), bytes.length))
  if (has('json')) printJson(summary)
  else printLines(describeModel(summary))
}

function describeModel(summary: ModelSummary): string[] {
  const blocked = summary.methods.filter(({ supported }) => !supported)
  const supported = summary.methods.filter((method) => method.supported).map(({ id }) => id)
  const { message } = blocked[0]?.obstacle ?? {}
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
    ...(message === undefined ? [] : [`because     ${message}`]),
  ]
}

/** "input float32 [n, 1, 96, 96, 96]". */
function describeValue({ name, dtype, dims }: ValueInfo): string {
  return `${name} ${dtype} [${dims === null ? 'any shape' : dims.map((size) => size ?? '?').join(', ')}]`
}
