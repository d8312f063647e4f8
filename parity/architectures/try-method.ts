/** @file Whether a method gives a map on a stored architecture, at its cheapest settings. */

import { attributionMethods } from '../../src/core/attribution/methods.ts'
import { Failure } from '../../src/core/failure.ts'
import type { OptionDeclaration, OptionValue } from '../../src/core/options.ts'
import { checkOptions } from '../../src/core/parse-options.ts'
import { zerosLike } from '../../src/core/tensor/arithmetic.ts'
import type { Tensors } from '../../src/core/tensor/tensor.ts'
import { attribute } from '../../src/engine/attribute.ts'
import { rowOf } from '../../src/engine/batch-rows.ts'
import { type OpenModel, openModel } from '../../src/engine/open-model.ts'
import { createNodeRuntime } from '../../src/engine/runtime-node.ts'
import {
  type Architecture,
  type Exporter,
  listArchitectures,
  makeInputs,
  readExport,
} from './read-architecture.ts'
import { readSmallModel, smallModels } from './small-models.ts'

/** True where the method works, else the sentence that a user reads. */
export type Outcome = true | string

export const methodIds: readonly string[] = attributionMethods.map(({ id }) => id)

const RUN_PER_CHANNEL: ReadonlySet<string> = new Set(['ablation-cam', 'score-cam'])

/** The first of the stored rows. */
export function inputRow(architecture: Architecture): Tensors {
  return makeInputs(architecture).map((tensor) => rowOf(tensor, 0, 2))
}

/**
 * Explains the predicted class of one row. A map must be of finite numbers, and not zero
 * everywhere unless the definition takes a relu.
 */
export async function tryMethod(
  model: OpenModel,
  inputs: Tensors,
  methodId: string,
): Promise<Outcome> {
  const method = attributionMethods.find(({ id }) => id === methodId)
  if (!method) throw new Error(`no method ${methodId}`)
  const longest = Math.max(1, ...inputs.flatMap(({ dims }) => dims.slice(2)))
  const options = Object.fromEntries(
    Object.entries(method.options).flatMap(([name, declared]): [string, OptionValue][] => {
      const cheap = cheapest(name, declared, longest)
      return cheap === undefined ? [] : [[name, cheap]]
    }),
  )
  try {
    const layer = RUN_PER_CHANNEL.has(methodId) ? await thinnestLayer(model, inputs) : undefined
    const { maps, nonFinite } = await attribute(
      model,
      {
        methodId,
        options,
        inputs,
        baseline: inputs.map(zerosLike),
        target: '',
        seed: 1,
        ...(layer !== undefined && { layer }),
      },
      { signal: { throwIfAborted: () => {} }, onProgress: () => {} },
    )
    if (nonFinite.some((count) => count > 0)) return 'The map is not finite.'
    const mayBeZero = !method.signed(checkOptions(method.id, method.options, options))
    if (mayBeZero || maps.some(({ data }) => data.some((x) => x !== 0))) return true
    return 'The map is zero everywhere.'
  } catch (error) {
    if (error instanceof Failure) return error.message
    throw error
  }
}

/** The layer of the fewest channels. */
async function thinnestLayer(model: OpenModel, inputs: Tensors): Promise<string | undefined> {
  const layers = await model.layers(inputs, '')
  return layers.toSorted((a, b) => (a.shape[0] ?? 0) - (b.shape[0] ?? 0))[0]?.name
}

/** Few samples, few and large windows; undefined leaves the default. */
function cheapest(
  name: string,
  declared: OptionDeclaration,
  longest: number,
): OptionValue | undefined {
  if (declared.kind === 'extent') return [Math.min(declared.max, Math.ceil(longest / 2))]
  if (declared.kind !== 'integer' || name === 'batch') return undefined
  return Math.max(declared.min, Math.min(declared.default, 2))
}

/** Opens an architecture's export with a free batch, or a small model, and hands it to `use`. */
export async function withModel<T>(
  name: string,
  exporter: string,
  use: (model: OpenModel, inputs: Tensors) => Promise<T>,
): Promise<T> {
  const small = smallModels.find((each) => each.name === name)
  const architecture = listArchitectures().find((each) => each.name === name)
  if (!small && !architecture) throw new Error(`no model ${name}`)
  const bytes = small
    ? readSmallModel(small, exporter)
    : architecture && readExport(architecture, exporter as Exporter, 'dynamic')
  const inputs = small ? small.inputs() : architecture && inputRow(architecture)
  if (!bytes || !inputs) throw new Error(`no export of ${name} by ${exporter}`)
  const model = await openModel(createNodeRuntime(), bytes)
  try {
    return await use(model, inputs)
  } finally {
    await model.close()
  }
}

/** Tries methods in turn; the outcome of each goes to `report`. */
export async function tryMethods(
  name: string,
  exporter: string,
  methods: readonly string[],
  report: (progress: { readonly method: string; readonly outcome?: Outcome }) => void,
): Promise<void> {
  await withModel(name, exporter, async (model, inputs) => {
    for (const method of methods) {
      report({ method })
      report({ method, outcome: await tryMethod(model, inputs, method) })
    }
  })
}
