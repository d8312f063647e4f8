/** @file `saliscope explain`: the map of one method, as a file. */

import { describeNonFinite } from '../../core/attribution/finite-maps.ts'
import { type Attribution, needsOf } from '../../core/attribution/method.ts'
import { findMethod } from '../../core/attribution/methods.ts'
import { Failure } from '../../core/failure.ts'
import { parseOptions, splitAssignments } from '../../core/parse-options.ts'
import { encodeNpy } from '../../core/tensor/npy.ts'
import type { Tensor } from '../../core/tensor/tensor.ts'
import { mapToVolume } from '../../core/volume/map-to-volume.ts'
import { maskOnModelGrid } from '../../core/volume/mask-on-grid.ts'
import { writeNifti, writeNiftiGzip } from '../../core/volume/nifti-write.ts'
import { attribute } from '../../engine/attribute.ts'
import { sha256 } from '../../engine/hash.ts'
import { readArguments } from '../arguments.ts'
import { readArray } from '../input-file.ts'
import { readBaselineDistribution } from '../load-baseline.ts'
import { firstPlace, type InputPlace, type LoadedInputs, loadInputs } from '../load-inputs.ts'
import { loadModel } from '../load-model.ts'
import { checkOutputPath, writeOutputs } from '../output-file.ts'
import { clearProgress, figure, printJson, printLines, progressPrinter } from '../print.ts'

const extensions = ['.npy', '.nii.gz', '.nii']

export async function explain(args: readonly string[]): Promise<void> {
  const given = readArguments('explain', args, {
    texts: ['model', 'method', 'target', 'layer', 'regions', 'seed', 'output', 'truth'],
    lists: ['input', 'option', 'baseline'],
    flags: ['json'],
  })
  const method = findMethod(given.need('method'))
  const options = parseOptions(method.id, method.options, splitAssignments(given.all('option')))
  const output = given.need('output')
  checkOutputPath(output, extensions)
  refuseUnused(method, given.text('layer'), given.text('regions'))
  const seed = given.integer('seed', 0)
  const loaded = await loadModel(given.need('model'))
  const inputs = loadInputs(loaded, given.all('input'))
  if (!output.toLowerCase().endsWith('.npy') && !firstPlace(inputs)) {
    throw new Failure(
      'bad-request',
      'a NIfTI output needs a NIfTI input: the map of an array has no place in space; write .npy',
    )
  }
  const mask = readMask(inputs, given.text('truth'))
  const layer = given.text('layer')
  const answer = await attribute(
    loaded.model,
    {
      methodId: method.id,
      options,
      inputs: inputs.tensors,
      ...readBaselineDistribution(
        given.all('baseline'),
        inputs,
        loaded.model.inputs,
        needsOf(method, options).baselineRows ?? false,
      ),
      target: given.text('target') ?? '',
      classNames: inputs.classNames,
      seed,
      ...(mask && { mask }),
      ...(layer !== undefined && { layer }),
    },
    { signal: { throwIfAborted: () => {} }, onProgress: progressPrinter() },
  )
  clearProgress()
  const names = loaded.model.inputs.map(({ name }) => name)
  const files = outputFiles(output, names, answer, inputs, `${method.id} of ${answer.targetSpec}`)
  writeOutputs(files)
  const flaw = describeNonFinite(method, answer)
  const report = {
    method: method.id,
    options: answer.options,
    target: answer.targetSpec,
    targetLabel: answer.targetLabel,
    score: single(answer.scores),
    completenessGap: answer.completenessGap && single(answer.completenessGap),
    ...(answer.promise && { promise: answer.promise }),
    ...(answer.layer && { layer: answer.layer }),
    ...(flaw !== null && { nonFinite: single(answer.nonFinite), notes: [flaw] }),
    modelSha256: loaded.model.sha256,
    inputSha256: await inputHash(inputs),
    ...(inputs.files.length > 1 && { inputSha256s: await Promise.all(inputs.files.map(hashOf)) }),
    ...(inputs.steps.length > 0 && { steps: inputs.steps }),
    seed,
    provider: answer.provider.label,
    elapsedMs: answer.elapsedMs,
    output: files.length === 1 ? output : files.map(({ path }) => path),
  }
  if (given.has('json')) return printJson(report)
  printLines([
    ...inputs.steps,
    ...(flaw === null ? [] : [flaw]),
    `${method.label} of ${answer.targetLabel} (${answer.targetSpec})`,
    `score            ${answer.scores.map(figure).join(', ')}`,
    ...(answer.completenessGap
      ? [`${answer.promise ?? 'completeness'} gap ${answer.completenessGap.map(figure).join(', ')}`]
      : []),
    ...(answer.layer
      ? [`layer            ${answer.layer.name}, computed on ${answer.layer.grid.join('x')}`]
      : []),
    `written          ${files.map(({ path }) => path).join(', ')}`,
  ])
}

