/** @file From the grid of a layer to the grid of every input, for the class activation maps. */

import type { EmitContext } from '../autodiff/recipe.ts'
import { Failure } from '../failure.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/ir.ts'
import type { OptionSpec } from '../options.ts'
import { formatDims, sameDims } from '../tensor/arithmetic.ts'
import { channelsSecond, isChannelsLast, moveChannelsLast } from './channels-last.ts'
import { nameMaps } from './define-graph-method.ts'

export const camOptions = {
  upsample: {
    kind: 'choice',
    choices: ['linear', 'nearest', 'none'],
    default: 'linear',
    label: 'Enlarging',
    help: "How the map goes from the layer's grid to the input's; none keeps the layer's grid.",
  },
} as const satisfies OptionSpec

type Upsample = (typeof camOptions.upsample.choices)[number]

/**
 * One map per input from `cam` (N, 1, spatial). An input whose axes are (N, C, spatial), (N, spatial)
 * or, where the model says so, (N, spatial, C) gets the enlarged map, the same in every channel; any
 * other input (age beside an image) gets zeros, as a map of space says nothing about it. With `none`
 * every input gets `cam`.
 * As PyTorch's interpolate: `linear` with align_corners=False, `nearest` takes floor(index * ratio).
 */
export function emitCamMaps(
  context: EmitContext,
  cam: Value,
  upsample: Upsample,
): readonly Value[] {
  const { g, inputs } = context
  const maps = upsample === 'none' ? inputs.map(() => cam) : emitEnlarged(context, cam, upsample)
  return nameMaps(g, inputs, maps)
}

/** The same, not named yet. */
export function emitEnlarged(
  { g, inputs, model }: EmitContext,
  cam: Value,
  mode: Exclude<Upsample, 'none'>,
): readonly Value[] {
  const rank = cam.dims.length - 2
  if (rank === 0) {
    throw new Failure(
      'bad-request',
      `the layer has no spatial axes (${formatDims(cam.dims)}): choose a value of shape batch x channels x space, or use upsample=none`,
    )
  }
  const isSpatial = ({ dims }: Value) => hasSpace(dims, rank)
  if (!inputs.some(isSpatial)) {
    throw new Failure(
      'bad-request',
      `the layer has ${rank} spatial axes (${formatDims(cam.dims.slice(2))}), but no input has as many: use upsample=none`,
    )
  }
  return inputs.map((input) => {
    if (!isSpatial(input)) return g.zeros(input.dims)
    if (!isChannelsLast(g, model, input)) return enlarge(g, cam, input, mode)
    return moveChannelsLast(g, enlarge(g, cam, channelsSecond(input), mode))
  })
}

/** Whether an input has `rank` axes of space, after the batch axis and perhaps channels. */
export function hasSpace(dims: readonly number[], rank: number): boolean {
  return dims.length === rank + 2 || dims.length === rank + 1
}

/** From (N, 1, spatial) to the shape of an input that has space. */
export function enlarge(
  g: GraphBuilder,
  cam: Value,
  input: Value,
  mode: 'linear' | 'nearest',
): Value {
  const rank = cam.dims.length - 2
  const sizes = [...cam.dims.slice(0, 2), ...input.dims.slice(-rank)]
  const resized = sameDims(cam.dims, sizes) ? cam : resize(g, cam, sizes, mode)
  const hasChannels = input.dims.length === rank + 2
  return g.expand(hasChannels ? resized : g.reshape(resized, input.dims), input.dims)
}

function resize(
  g: GraphBuilder,
  x: Value,
  sizes: readonly number[],
  mode: 'linear' | 'nearest',
): Value {
  return g.node('Resize', [x, null, null, g.ints(sizes)], sizes, {
    mode,
    ...(mode === 'linear'
      ? { coordinate_transformation_mode: 'half_pixel' }
      : { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }),
  })
}
