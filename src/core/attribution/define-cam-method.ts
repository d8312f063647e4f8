/** @file Class activation maps that are one graph: activations of a layer to a map, relu, enlarging. */

import type { EmitContext, ExplanationRecipe } from '../autodiff/recipe.ts'
import { Failure } from '../failure.ts'
import { freeName } from '../onnx/free-name.ts'
import type { Value } from '../onnx/ir.ts'
import type { OptionSpec, OptionValues } from '../options.ts'
import { formatDims } from '../tensor/arithmetic.ts'
import { camOptions, emitCamMaps } from './cam-upsampling.ts'
import type { AttributionMethod } from './method.ts'

export const camMethodOptions = {
  relu: {
    kind: 'boolean',
    default: true,
    label: 'Positive part only',
    help: 'Keep only what speaks for the target (ReLU), as in the paper.',
  },
  ...camOptions,
} as const satisfies OptionSpec

type CamOptions = typeof camMethodOptions
type CamValues = OptionValues<CamOptions>

type CamMethod = Omit<
  AttributionMethod<CamOptions>,
  'attribute' | 'cost' | 'family' | 'needs' | 'options' | 'recipe' | 'signed'
> & {
  readonly needsGradient?: boolean
  /** Default: where the positive part is not taken. */
  signed?(values: CamValues): boolean
  /** (N, 1, spatial) from the activations (N, C, spatial) of the layer. */
  emitCam(context: EmitContext, activations: Value): Value
  /** Default: `emitCamMaps`. */
  emitMaps?(context: EmitContext, cam: Value, values: CamValues): readonly Value[]
}

/**
 * The last output of the recipe is the map on the layer's own grid (N, 1, spatial); before it one
 * map per input. A layer of features (N, C) has no space to enlarge to: with `none` it gives one
 * number per row.
 */
export function defineCamMethod({
  emitCam,
  emitMaps = (context, cam, { upsample }) => emitCamMaps(context, cam, upsample),
  needsGradient = true,
  signed = ({ relu }) => !relu,
  ...method
}: CamMethod): AttributionMethod<CamOptions> {
  const recipe = (values: CamValues, layer: string | undefined): ExplanationRecipe => {
    if (layer === undefined) {
      throw new Failure('bad-request', `${method.id} needs the name of a layer with spatial axes`)
    }
    return {
      key: `${method.id} relu=${values.relu} upsample=${values.upsample} layer=${layer}`,
      rules: 'standard',
      emit(context) {
        const { g } = context
        const raw = emitCam(context, findActivations(context, layer))
        const cam = values.relu ? g.relu(raw) : raw
        return [...emitMaps(context, cam, values), g.rename(cam, freeName(g, 'cam'))]
      },
    }
  }
  return {
    ...method,
    family: 'cam',
    options: camMethodOptions,
    needs: { gradient: needsGradient, baseline: false, layer: true, seed: false },
    signed,
    // At most: neither pass goes all the way.
    cost: () => ({
      forwards: needsGradient ? 0 : 1,
      gradients: needsGradient ? 1 : 0,
      isRough: true,
    }),
    recipe,

    async attribute({ model, inputs, target, options, layer, signal, onProgress }) {
      signal.throwIfAborted()
      const stage = needsGradient ? 'gradient' : 'activations'
      onProgress({ stage, fraction: 0 })
      const name = layer ?? (await model.defaultLayer(inputs, target))
      const { scores, outputs } = await model.explain(recipe(options, name), inputs, target)
      const cam = outputs[inputs.length]
      if (!cam) throw new Failure('internal', 'the explanation lacks the map on the layer grid')
      onProgress({ stage, fraction: 1 })
      return {
        maps: outputs.slice(0, inputs.length),
        scores,
        completenessGap: null,
        layer: { name, grid: cam.dims.slice(2) },
      }
    },
  }
}

/** The layer, as batch x channels x space. */
export function findActivations({ value }: EmitContext, layer: string): Value {
  const activations = value(layer)
  if (activations.dims.length >= 2) return activations
  throw new Failure(
    'bad-request',
    `layer '${layer}' has no channels (${formatDims(activations.dims)}): choose a value of shape batch x channels x space`,
  )
}

/** dy/dA. */
export function emitSlope({ gradients }: EmitContext, activations: Value): Value {
  const [slope] = gradients([activations])
  if (slope) return slope
  throw new Failure('internal', `no gradient came back for layer '${activations.name}'`)
}

/** The axes after batch and channels. */
export function spatialAxes({ dims }: Value): readonly number[] {
  return dims.map((_, axis) => axis).slice(2)
}
