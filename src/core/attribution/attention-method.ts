/** @file What the attention methods share: one row through every block, the patch grid, enlarging. */

import type { AttentionBlock } from '../autodiff/attention/attention-block.ts'
import { readAttention } from '../autodiff/attention/read-attention.ts'
import type { EmitContext, ExplanationRecipe } from '../autodiff/recipe.ts'
import { Failure } from '../failure.ts'
import { freeName } from '../onnx/free-name.ts'
import type { Value } from '../onnx/ir.ts'
import { product } from '../onnx/shape-arithmetic.ts'
import type { OptionSpec, OptionValues } from '../options.ts'
import { emitCamMaps } from './cam-upsampling.ts'
import type { AttributionMethod } from './method.ts'

type AttentionMethod<Spec extends OptionSpec> = Omit<
  AttributionMethod<Spec>,
  'attribute' | 'cost' | 'family' | 'needs' | 'recipe' | 'signed'
> & {
  readonly needsGradient: boolean
  /** Identifies the graph in caches. */
  key(options: OptionValues<Spec>): string
  /** One (N, heads, queries, tokens) per block to (N, queries, tokens). */
  emitMatrices(
    context: EmitContext,
    blocks: readonly AttentionBlock[],
    options: OptionValues<Spec>,
  ): readonly Value[]
  /** The row (N, 1, tokens) times this block's factor of the product. */
  emitStep(context: EmitContext, row: Value, matrix: Value, options: OptionValues<Spec>): Value
  /** Where the model pools by attention: the first row, from that block's (N, 1, tokens). */
  emitPooled(context: EmitContext, matrix: Value): Value
}

/**
 * Of the product of all blocks' matrices only some rows are wanted, so a row vector is taken through
 * the blocks from the last to the first: the same numbers for tokens^2 products instead of
 * tokens^3. The rows are those that the model reads after the last block, averaged; where it pools by
 * attention, that attention is the first row. The last output of the recipe is the map on the grid of patches (N, 1, grid); before it one map per input.
 * @throws Failure 'unsupported-model' where the attention is not between all tokens
 */
export function defineAttentionMethod<const Spec extends OptionSpec>({
  emitMatrices,
  emitPooled,
  emitStep,
  key,
  needsGradient,
  ...method
}: AttentionMethod<Spec>): AttributionMethod<Spec> {
  const recipe = (options: OptionValues<Spec>): ExplanationRecipe => ({
    key: `${method.id} ${key(options)}`,
    rules: 'standard',
    emit(context) {
      const { g, inputs, model, target } = context
      const attention = readAttention({
        graph: model.graph,
        inputs,
        target: target.name,
        find: g.find,
        constant: (name) => model.graph.initializers.get(name),
      })
      const { blocks, firstPatch, grid, pool, readout, tokens } = attention
      const all = emitMatrices(context, [...blocks, ...(pool ? [pool] : [])], options)
      const matrices = all.slice(0, blocks.length)
      const pooled = all[blocks.length]
      const rows = blocks[0]?.rows ?? 1
      const start = new Float32Array(tokens)
      for (const token of readout) start[token] = 1 / readout.length
      const first = pooled
        ? emitPooled(context, pooled)
        : g.expand(g.numbers([1, 1, tokens], start), [rows, 1, tokens])
      const row = matrices.reduceRight(
        (current, matrix) => emitStep(context, current, matrix, options),
        first,
      )
      const ends = firstPatch + product(grid)
      const patches = g.slice(row, { axes: [2], starts: [firstPatch], ends: [ends] })
      const map = g.reshape(patches, [rows, 1, ...grid])
      return [...emitCamMaps(context, map, 'linear'), g.rename(map, freeName(g, 'attention_map'))]
    },
  })
  return {
    ...method,
    family: 'attention',
    needs: { attention: true, gradient: needsGradient, baseline: false, layer: false, seed: false },
    signed: () => false,
    // At most: neither pass goes all the way.
    cost: () => ({
      forwards: needsGradient ? 0 : 1,
      gradients: needsGradient ? 1 : 0,
      isRough: true,
    }),
    recipe,

    async attribute({ model, inputs, target, options, signal, onProgress }) {
      signal.throwIfAborted()
      const stage = needsGradient ? 'gradient' : 'attention'
      onProgress({ stage, fraction: 0 })
      const { scores, outputs } = await model.explain(recipe(options), inputs, target)
      const map = outputs[inputs.length]
      if (!map)
        throw new Failure('internal', 'the explanation lacks the map on the grid of patches')
      onProgress({ stage, fraction: 1 })
      return {
        maps: outputs.slice(0, inputs.length),
        scores,
        completenessGap: null,
        layer: { name: 'tokens', grid: map.dims.slice(2) },
      }
    },
  }
}
