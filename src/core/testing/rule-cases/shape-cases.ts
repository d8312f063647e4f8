/** @file Generated cases of the rules that reshape, repeat, join and cut. */

import fc from 'fast-check'
import { floatTensor, int64Scalar } from '../../onnx/constants.ts'
import { ints, type TinyNode } from '../tiny-models.ts'
import {
  anyDims,
  between,
  flag,
  imageDims,
  list,
  property,
  type RuleProperties,
  type RuleProperty,
  withAxis,
} from './rule-case.ts'

function alone(op: string, attributes: TinyNode['attributes'] = {}): RuleProperty {
  return property(
    (stratum) =>
      anyDims(stratum).map((dims) => ({
        model: { inputs: { x: dims }, nodes: [{ op, inputs: ['x'], attributes }] },
      })),
    { draws: 2 },
  )
}

function cumulative(op: string, opset: number): RuleProperty {
  return property((stratum) =>
    fc.tuple(withAxis(stratum), flag, flag).map(([{ dims, axis }, exclusive, reverse]) => ({
      model: {
        inputs: { x: dims },
        constants: { axis: int64Scalar(axis) },
        nodes: [{ op, inputs: ['x', 'axis'], attributes: { exclusive, reverse } }],
        opset,
      },
    })),
  )
}

function blocks(op: 'DepthToSpace' | 'SpaceToDepth'): RuleProperty {
  // Both are defined for images only.
  return property(
    ({ batch: n }) =>
      fc
        .tuple(list(between(1, 2), 3), between(2, 3), fc.constantFrom('DCR', 'CRD'))
        .map(([[c = 1, h = 1, w = 1], blocksize, mode]) => {
          const isDepth = op === 'DepthToSpace'
          const x = isDepth ? [n, c * blocksize ** 2, h, w] : [n, c, h * blocksize, w * blocksize]
          const attributes = isDepth ? { blocksize, mode } : { blocksize }
          return { model: { inputs: { x }, nodes: [{ op, inputs: ['x'], attributes }] } }
        }),
    { ranks: [2], draws: 6 },
  )
}

const PAD_MODES = ['constant', 'edge', 'reflect', 'wrap'] as const

const padding = property(
  (stratum) =>
    imageDims(stratum, between(2, 3), 2, 4).chain(({ dims }) =>
      fc
        .record({
          mode: fc.constantFrom(...PAD_MODES),
          amounts: list(between(-1, 2), 2 * dims.length),
          onlyLast: fc.boolean(),
        })
        .map(({ mode, amounts, onlyLast }) => {
          const first = onlyLast ? dims.length - 1 : 0
          // Other modes than constant repeat the inside, and reflection needs as much of it.
          const isConstant = mode === 'constant'
          const pads = amounts.map((amount, i) => {
            const axis = i % dims.length
            const within = Math.min(Math.abs(amount), (dims[axis] ?? 1) - 1)
            return axis === 0 && !isConstant
              ? 0
              : isConstant
                ? Math.max(amount, axis ? -1 : 0)
                : within
          })
          const ends = [pads.slice(first, dims.length), pads.slice(dims.length + first)]
          return {
            model: {
              inputs: { x: dims },
              constants: {
                pads: ints(...ends.flat()),
                value: floatTensor([0.5], []),
                axes: ints(-1),
              },
              nodes: [
                {
                  op: 'Pad',
                  inputs: ['x', 'pads', 'value', ...(onlyLast ? ['axes'] : [])],
                  attributes: { mode },
                },
              ],
              opset: 19,
            },
          }
        }),
    ),
  { draws: 6 },
)

/** The given bounds where they select something; else the whole axis in the step's direction. */
function nonEmpty(size: number, start: number, end: number, step: number) {
  const clamp = (index: number, low: number, high: number) =>
    Math.min(high, Math.max(low, index < 0 ? index + size : index))
  const from = step > 0 ? clamp(start, 0, size) : clamp(start, 0, size - 1)
  const to = step > 0 ? clamp(end, 0, size) : clamp(end, -1, size - 1)
  if ((to - from) / step > 0) return [start, end] as const
  return step > 0 ? ([0, size] as const) : ([size - 1, -size - 1] as const)
}

/** One axis, or the last two. */
const slicing = property(
  (stratum) =>
    imageDims(stratum, between(1, 4), 2, 4).chain(({ dims }) =>
      fc
        .record({
          first: between(0, dims.length - 1),
          cuts: list(fc.tuple(between(-4, 4), between(-5, 5), fc.constantFrom(-2, -1, 1, 2, 3)), 2),
          isNegative: fc.boolean(),
        })
        .map(({ first, cuts, isNegative }) => {
          const axes = [first, first + 1].filter((axis) => axis < dims.length)
          const bounds = axes.map((axis, i) => {
            const [start, end, step] = cuts[i] ?? [0, 1, 1]
            return { ends: nonEmpty(dims[axis] ?? 1, start, end, step), step }
          })
          return {
            model: {
              inputs: { x: dims },
              constants: {
                starts: ints(...bounds.map(({ ends }) => ends[0])),
                ends: ints(...bounds.map(({ ends }) => ends[1])),
                axes: ints(...axes.map((axis) => (isNegative ? axis - dims.length : axis))),
                steps: ints(...bounds.map(({ step }) => step)),
              },
              nodes: [{ op: 'Slice', inputs: ['x', 'starts', 'ends', 'axes', 'steps'] }],
            },
          }
        }),
    ),
  { draws: 5 },
)

