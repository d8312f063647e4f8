/** @file `saliscope predict`: the model's outputs. */

import { describeNonFiniteOutputs } from '../../core/attribution/finite-maps.ts'
import type { NamedTensor } from '../../core/attribution/target.ts'
import { softmax } from '../../core/tensor/softmax.ts'
import { readArguments } from '../arguments.ts'
import { firstPlace, loadInputs } from '../load-inputs.ts'
import { loadModel } from '../load-model.ts'
import { columns, figure, printJson, printLines } from '../print.ts'

export async function predict(args: readonly string[]): Promise<void> {
  const { need, all, has } = readArguments('predict', args, {
    texts: ['model'],
    lists: ['input'],
    flags: ['json'],
  })
  const loaded = await loadModel(need('model'))
  const inputs = loadInputs(loaded, all('input'))
  const { outputs, elapsedMs } = await loaded.model.predict(inputs.tensors)
  const card = firstPlace(inputs)?.card
  const flaw = describeNonFiniteOutputs(
    outputs.map(({ name, tensor: { data } }) => ({ name, data })),
  )
  const notes = [...loaded.model.summary.notes, ...(flaw === null ? [] : [flaw])]
  if (has('json')) {
    return printJson({
      outputs: outputs.map((output) => describeOutput(output, card?.output)),
      classNames: inputs.classNames,
      ...(inputs.steps.length > 0 && { steps: inputs.steps }),
      ...(notes.length > 0 && { notes }),
      modelSha256: loaded.model.sha256,
      provider: loaded.model.runtime.provider.label,
      elapsedMs,
    })
  }
  printLines([
    ...notes,
    ...inputs.steps,
    ...outputs.flatMap((output) => describeForPeople(output, inputs.classNames)),
  ])
}

/** Values larger than this many are summarised: a segmentation does not belong on a terminal. */
const MOST_VALUES = 10_000

function describeOutput({ name, tensor: { dims, data } }: NamedTensor, kind: string | undefined) {
  const width = dims.length === 2 ? (dims[1] ?? 1) : 1
  const rows = width > 1 && data.length <= MOST_VALUES ? rowsOf(data, width) : null
  return {
    name,
    dims,
    values: data.length <= MOST_VALUES ? Array.from(data) : null,
    ...(rows &&
      kind !== 'probabilities' &&
      kind !== 'regression' && { softmax: rows.map(softmax) }),
    ...(rows && { argmax: rows.map(argmaxOf) }),
  }
}

function describeForPeople({ name, tensor }: NamedTensor, classNames: readonly string[]): string[] {
  const { dims, data } = tensor
  const heading = `${name} [${dims.join(', ')}]`
  if (data.length > 1000)
    return [`${heading}: ${data.length} values (--json lists up to ${MOST_VALUES})`]
  const width = dims.length < 2 ? 1 : (dims.at(-1) ?? 1)
  const isBatch = (dims[0] ?? 1) > 1
  const rowOf = (index: number) => Math.floor(index / (data.length / (dims[0] ?? 1)))
  return [
    heading,
    ...columns(
      Array.from(data, (value, index) => [
        isBatch ? `  row ${rowOf(index)}` : '  ',
        classNames[index % width] ?? String(index % width),
        figure(value),
      ]),
    ),
  ]
}

function rowsOf(data: Float32Array, width: number): readonly number[][] {
  return Array.from({ length: data.length / width }, (_, row) =>
    Array.from(data.subarray(row * width, (row + 1) * width)),
  )
}

function argmaxOf(row: readonly number[]): number {
  return row.indexOf(Math.max(...row))
}
