/** @file Generated cases of the rules of pooling. */

import fc from 'fast-check'
import type { AttributesShorthand } from '../../onnx/graph-emitter.ts'
import type { GradientCheck } from '../check-gradient.ts'
import { randomFloats } from '../tiny-models.ts'
import {
  apart,
  between,
  flag,
  imageDims,
  list,
  property,
  type RuleProperties,
  type RuleProperty,
} from './rule-case.ts'

/** One axis of the windows. */
const axis = fc.record({
  kernel: between(1, 4),
  stride: between(1, 3),
  dilation: between(1, 2),
  before: between(0, 2),
  after: between(0, 2),
})

interface PoolAttributes {
  readonly check: GradientCheck
  readonly opset: number
  readonly extra: fc.Arbitrary<AttributesShorthand>
}

function pool(op: string, { check, opset, extra }: PoolAttributes): RuleProperty {
  return property(
    (stratum) =>
      imageDims(stratum, between(1, 2), 4, stratum.rank === 3 ? 5 : 8).chain(({ n, c, spatial }) =>
        fc
          .record({
            axes: list(axis, spatial.length),
            // Windows touch, as in most networks, and would cover the input if they had no padding.
            tiles: fc.boolean(),
            ceil_mode: flag,
            autoPad: fc.constantFrom('NOTSET', 'NOTSET', 'NOTSET', 'SAME_UPPER', 'SAME_LOWER'),
            more: extra,
          })
          .map(({ axes, tiles, ceil_mode, autoPad, more }) => {
            const isAutomatic = autoPad !== 'NOTSET'
            const sizes = spatial.map((size, i) => {
              const kernel = axes[i]?.kernel ?? 1
              return tiles ? kernel * Math.max(1, Math.round(size / kernel)) : size
            })
            const windows = axes.map((drawn, i) => {
              const { kernel, before, after } = drawn
              const size = sizes[i] ?? 1
              const fits = (kernel - 1) * drawn.dilation < size
              // The runtime pads automatically for dense windows only.
              const dilation = fits && !isAutomatic ? drawn.dilation : 1
              return {
                kernel,
                dilation,
                // Nor steps over what no window would read.
                stride: tiles
                  ? kernel
                  : isAutomatic
                    ? Math.min(drawn.stride, kernel)
                    : drawn.stride,
                // A window must not lie in the padding alone.
                before: Math.min(before, kernel - 1),
                after: Math.min(after, kernel - 1),
              }
            })
            const pads = [
              ...windows.map(({ before }) => before),
              ...windows.map(({ after }) => after),
            ]
            const attributes = {
              kernel_shape: windows.map(({ kernel }) => kernel),
              strides: windows.map(({ stride }) => stride),
              dilations: windows.map(({ dilation }) => dilation),
              ...(isAutomatic ? { auto_pad: autoPad } : { pads, ceil_mode }),
              ...more,
            }
            const nodes = [{ op, inputs: ['x'], attributes }]
            return { model: { inputs: { x: [n, c, ...sizes] }, nodes, opset }, check }
          }),
      ),
    { draws: 8 },
  )
}

function globalPool(
  op: string,
  check: GradientCheck = {},
  attributes: fc.Arbitrary<AttributesShorthand> = fc.constant({}),
): RuleProperty {
  return property((stratum) =>
    fc.tuple(imageDims(stratum, between(1, 3), 1, 4), attributes).map(([{ dims }, given]) => ({
      model: { inputs: { x: dims }, nodes: [{ op, inputs: ['x'], attributes: given }] },
      check,
    })),
  )
}

/** Maxima of a pattern are put back where they came from, with what the second input adds. */
const unpooling: RuleProperty = property((stratum) =>
  fc
    .tuple(imageDims(stratum, between(1, 2), 1, 2), list(between(1, 2), stratum.rank))
    .map(([{ dims, spatial }, kernel]) => {
      const windows = { kernel_shape: kernel, strides: kernel }
      const wide = [...dims.slice(0, 2), ...spatial.map((size, i) => size * (kernel[i] ?? 1))]
      return {
        model: {
          inputs: { x: wide, more: dims },
          constants: { pattern: randomFloats(wide, 21) },
          nodes: [
            {
              op: 'MaxPool',
              inputs: ['pattern'],
              outputs: ['pooled', 'where'],
              attributes: windows,
            },
            { op: 'Add', inputs: ['pooled', 'more'], outputs: ['sum'] },
            { op: 'MaxUnpool', inputs: ['sum', 'where'], outputs: ['wide'], attributes: windows },
            { op: 'Mul', inputs: ['wide', 'x'] },
          ],
        },
      }
    }),
)

const powers = fc.constantFrom(1, 2, 3).map((p) => ({ p }))

export const poolingCases: RuleProperties = {
  AveragePool: pool('AveragePool', {
    check: {},
    opset: 19,
    extra: fc.record({ count_include_pad: flag }),
  }),
  GlobalAveragePool: globalPool('GlobalAveragePool'),
  GlobalLpPool: globalPool('GlobalLpPool', apart(0.1), powers),
  GlobalMaxPool: globalPool('GlobalMaxPool', apart(0.03)),
  LpPool: pool('LpPool', { check: apart(0.1), opset: 18, extra: powers }),
  MaxPool: pool('MaxPool', { check: apart(0.03), opset: 18, extra: fc.constant({}) }),
  MaxUnpool: unpooling,
}