export const shapeCases: RuleProperties = {
  Concat: property((stratum) =>
    fc
      .tuple(withAxis(stratum), fc.array(between(1, 3), { maxLength: 2 }))
      .map(([{ dims, axis }, sizes]) => {
        const others = sizes.map((size, i) => [`x${i + 1}`, dims.with(axis, size)] as const)
        const inputs = Object.fromEntries([['x0', dims] as const, ...others])
        return {
          model: {
            inputs,
            nodes: [{ op: 'Concat', inputs: Object.keys(inputs), attributes: { axis } }],
          },
        }
      }),
  ),
  CumProd: cumulative('CumProd', 26),
  CumSum: cumulative('CumSum', 18),
  DepthToSpace: blocks('DepthToSpace'),
  Dropout: alone('Dropout'),
  Expand: property((stratum) =>
    fc
      .tuple(withAxis(stratum, 1), between(1, 3), fc.boolean())
      .map(([{ dims, axis }, repeat, front]) => ({
        model: {
          inputs: { x: dims.with(axis, 1) },
          constants: { shape: ints(...(front ? [2] : []), ...dims.with(axis, repeat)) },
          nodes: [{ op: 'Expand', inputs: ['x', 'shape'] }],
        },
      })),
  ),
  Flatten: property(
    (stratum) =>
      withAxis(stratum).map(({ dims, axis }) => ({
        model: {
          inputs: { x: dims },
          nodes: [{ op: 'Flatten', inputs: ['x'], attributes: { axis } }],
        },
      })),
    { draws: 2 },
  ),
  Identity: alone('Identity'),
  Pad: padding,
  Reshape: property(
    (stratum) =>
      fc.tuple(anyDims(stratum), between(0, 2)).map(([dims, form]) => ({
        model: {
          inputs: { x: dims },
          constants: {
            shape: [ints(0, -1, 1), ints(-1), ints(1, -1, dims.at(-1) ?? 1)][form] ?? ints(-1),
          },
          nodes: [{ op: 'Reshape', inputs: ['x', 'shape'] }],
        },
      })),
    { draws: 2 },
  ),
  Slice: slicing,
  SpaceToDepth: blocks('SpaceToDepth'),
  Split: property((stratum) =>
    // A batch of one row cannot be split.
    fc
      .tuple(withAxis(stratum, stratum.batch === 1 ? 1 : 0), list(between(1, 2), 2), fc.boolean())
      .map(([{ dims, axis }, drawn, more]) => {
        const isBatch = axis === 0 || axis === -dims.length
        const sizes = isBatch ? [1, stratum.batch - 1] : [...drawn, ...(more ? [1] : [])]
        const total = sizes.reduce((a, b) => a + b, 0)
        return {
          model: {
            inputs: { x: dims.with(axis, total) },
            constants: { sizes: ints(...sizes) },
            nodes: [
              {
                op: 'Split',
                inputs: ['x', 'sizes'],
                outputs: sizes.map((_, i) => `part${i}`),
                attributes: { axis },
              },
              { op: 'Exp', inputs: ['part1'] },
              { op: 'ReduceSum', inputs: ['part0'], attributes: { keepdims: 1 } },
              { op: 'Add', inputs: ['y1', 'y2'] },
            ],
          },
        }
      }),
  ),
  Squeeze: property(
    (stratum) =>
      withAxis(stratum, 1).map(({ dims, axis }) => ({
        model: {
          inputs: { x: dims.with(axis, 1) },
          constants: { axes: ints(axis) },
          nodes: [{ op: 'Squeeze', inputs: ['x', 'axes'] }],
        },
      })),
    { draws: 2 },
  ),
  Tile: property((stratum) =>
    anyDims(stratum).chain((dims) =>
      list(fc.constantFrom(1, 1, 2, 3), dims.length).map((repeats) => ({
        model: {
          inputs: { x: dims },
          constants: { repeats: ints(...repeats) },
          nodes: [{ op: 'Tile', inputs: ['x', 'repeats'] }],
        },
      })),
    ),
  ),
  Transpose: property((stratum) =>
    anyDims(stratum).chain((dims) =>
      fc
        .shuffledSubarray(
          dims.map((_, i) => i),
          { minLength: dims.length, maxLength: dims.length },
        )
        .map((perm) => ({
          model: {
            inputs: { x: dims },
            nodes: [{ op: 'Transpose', inputs: ['x'], attributes: { perm } }],
          },
        })),
    ),
  ),
  Trilu: property((stratum) =>
    fc.tuple(anyDims(stratum), between(-2, 2), flag).map(([dims, k, upper]) => ({
      model: {
        inputs: { x: dims },
        constants: { k: int64Scalar(k) },
        nodes: [{ op: 'Trilu', inputs: ['x', 'k'], attributes: { upper } }],
      },
    })),
  ),
  Unsqueeze: property(
    (stratum) =>
      fc
        .tuple(anyDims(stratum), fc.constantFrom([-1], [0], [1], [0, 2], [1, -1]))
        .map(([dims, axes]) => ({
          model: {
            inputs: { x: dims },
            constants: { axes: ints(...axes) },
            nodes: [{ op: 'Unsqueeze', inputs: ['x', 'axes'] }],
          },
        })),
    { draws: 2 },
  ),
}
