/** @file Generated cases of the rules that move, repeat, select and join entries. */

import fc from 'fast-check'
import { floatTensor, int64Scalar, numberTensor } from '../../onnx/constants.ts'
import { count, ints } from '../tiny-models.ts'
import { anyDims, batch, between, flag, type RuleCases } from './rule-case.ts'

/** At least two axes. */
const matrixDims = fc
  .tuple(batch, fc.array(between(1, 4), { minLength: 1, maxLength: 3 }))
  .map(([n, rest]) => [n, ...rest])

const withAxis = matrixDims.chain((dims) =>
  fc.record({ dims: fc.constant(dims), axis: between(-dims.length, dims.length - 1) }),
)
const sizeOf = (dims: readonly number[], axis: number) => dims.at(axis) ?? 1

/** Indices into an axis, of which some count from the end and some repeat. */
const indicesOf = (size: number, length: number) =>
  fc.array(between(-size, size - 1), { minLength: length, maxLength: length })

function blocks(op: string) {
  return fc
    .record({
      n: batch,
      c: between(1, 2),
      h: between(1, 2),
      w: between(1, 3),
      blocksize: between(2, 3),
      mode: fc.constantFrom('DCR', 'CRD'),
    })
    .map(({ n, c, h, w, blocksize, mode }) => {
      const dims =
        op === 'DepthToSpace' ? [n, c * blocksize ** 2, h, w] : [n, c, h * blocksize, w * blocksize]
      const attributes = op === 'DepthToSpace' ? { blocksize, mode } : { blocksize }
      return { model: { inputs: { x: dims }, nodes: [{ op, inputs: ['x'], attributes }] } }
    })
}

/** Distinct places in a shape, as rows of indices. */
const places = matrixDims.chain((dims) =>
  fc.record({
    dims: fc.constant(dims),
    chosen: fc.uniqueArray(between(0, count(dims) - 1), { minLength: 1, maxLength: 5 }),
    reduction: fc.constantFrom('none', 'add'),
  }),
)

function unravel(place: number, dims: readonly number[]): number[] {
  return dims.map((size, axis) => Math.floor(place / count(dims.slice(axis + 1))) % size)
}