function refuseUnused(
  method: { readonly id: string; readonly needs: { readonly layer: boolean } },
  layer: string | undefined,
  regions: string | undefined,
): void {
  if (regions !== undefined)
    throw new Failure('bad-request', `${method.id} takes no regions; leave --regions away`)
  if (layer !== undefined && !method.needs.layer)
    throw new Failure('bad-request', `${method.id} takes no layer; leave --layer away`)
}

/** One number for one row, a list for a batch. */
function single(values: readonly number[]): number | readonly number[] {
  const [only] = values
  return values.length === 1 && only !== undefined ? only : values
}

/** The truth on the grid of the model (of its first volume), for targets K@mask. */
function readMask(inputs: LoadedInputs, path: string | undefined): Tensor | undefined {
  if (path === undefined) return undefined
  const file = readArray(path)
  if (file.kind === 'tensor') return file.tensor
  const place = firstPlace(inputs)
  if (!place)
    throw new Failure('bad-request', 'the truth must be a .npy array where the input is one')
  return maskOnModelGrid(file.file.volume, place.grid, place.card.layout)
}

async function hashOf({ bytes }: { readonly bytes: Uint8Array }): Promise<string> {
  return sha256(new Uint8Array(bytes))
}

/** Of the file; of all files one after the other where there are several. */
async function inputHash({ files }: LoadedInputs): Promise<string> {
  const size = files.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const all = new Uint8Array(size)
  let at = 0
  for (const { bytes } of files) {
    all.set(bytes, at)
    at += bytes.length
  }
  return sha256(all)
}

/**
 * OUT for one input; OUT with the input's name before the extension for several. Next to volumes,
 * the map of an input that is none is an array, and its name ends in .npy.
 */
function outputFiles(
  output: string,
  names: readonly string[],
  { maps }: Attribution,
  { places }: LoadedInputs,
  description: string,
) {
  const given = extensions.find((end) => output.toLowerCase().endsWith(end)) ?? ''
  const stem = output.slice(0, output.length - given.length)
  return maps.map((map, i) => {
    const place = places[i] ?? null
    const extension = place ? output.slice(stem.length) : '.npy'
    const path =
      maps.length === 1 ? output : `${stem}.${fileSafe(names[i] ?? String(i))}${extension}`
    return { path, bytes: encodeMap(map, place, extension.toLowerCase(), description) }
  })
}

function fileSafe(name: string): string {
  return name.replaceAll(/[^\w.-]/g, '_')
}

function encodeMap(
  map: Tensor,
  place: InputPlace | null,
  extension: string,
  description: string,
): Uint8Array {
  if (extension === '.npy' || !place) return encodeNpy(map)
  const { volume, space } = place.file
  const data = mapToVolume(map, place.card.layout, place.grid, volume)
  const content = { ...volume, data, space, description: `saliscope ${description}` }
  return extension === '.nii' ? writeNifti(content) : writeNiftiGzip(content)
}
