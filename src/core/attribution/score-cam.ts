/** @file Score-CAM (Wang et al., 2020), in any number of spatial dimensions. */

import type { ExplanationRecipe } from '../autodiff/recipe.ts'
import { Failure } from '../failure.ts'
import { softmax } from '../tensor/softmax.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { enlarge, hasSpace } from './cam-upsampling.ts'
import { type AttributionContext, defineMethod, type Target } from './method.ts'
import { type Activations, readActivations, weighActivations } from './weighted-activations.ts'

/**
 * Every channel, enlarged linearly and scaled by (A - min) / (max - min + 1e-8), masks the input;
 * w = softmax over the channels of the scores; map = relu(sum_k w_k A_k).
 */
export const scoreCam = defineMethod({
  id: 'score-cam',
  label: 'Score-CAM',
  family: 'cam',
  summary: "A layer's activations, weighted by the score of the input seen through each channel.",
  strengths:
    'No gradient, and so neither its noise nor its saturation: a channel counts by the score of what is seen through it (Wang et al. 2020).',
  limits:
    'A masked input looks like nothing the model has seen, and the score may change for that reason (Hooker et al. 2019). The softmax of large scores leaves one or two channels, of small ones it weighs all the same. It costs a run for every channel. Its weights add up to 1 whatever the scores, so even a constant score gets a map.',
  citation: {
    text: 'Wang et al. 2020, Score-CAM: score-weighted visual explanations for convolutional neural networks',
    url: 'https://arxiv.org/abs/1910.01279',
  },
  options: {
    batch: {
      kind: 'integer',
      min: 1,
      max: 256,
      default: 8,
      label: 'Batch',
      help: 'Channels in one run; fewer need less memory, and the map is the same.',
    },
  },
  needs: { gradient: false, baseline: false, layer: true, seed: false },
  signed: () => false,
  // Every channel is a whole run of its own, in batches.
  cost: (_options, _inputDims, { layer } = {}) =>
    layer ? { forwards: 2 + layer.channels, gradients: 0, isRough: true } : null,

  async attribute(context) {
    const { signal, onProgress, options } = context
    signal.throwIfAborted()
    onProgress({ stage: 'activations', fraction: 0 })
    const activations = await readActivations(context)
    const [rows = 1, channels = 1] = activations.tensor.dims
    const scores = await scoreChannels(context, activations, options.batch)
    signal.throwIfAborted()
    const weights = Array.from({ length: rows }, (_, row) =>
      softmax(scores.slice(row * channels, (row + 1) * channels)),
    ).flat()
    const attribution = await weighActivations(context, activations, weights)
    onProgress({ stage: 'done', fraction: 1 })
    return attribution
  },
})

/** Score of the input behind each channel, (N, C) with rows joined. */
async function scoreChannels(
  { model, inputs, target, signal, onProgress }: Omit<AttributionContext<never>, 'options'>,
  { layer, tensor }: Activations,
  batch: number,
): Promise<readonly number[]> {
  const [rows = 1, channels = 1] = tensor.dims
  const grid = tensor.dims.slice(2)
  const masked = model.inputs
    .filter((_, i) => hasSpace(inputs[i]?.dims ?? [], grid.length))
    .map(({ name }) => name)
  if (masked.length === 0) {
    throw new Failure(
      'bad-request',
      `score-cam masks the input, but no input has the ${grid.length} spatial axes of layer '${layer}'`,
    )
  }
  // The last group reaches back into the one before: one size of batch, one compiled graph.
  const size = canStack(model.inputs, target, rows) ? Math.min(batch, channels) : 1
  const recipe = maskedInputs(masked, grid)
  const stackedInputs = inputs.map((input) => repeatRows(input, rows, size))
  const stackedTarget = { ...target, weights: repeatRows(target.weights, rows, size) }
  const scores = new Array<number>(rows * channels).fill(0)
  for (let start = 0; start < channels; start += size) {
    signal.throwIfAborted()
    onProgress({
      stage: `channel ${start + 1} of ${channels}`,
      fraction: (start + 1) / (channels + 2),
    })
    const first = Math.min(start, channels - size)
    const control = takeChannels(tensor, first, size)
    const result = await model.explain(recipe, stackedInputs, stackedTarget, control)
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < size; i++) {
        // A model that reduces the batch to one score has one for all rows.
        scores[row * channels + first + i] = result.scores[row * size + i] ?? result.scores[0] ?? 0
      }
    }
  }
  return scores
}

/** Whether more rows can be given than there are. */
function canStack(
  declared: AttributionContext<never>['model']['inputs'],
  { weights }: Target,
  rows: number,
): boolean {
  const isFree = declared.every(({ dims }) => dims[0] === null || dims[0] === undefined)
  const isSplit = declared.every(({ dims }) => dims[0] === 1)
  return (isFree || isSplit) && weights.dims[0] === rows
}

/** The graph on the inputs times the control, enlarged and scaled to 0..1 in every row. */
function maskedInputs(names: readonly string[], grid: readonly number[]): ExplanationRecipe {
  const [example = ''] = names
  return {
    key: `masked ${names.join(',')} grid=${grid.join('x')}`,
    rules: 'standard',
    control: {
      dims: (value) => [value(example).dims[0] ?? 1, 1, ...grid],
      replaced: names,
      replace(g, input, control) {
        const mask = enlarge(g, control, input, 'linear')
        const inner = input.dims.map((_, axis) => axis).slice(1)
        const low = g.reduceMin(mask, inner)
        const range = g.sub(g.reduceMax(mask, inner), low)
        const scaled = g.div(g.sub(mask, low), g.add(range, g.scalarLike(range, 1e-8)))
        return g.mul(input, scaled)
      },
    },
    emit: () => [],
  }
}

/** Every row `times` times, one after the other. */
function repeatRows({ dims, data }: Tensor, rows: number, times: number): Tensor {
  if (times === 1) return { dims, data }
  const stride = data.length / rows
  const copy = new Float32Array(data.length * times)
  for (let i = 0; i < rows * times; i++) {
    const from = Math.floor(i / times) * stride
    copy.set(data.subarray(from, from + stride), i * stride)
  }
  return { dims: dims.with(0, rows * times), data: copy }
}

/** Channels first..first+count-1 of (N, C, spatial) as (N * count, 1, spatial). */
function takeChannels({ dims, data }: Tensor, first: number, count: number): Tensor {
  const [rows = 1, channels = 1, ...grid] = dims
  const size = data.length / (rows * channels)
  const taken = new Float32Array(rows * count * size)
  for (let row = 0; row < rows; row++) {
    const from = (row * channels + first) * size
    taken.set(data.subarray(from, from + count * size), row * count * size)
  }
  return { dims: [rows * count, 1, ...grid], data: taken }
}