export const shapeCases: RuleCases = {
  Compress: withAxis.chain(({ dims, axis }) =>
    fc
      .array(fc.boolean(), { minLength: sizeOf(dims, axis), maxLength: sizeOf(dims, axis) })
      .map((keep) => ({
        model: {
          inputs: { x: dims },
          constants: {
            keep: numberTensor(
              'bool',
              keep.map((k, i) => Number(k || i === 0)),
              [keep.length],
            ),
          },
          nodes: [{ op: 'Compress', inputs: ['x', 'keep'], attributes: { axis } }],
        },
      })),
  ),
  Concat: withAxis.chain(({ dims, axis }) =>
    fc.array(between(1, 3), { minLength: 1, maxLength: 3 }).map((sizes) => {
      const inputs = Object.fromEntries(
        sizes.map((size, i) => [`x${i}`, dims.with(axis, size)] as const),
      )
      return {
        model: {
          inputs,
          nodes: [{ op: 'Concat', inputs: Object.keys(inputs), attributes: { axis } }],
        },
      }
    }),
  ),
  CumProd: fc.tuple(withAxis, flag, flag).map(([{ dims, axis }, exclusive, reverse]) => ({
    model: {
      inputs: { x: dims },
      constants: { axis: int64Scalar(axis) },
      nodes: [{ op: 'CumProd', inputs: ['x', 'axis'], attributes: { exclusive, reverse } }],
      opset: 26,
    },
  })),
  CumSum: fc.tuple(withAxis, flag, flag).map(([{ dims, axis }, exclusive, reverse]) => ({
    model: {
      inputs: { x: dims },
      constants: { axis: int64Scalar(axis) },
      nodes: [{ op: 'CumSum', inputs: ['x', 'axis'], attributes: { exclusive, reverse } }],
    },
  })),
  DepthToSpace: blocks('DepthToSpace'),
  Dropout: anyDims.map((dims) => ({
    model: { inputs: { x: dims }, nodes: [{ op: 'Dropout', inputs: ['x'] }] },
  })),
  Expand: fc.tuple(matrixDims, between(1, 3), fc.boolean()).map(([dims, repeat, front]) => ({
    model: {
      inputs: { x: dims.with(-1, 1) },
      constants: { shape: ints(...(front ? [2] : []), ...dims.with(-1, repeat)) },
      nodes: [{ op: 'Expand', inputs: ['x', 'shape'] }],
    },
  })),
  Flatten: withAxis.map(({ dims, axis }) => ({
    model: { inputs: { x: dims }, nodes: [{ op: 'Flatten', inputs: ['x'], attributes: { axis } }] },
  })),
  Gather: withAxis.chain(({ dims, axis }) =>
    fc
      .tuple(indicesOf(sizeOf(dims, axis), 4), fc.constantFrom([4], [2, 2], [4, 1]))
      .map(([indices, shape]) => ({
        model: {
          inputs: { x: dims },
          constants: { indices: numberTensor('int64', indices, shape) },
          nodes: [{ op: 'Gather', inputs: ['x', 'indices'], attributes: { axis } }],
        },
      })),
  ),
  GatherElements: withAxis.chain(({ dims, axis }) => {
    const taken = dims.with(axis, 3)
    return indicesOf(sizeOf(dims, axis), count(taken)).map((indices) => ({
      model: {
        inputs: { x: dims },
        constants: { indices: numberTensor('int64', indices, taken) },
        nodes: [{ op: 'GatherElements', inputs: ['x', 'indices'], attributes: { axis } }],
      },
    }))
  }),
  GatherND: places.map(({ dims, chosen }) => ({
    model: {
      inputs: { x: dims },
      constants: {
        indices: numberTensor(
          'int64',
          chosen.flatMap((place) => unravel(place, dims).slice(0, 2)),
          [chosen.length, 2],
        ),
      },
      nodes: [{ op: 'GatherND', inputs: ['x', 'indices'] }],
    },
  })),
  Identity: anyDims.map((dims) => ({
    model: { inputs: { x: dims }, nodes: [{ op: 'Identity', inputs: ['x'] }] },
  })),
  Pad: fc
    .tuple(
      fc.tuple(batch, fc.array(between(2, 4), { minLength: 1, maxLength: 3 })),
      fc.constantFrom('constant', 'edge', 'reflect', 'wrap'),
      fc.array(between(-1, 1), { minLength: 8, maxLength: 8 }),
    )
    .map(([[n, rest], mode, amounts]) => {
      const dims = [n, ...rest]
      const side = (from: number) =>
        dims.map((_, axis) => {
          const amount = amounts[from + axis] ?? 0
          // Other modes than constant repeat the inside, and reflection needs one.
          return axis === 0 ? 0 : mode === 'constant' ? amount : Math.abs(amount)
        })
      return {
        model: {
          inputs: { x: dims },
          constants: { pads: ints(...side(0), ...side(4)), value: floatTensor([0.5], []) },
          nodes: [{ op: 'Pad', inputs: ['x', 'pads', 'value'], attributes: { mode } }],
          opset: 19,
        },
      }
    }),
  Reshape: matrixDims.map((dims) => ({
    model: {
      inputs: { x: dims },
      constants: { shape: ints(0, -1, 1) },
      nodes: [{ op: 'Reshape', inputs: ['x', 'shape'] }],
    },
  })),
  ReverseSequence: fc
    .tuple(batch, between(1, 4), between(1, 2), flag)
    .chain(([n, time, c, batch_axis]) =>
      fc.array(between(1, time), { minLength: n, maxLength: n }).map((lengths) => ({
        model: {
          inputs: { x: batch_axis === 0 ? [n, time, c] : [time, n, c] },
          constants: { lengths: ints(...lengths) },
          nodes: [
            {
              op: 'ReverseSequence',
              inputs: ['x', 'lengths'],
              attributes: { batch_axis, time_axis: 1 - batch_axis },
            },
          ],
        },
      })),
    ),
  ScatterElements: places.map(({ dims, chosen, reduction }) => {
    const rows = [...new Set(chosen.map((place) => place % sizeOf(dims, 0)))]
    const written = dims.with(0, rows.length)
    const indices = rows.flatMap((row) => new Array<number>(count(dims.slice(1))).fill(row))
    return {
      model: {
        inputs: { x: dims, updates: written },
        constants: { indices: numberTensor('int64', indices, written) },
        nodes: [
          {
            op: 'ScatterElements',
            inputs: ['x', 'indices', 'updates'],
            attributes: { axis: 0, reduction },
          },
        ],
      },
    }
  }),
  ScatterND: places.map(({ dims, chosen, reduction }) => ({
    model: {
      inputs: { x: dims, updates: [chosen.length] },
      constants: {
        indices: numberTensor(
          'int64',
          chosen.flatMap((place) => unravel(place, dims)),
          [chosen.length, dims.length],
        ),
      },
      nodes: [{ op: 'ScatterND', inputs: ['x', 'indices', 'updates'], attributes: { reduction } }],
    },
  })),
  Slice: withAxis.chain(({ dims, axis }) =>
    fc
      .record({
        start: between(-4, 4),
        end: between(-5, 5),
        step: fc.constantFrom(-2, -1, 1, 2, 3),
      })
      .map(({ start, end, step }) => ({
        model: {
          inputs: { x: dims },
          constants: {
            ...nonEmpty(sizeOf(dims, axis), start, end, step),
            axes: ints(axis),
            steps: ints(step),
          },
          nodes: [{ op: 'Slice', inputs: ['x', 'starts', 'ends', 'axes', 'steps'] }],
        },
      })),
  ),
  SpaceToDepth: blocks('SpaceToDepth'),
  Split: withAxis.chain(({ dims, axis }) =>
    fc.array(between(1, 3), { minLength: 2, maxLength: 3 }).map((sizes) => ({
      model: {
        inputs: {
          x: dims.with(
            axis,
            sizes.reduce((a, b) => a + b, 0),
          ),
        },
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
    })),
  ),
  Squeeze: matrixDims.map((dims) => ({
    model: {
      inputs: { x: [...dims, 1] },
      constants: { axes: ints(-1) },
      nodes: [{ op: 'Squeeze', inputs: ['x', 'axes'] }],
    },
  })),
  Tile: matrixDims.chain((dims) =>
    fc.array(between(1, 3), { minLength: dims.length, maxLength: dims.length }).map((repeats) => ({
      model: {
        inputs: { x: dims },
        constants: { repeats: ints(...repeats) },
        nodes: [{ op: 'Tile', inputs: ['x', 'repeats'] }],
      },
    })),
  ),
  Transpose: matrixDims.chain((dims) =>
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
  Trilu: fc.tuple(matrixDims, between(-2, 2), flag).map(([dims, k, upper]) => ({
    model: {
      inputs: { x: dims },
      constants: { k: int64Scalar(k) },
      nodes: [{ op: 'Trilu', inputs: ['x', 'k'], attributes: { upper } }],
    },
  })),
  Unsqueeze: fc.tuple(anyDims, between(-1, 1)).map(([dims, axis]) => ({
    model: {
      inputs: { x: dims },
      constants: { axes: ints(axis) },
      nodes: [{ op: 'Unsqueeze', inputs: ['x', 'axes'] }],
    },
  })),
}

/** The given bounds where they select something; else the whole axis in the step's direction. */
function nonEmpty(size: number, start: number, end: number, step: number) {
  const clamp = (index: number, low: number, high: number) =>
    Math.min(high, Math.max(low, index < 0 ? index + size : index))
  const from = step > 0 ? clamp(start, 0, size) : clamp(start, 0, size - 1)
  const to = step > 0 ? clamp(end, 0, size) : clamp(end, -1, size - 1)
  if ((to - from) / step > 0) return { starts: ints(start), ends: ints(end) }
  return step > 0
    ? { starts: ints(0), ends: ints(size) }
    : { starts: ints(size - 1), ends: ints(-size - 1) }
}
