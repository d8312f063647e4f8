/** @file `saliscope export`: the explanation itself, as an ONNX file. */

import { fitBaseline, parseBaseline } from '../../core/attribution/baseline.ts'
import { findMethod } from '../../core/attribution/methods.ts'
import { Failure } from '../../core/failure.ts'
import { parseOptions, splitAssignments } from '../../core/parse-options.ts'
import { elementCount, type Tensor } from '../../core/tensor/tensor.ts'
import { exportExplanation } from '../../engine/export-explanation.ts'
import { createNodeRuntime } from '../../engine/runtime-node.ts'
import { readArguments } from '../arguments.ts'
import { readArray, readBytes } from '../input-file.ts'
import { matchInputs } from '../load-baseline.ts'
import { loadInputs, tensorOf } from '../load-inputs.ts'
import { type LoadedModel, loadModel } from '../load-model.ts'
import { checkOutputPath, writeOutputs } from '../output-file.ts'
import { printJson, printLines } from '../print.ts'

export async function exportCommand(args: readonly string[]): Promise<void> {
  const given = readArguments('export', args, {
    texts: ['model', 'method', 'target', 'layer', 'seed', 'output'],
    lists: ['input', 'option', 'baseline'],
    flags: ['json'],
  })
  const { id, options, needs } = findMethod(given.need('method'))
  const values = parseOptions(id, options, splitAssignments(given.all('option')))
  const layer = given.text('layer')
  if (layer !== undefined && !needs.layer)
    throw new Failure('bad-request', `${id} takes no layer; leave --layer away`)
  const output = given.need('output')
  checkOutputPath(output, ['.onnx'])
  const path = given.need('model')
  const { model } = await loadModel(path)
  const inputDims = givenDims({ model, path }, given.all('input'))
  const { bytes, ...exported } = await exportExplanation(createNodeRuntime(), readBytes(path), {
    methodId: id,
    options: values,
    target: given.text('target') ?? '',
    seed: given.integer('seed', 0),
    baseline: matchInputs(given.all('baseline'), model.inputs).map((text, i) =>
      readBaseline(text, inputDims?.[i]),
    ),
    ...(layer !== undefined && { layer }),
    ...(inputDims && { inputDims }),
  })
  writeOutputs([{ path: output, bytes }])
  if (given.has('json')) return printJson({ method: id, ...exported, bytes: bytes.length, output })
  printLines([
    `${id} of ${exported.target} for inputs of ${exported.inputDims.map((dims) => dims.join('x')).join(', ')}`,
    `inputs   ${exported.inputs.join(', ')}`,
    `outputs  ${exported.outputs.join(', ')}`,
    `written  ${output} (${bytes.length.toLocaleString('en')} bytes)`,
  ])
}

/** Sizes of an example input, batch 1; undefined without one. */
function givenDims(
  loaded: LoadedModel,
  given: readonly string[],
): readonly (readonly number[])[] | undefined {
  if (given.length === 0) return undefined
  return loadInputs(loaded, given).tensors.map(({ dims }) => dims.with(0, 1))
}

/** A single number, or as many as the input has. */
function readBaseline(text: string, inputDims: readonly number[] | undefined): Tensor {
  const words = parseBaseline(text)
  if (words?.kind === 'zeros') return single(0)
  if (words?.kind === 'constant') return single(words.value)
  if (words) {
    throw new Failure(
      'bad-request',
      `the baseline '${text}' depends on the input; an exported graph takes zeros, a number or a .npy file`,
    )
  }
  const baseline = tensorOf(readArray(text), 'the baseline')
  const dims = inputDims ?? baseline.dims
  return fitBaseline(baseline, { dims, data: new Float32Array(elementCount(dims)) })
}

function single(value: number): Tensor {
  return { dims: [], data: Float32Array.of(value) }
}
