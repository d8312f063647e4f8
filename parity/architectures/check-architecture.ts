/** @file Runs one stored export and compares what comes out with PyTorch's float64. */

import { gradientRecipe } from '../../src/core/attribution/gradient.ts'
import { integratedGradients } from '../../src/core/attribution/integrated-gradients.ts'
import type { Target } from '../../src/core/attribution/method.ts'
import { zerosLike } from '../../src/core/tensor/arithmetic.ts'
import type { Tensor, Tensors } from '../../src/core/tensor/tensor.ts'
import { rowOf } from '../../src/engine/batch-rows.ts'
import { type OpenModel, openModel } from '../../src/engine/open-model.ts'
import { createNodeRuntime } from '../../src/engine/runtime-node.ts'
import {
  type Architecture,
  type Batch,
  compareMaps,
  type ExpectedMethod,
  type Exporter,
  type MapDistance,
  makeInputs,
  readExport,
} from './read-architecture.ts'
import { allowedDistance } from './rounding-allowance.ts'

export interface Checked extends MapDistance {
  /** Largest relative error of a row's score. */
  readonly scoreError: number
  /** What the map may be off by; more than 1e-4 only where a choice is known to flip. */
  readonly allowed: number
}

/** Opens the export, hands it to `use`, and closes it. */
export async function withExport<T>(
  architecture: Architecture,
  exporter: Exporter,
  batch: Batch,
  use: (model: OpenModel) => Promise<T>,
): Promise<T> {
  const model = await openModel(createNodeRuntime(), readExport(architecture, exporter, batch))
  try {
    return await use(model)
  } finally {
    await model.close()
  }
}

/** Runs a method on the two rows, or with a fixed batch on the first. */
export async function checkMethod(
  model: OpenModel,
  architecture: Architecture,
  batch: Batch,
  method: ExpectedMethod,
): Promise<Checked> {
  const rows = makeInputs(architecture)
  const inputs = batch === 'dynamic' ? rows : rows.map((tensor) => rowOf(tensor, 0, 2))
  const { maps, scores } = await run(model, method, inputs, architecture)
  const { maps: stored } = architecture.expected[method]
  const scoreError = scores.reduce((worst, score, row) => {
    const reference = architecture.scores[row] ?? Number.NaN
    return Math.max(worst, Math.abs(score - reference) / Math.max(1, Math.abs(reference)))
  }, 0)
  const allowed = allowedDistance(architecture, method)
  return { scoreError, allowed, ...compareMaps(maps, stored) }
}

async function run(
  model: OpenModel,
  method: ExpectedMethod,
  inputs: Tensors,
  architecture: Architecture,
): Promise<{ readonly maps: Tensors; readonly scores: readonly number[] }> {
  const target = classTarget(await outputName(model, inputs), architecture, inputs)
  if (method === 'gradient') {
    const { outputs, scores } = await model.explain(gradientRecipe, inputs, target)
    return { maps: outputs, scores }
  }
  return integratedGradients.attribute({
    model,
    inputs,
    baseline: inputs.map(zerosLike),
    target,
    options: { steps: architecture.steps, quadrature: 'gauss-legendre' },
    seed: 0,
    signal: { throwIfAborted: () => {} },
    onProgress: () => {},
    attributeWith: () => Promise.reject(new Error('integrated gradients build on no other method')),
  })
}

async function outputName(model: OpenModel, inputs: Tensors): Promise<string> {
  const { outputs } = await model.predict(inputs)
  const [first] = outputs
  if (!first) throw new Error('the model has no output')
  return first.name
}

/** The sum of the target class over all that follows the class axis. */
function classTarget(
  value: string,
  { target, outputDims }: Architecture,
  [input]: Tensors,
): Target {
  const [, classes = 1, ...rest] = outputDims
  const rows = input?.dims[0] ?? 1
  const inner = rest.reduce((a, b) => a * b, 1)
  const data = new Float32Array(rows * classes * inner)
  for (let row = 0; row < rows; row++) {
    const start = (row * classes + target) * inner
    data.fill(1, start, start + inner)
  }
  const weights: Tensor = { dims: [rows, classes, ...rest], data }
  return { value, weights, spec: String(target), label: `class ${target}` }
}
