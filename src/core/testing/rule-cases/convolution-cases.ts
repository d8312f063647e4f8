/** @file Generated cases of the rules of convolutions. */

import fc from 'fast-check'
import { randomFloats } from '../tiny-models.ts'
import {
  between,
  list,
  property,
  type RuleProperties,
  type RuleProperty,
  type Stratum,
} from './rule-case.ts'

/** Kernels of 1 to 3, strides to 3, dilations to 2, uneven padding or automatic, groups, one row or three. */
function geometry({ batch, rank }: Stratum) {
  return fc.record({
    n: fc.constant(batch),
    spatial: list(between(5, rank === 3 ? 6 : 7), rank),
    kernel: list(between(1, 3), rank),
    strides: list(between(1, 3), rank),
    dilations: list(between(1, 2), rank),
    pads: list(between(0, 2), 2 * rank),
    autoPad: fc.constantFrom('NOTSET', 'NOTSET', 'NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'),
    extra: list(between(0, 2), rank),
    group: between(1, 3),
    perGroup: between(1, 2),
    outputs: between(1, 2),
    bias: fc.boolean(),
    /** The weights are computed, or given as an input, and get a gradient of their own. */
    givenWeights: fc.boolean(),
  })
}

type Drawn = ReturnType<typeof geometry> extends fc.Arbitrary<infer T> ? T : never

function operands(
  x: readonly number[],
  w: readonly number[],
  { bias, givenWeights, outputs, group }: Drawn,
) {
  const constants = { b: randomFloats([group * outputs], 6) }
  return {
    inputs: givenWeights ? { x, w } : { x },
    constants: givenWeights ? constants : { ...constants, w: randomFloats(w, 5) },
    args: bias ? ['x', 'w', 'b'] : ['x', 'w'],
  }
}

const convolution: RuleProperty = property(
  (stratum) =>
    geometry(stratum).map((drawn) => {
      const { n, spatial, kernel, strides, dilations, pads, autoPad, group, perGroup, outputs } =
        drawn
      const isAutomatic = autoPad !== 'NOTSET'
      const { inputs, constants, args } = operands(
        [n, group * perGroup, ...spatial],
        [group * outputs, perGroup, ...kernel],
        drawn,
      )
      return {
        model: {
          inputs,
          constants,
          nodes: [
            {
              op: 'Conv',
              inputs: args,
              attributes: {
                strides,
                // The runtime pads automatically for dense kernels only.
                dilations: isAutomatic ? dilations.map(() => 1) : dilations,
                group,
                ...(isAutomatic ? { auto_pad: autoPad } : { pads }),
              },
            },
          ],
        },
      }
    }),
  { draws: 8 },
)

/** Each is the other's adjoint. */
const transposed: RuleProperty = property(
  (stratum) =>
    geometry(stratum).map((drawn) => {
      const { n, spatial, kernel, strides, dilations, pads, extra, group, perGroup, outputs } =
        drawn
      const { inputs, constants, args } = operands(
        [n, group * perGroup, ...spatial.map((size) => size - 3)],
        [group * perGroup, outputs, ...kernel],
        drawn,
      )
      return {
        model: {
          inputs,
          constants,
          nodes: [
            {
              op: 'ConvTranspose',
              inputs: args,
              attributes: {
                strides,
                dilations,
                pads: pads.map((amount, i) => {
                  const size = kernel[i % kernel.length] ?? 1
                  return Math.min(amount, size - 1, 1)
                }),
                output_padding: extra.map((amount, axis) =>
                  Math.min(amount, (strides[axis] ?? 1) - 1),
                ),
                group,
              },
            },
          ],
        },
      }
    }),
  { draws: 8 },
)

export const convolutionCases: RuleProperties = {
  Conv: convolution,
  ConvTranspose: transposed,
}
