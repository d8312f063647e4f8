/** @file Generated cases of the rules of layers: convolution, pooling, resampling, products, norms, reductions. */

import fc from 'fast-check'
import { floatTensor, numberTensor } from '../../onnx/constants.ts'
import type { AttributesShorthand } from '../../onnx/graph-emitter.ts'
import type { GradientCheck } from '../check-gradient.ts'
import { float, ints, randomFloats } from '../tiny-models.ts'
import { positiveVector } from './elementwise-cases.ts'
import {
  anyDims,
  apart,
  batch,
  between,
  flag,
  imageDims,
  type RuleCase,
  type RuleCases,
  real,
} from './rule-case.ts'

const spread = apart(0.03, 2e-3)

function reduction(op: string, check: GradientCheck = {}): fc.Arbitrary<RuleCase> {
  return fc
    .tuple(anyDims, fc.boolean(), flag, between(-1, 0))
    .map(([dims, all, keepdims, axis]) => ({
      model: {
        inputs: { x: dims },
        constants: { axes: ints(axis) },
        nodes: [{ op, inputs: all ? ['x'] : ['x', 'axes'], attributes: { keepdims } }],
      },
      check,
    }))
}

function overAxis(
  op: string,
  opset: number,
  given: AttributesShorthand = {},
): fc.Arbitrary<RuleCase> {
  return anyDims.chain((dims) =>
    between(-dims.length, dims.length - 1).map((axis) => ({
      model: {
        inputs: { x: dims },
        nodes: [{ op, inputs: ['x'], attributes: { axis, ...given } }],
        opset,
      },
    })),
  )
}

function globalPool(
  op: string,
  check: GradientCheck = {},
  attributes: AttributesShorthand = {},
): fc.Arbitrary<RuleCase> {
  return imageDims(between(1, 3), 1, 3).map(({ dims }) => ({
    model: { inputs: { x: dims }, nodes: [{ op, inputs: ['x'], attributes }] },
    check,
  }))
}

/** Kernel, stride, dilation and padding per axis, with windows that fit. */
const windows = (rank: number, largestKernel: number) =>
  fc.record({
    kernel: fc.array(between(1, largestKernel), { minLength: rank, maxLength: rank }),
    strides: fc.array(between(1, 3), { minLength: rank, maxLength: rank }),
    dilations: fc.array(between(1, 2), { minLength: rank, maxLength: rank }),
    pads: fc.array(between(0, 1), { minLength: 2 * rank, maxLength: 2 * rank }),
  })

const convolution = imageDims(fc.constant(1), 3, 5).chain(({ n, spatial }) =>
  fc
    .tuple(windows(spatial.length, 3), between(1, 2), between(1, 2), between(1, 2), fc.boolean())
    .map(([w, group, perGroup, outputs, bias]) => ({
      n,
      spatial,
      ...w,
      group,
      perGroup,
      outputs,
      bias,
    })),
)

function pool(
  op: string,
  check: GradientCheck,
  extra: fc.Arbitrary<AttributesShorthand>,
  opset = 19,
): fc.Arbitrary<RuleCase> {
  return imageDims(between(1, 2), 3, 6).chain(({ dims, spatial }) =>
    fc
      .tuple(windows(spatial.length, 3), flag, extra)
      .map(([{ kernel, strides, dilations, pads }, ceil_mode, more]) => ({
        model: {
          inputs: { x: dims },
          nodes: [
            {
              op,
              inputs: ['x'],
              attributes: {
                kernel_shape: kernel,
                strides,
                ceil_mode,
                // A window must not lie in the padding alone.
                pads: pads.map((amount, i) => ((kernel[i % kernel.length] ?? 1) > 1 ? amount : 0)),
                ...(op === 'MaxPool' && {
                  dilations: dilations.map((d, i) => ((kernel[i] ?? 1) > 2 ? 1 : d)),
                }),
                ...more,
              },
            },
          ],
          opset,
        },
        check,
      })),
  )
}

const channels = (c: number) => ({
  scale: randomFloats([c], 2),
  bias: randomFloats([c], 3),
  mean: randomFloats([c], 4),
  variance: positiveVector(c),
})

const resizing = imageDims(between(1, 2), 2, 4).chain(({ dims, spatial }) =>
  fc
    .record({
      sizes: fc.array(between(1, 7), { minLength: spatial.length, maxLength: spatial.length }),
      mode: fc.constantFrom('nearest', 'linear'),
      coordinate_transformation_mode: fc.constantFrom(
        'half_pixel',
        'pytorch_half_pixel',
        'align_corners',
        'asymmetric',
      ),
      nearest_mode: fc.constantFrom('floor', 'round_prefer_floor'),
    })
    .map(({ sizes, ...attributes }) => ({
      model: {
        inputs: { x: dims },
        constants: { sizes: ints(...dims.slice(0, 2), ...sizes) },
        nodes: [{ op: 'Resize', inputs: ['x', '', '', 'sizes'], attributes }],
      },
    })),
)

const cubic = fc
  .tuple(batch, between(3, 5), between(3, 5), flag)
  .map(([n, h, w, exclude_outside]) => ({
    model: {
      inputs: { x: [n, 1, h, w] },
      constants: { sizes: ints(n, 1, 7, 4) },
      nodes: [
        {
          op: 'Resize',
          inputs: ['x', '', '', 'sizes'],
          attributes: { mode: 'cubic', exclude_outside },
        },
      ],
    },
  }))

const SOME: GradientCheck = { step: 2e-3 }

/** Points near the middle between voxels, inside and outside, that the second input moves a little. */
const sampling = imageDims(between(1, 2), 2, 3).chain(({ n, c, spatial: given }) => {
  // The runtime samples images and volumes, not lines.
  const spatial = given.length === 1 ? [...given, 2] : given
  const dims = [n, c, ...spatial]
  const rank = spatial.length
  return fc
    .record({
      align_corners: flag,
      padding_mode: fc.constantFrom('zeros', 'border'),
      // The runtime has the cubic for images alone.
      mode: fc.constantFrom('linear', 'nearest', rank === 2 ? 'cubic' : 'linear'),
      cells: fc.array(between(-1, 2), { minLength: n * 3 * rank, maxLength: n * 3 * rank }),
    })
    .map(({ cells, ...attributes }) => {
      const places = cells.map((cell, i) => {
        const size = spatial.at(-1 - (i % rank)) ?? 2
        const at = Math.min(cell, size - 1) + (attributes.mode === 'nearest' ? 0.2 : 0.5)
        const { align_corners } = attributes
        return align_corners === 1 ? (2 * at) / (size - 1) - 1 : (2 * at + 1) / size - 1
      })
      const grid = [n, ...spatial.map((_, axis) => (axis === 0 ? 3 : 1)), rank]
      return {
        model: {
          inputs: { x: dims, moved: grid },
          constants: {
            base: floatTensor(places, grid),
            little: floatTensor([0.05], []),
          },
          nodes: [
            { op: 'Mul', inputs: ['moved', 'little'] },
            { op: 'Add', inputs: ['base', 'y0'] },
            { op: 'GridSample', inputs: ['x', 'y1'], attributes },
          ],
          opset: 20,
        },
      }
    })
})

export const networkCases: RuleCases = {
  AveragePool: pool('AveragePool', {}, fc.record({ count_include_pad: flag })),
  BatchNormalization: imageDims(between(1, 3), 1, 3).map(({ c, dims }) => ({
    model: {
      inputs: { x: dims },
      constants: channels(c),
      nodes: [{ op: 'BatchNormalization', inputs: ['x', 'scale', 'bias', 'mean', 'variance'] }],
    },
  })),
  Conv: convolution.map(
    ({ n, spatial, kernel, strides, dilations, pads, group, perGroup, outputs, bias }) => ({
      model: {
        inputs: { x: [n, group * perGroup, ...spatial.map((size) => size + 2)] },
        constants: {
          w: randomFloats([group * outputs, perGroup, ...kernel], 5),
          b: randomFloats([group * outputs], 6),
        },
        nodes: [
          {
            op: 'Conv',
            inputs: bias ? ['x', 'w', 'b'] : ['x', 'w'],
            attributes: { strides, dilations, pads, group },
          },
        ],
      },
    }),
  ),
  ConvTranspose: convolution.map(
    ({ n, spatial, kernel, strides, dilations, pads, group, perGroup, outputs, bias }) => ({
      model: {
        inputs: { x: [n, group * perGroup, ...spatial.map((size) => Math.min(size, 3))] },
        constants: {
          w: randomFloats([group * perGroup, outputs, ...kernel], 5),
          b: randomFloats([group * outputs], 6),
        },
        nodes: [
          {
            op: 'ConvTranspose',
            inputs: bias ? ['x', 'w', 'b'] : ['x', 'w'],
            attributes: {
              strides,
              dilations,
              pads: pads.map((p, i) => ((kernel[i % kernel.length] ?? 1) > 1 ? p : 0)),
              group,
            },
          },
        ],
      },
    }),
  ),
  Einsum: fc
    .tuple(
      batch,
      between(1, 3),
      between(1, 3),
      fc.constantFrom(
        'nij,nkj->nik',
        'nij,nkj->n',
        'nij,nkj->nijk',
        'nij,nkj->jin',
        'nij,nkj',
        'nij,nkk->ni',
        'nii,nkj->nki',
        'nii,njj->n',
        'nii,njj',
        '...ij,...kj->...ik',
        'n...,n...->...',
        '...jj,...kl',
      ),
    )
    .map(([n, i, j, equation]) => {
      const labels = equation.replaceAll('n...', 'ni').split('->')[0]?.split(',') ?? []
      const sizes: Readonly<Record<string, number>> = { n, i, j, k: 2, l: 3 }
      const dimsOf = (list = '') =>
        [...list.replaceAll('...', 'n')].map((label) => sizes[label] ?? 1)
      return {
        model: {
          inputs: { a: dimsOf(labels[0]), b: dimsOf(labels[1]) },
          nodes: [{ op: 'Einsum', inputs: ['a', 'b'], attributes: { equation } }],
        },
      }
    }),
  Gemm: fc
    .tuple(
      batch,
      between(1, 4),
      between(1, 4),
      flag,
      flag,
      real(0.3, 2),
      real(0.3, 2),
      fc.boolean(),
    )
    .map(([n, k, m, transA, transB, alpha, beta, bias]) => ({
      model: {
        inputs: {
          a: transA ? [k, n] : [n, k],
          b: transB ? [m, k] : [k, m],
          ...(bias && { c: [m] }),
        },
        nodes: [
          {
            op: 'Gemm',
            inputs: bias ? ['a', 'b', 'c'] : ['a', 'b'],
            attributes: { transA, transB, alpha: float(alpha), beta: float(beta) },
          },
        ],
      },
    })),
  GlobalAveragePool: globalPool('GlobalAveragePool'),
  GlobalLpPool: globalPool('GlobalLpPool', apart(0.1, 2e-3), { p: 2 }),
  GlobalMaxPool: globalPool('GlobalMaxPool', spread),
  GridSample: sampling,
  GroupNormalization: imageDims(fc.constant(4), 2, 3).map(({ dims }) => ({
    model: {
      inputs: { x: dims },
      constants: channels(4),
      nodes: [
        { op: 'GroupNormalization', inputs: ['x', 'scale', 'bias'], attributes: { num_groups: 2 } },
      ],
      opset: 21,
    },
    check: SOME,
  })),
  InstanceNormalization: imageDims(between(1, 3), 2, 3).map(({ c, dims }) => ({
    model: {
      inputs: { x: dims },
      constants: channels(c),
      nodes: [
        {
          op: 'InstanceNormalization',
          inputs: ['x', 'scale', 'bias'],
          attributes: { epsilon: float(0.01) },
        },
      ],
    },
    check: SOME,
  })),
  LayerNormalization: fc
    .tuple(batch, between(2, 3), between(3, 4), between(-2, -1))
    .map(([n, a, b, axis]) => {
      const dims = axis === -2 ? [a, b] : [b]
      return {
        model: {
          inputs: { x: [n, a, b], scale: dims, bias: dims },
          nodes: [
            {
              op: 'LayerNormalization',
              inputs: ['x', 'scale', 'bias'],
              attributes: { axis, epsilon: float(0.01) },
            },
          ],
        },
        check: SOME,
      }
    }),
  LogSoftmax: overAxis('LogSoftmax', 18),
  LpNormalization: fc
    .tuple(batch, between(2, 4), between(1, 3), between(1, 2), between(1, 2))
    .map(([n, a, b, axis, p]) => ({
      model: {
        inputs: { x: [n, a, b] },
        nodes: [{ op: 'LpNormalization', inputs: ['x'], attributes: { axis, p } }],
      },
      check: apart(0.1, 2e-3),
    })),
  LpPool: pool('LpPool', apart(0.1, 2e-3), fc.record({ p: fc.constantFrom(1, 2, 3) }), 18),
  // The runtime has LRN of images only.
  LRN: fc.tuple(batch, between(1, 5), between(1, 3)).map(([n, c, w]) => ({
    model: {
      inputs: { x: [n, c, 2, w] },
      nodes: [
        {
          op: 'LRN',
          inputs: ['x'],
          attributes: { size: 3, alpha: float(0.3), beta: float(0.75), bias: float(1) },
        },
      ],
    },
  })),
  MatMul: fc
    .tuple(batch, between(1, 3), between(1, 4), between(1, 3), fc.boolean())
    .map(([n, i, j, k, shared]) => ({
      model: {
        inputs: { a: [n, i, j], b: shared ? [j, k] : [n, j, k] },
        nodes: [{ op: 'MatMul', inputs: ['a', 'b'] }],
      },
    })),
  MaxPool: pool('MaxPool', spread, fc.constant({})),
  MaxUnpool: imageDims(between(1, 2), 2, 3).map(({ dims, spatial }) => ({
    model: {
      inputs: { x: dims.map((size, i) => (i < 2 ? size : 2 * size)), more: dims },
      nodes: [
        {
          op: 'MaxPool',
          inputs: ['pattern'],
          outputs: ['pooled', 'where'],
          attributes: twos(spatial),
        },
        { op: 'Add', inputs: ['pooled', 'more'], outputs: ['sum'] },
        { op: 'MaxUnpool', inputs: ['sum', 'where'], outputs: ['wide'], attributes: twos(spatial) },
        { op: 'Mul', inputs: ['wide', 'x'] },
      ],
      constants: {
        pattern: randomFloats(
          dims.map((size, i) => (i < 2 ? size : 2 * size)),
          21,
        ),
      },
    },
  })),
  MeanVarianceNormalization: imageDims(between(1, 2), 2, 3).map(({ dims }) => ({
    model: {
      inputs: { x: dims },
      nodes: [
        {
          op: 'MeanVarianceNormalization',
          inputs: ['x'],
          attributes: { axes: dims.map((_, i) => i).filter((i) => i !== 1) },
        },
      ],
    },
    check: SOME,
  })),
  ReduceL1: reduction('ReduceL1', apart(0.26)),
  ReduceL2: reduction('ReduceL2', apart(0.1, 2e-3)),
  ReduceLogSum: reduction('ReduceLogSum', { values: 'positive' }),
  ReduceLogSumExp: reduction('ReduceLogSumExp'),
  ReduceMax: reduction('ReduceMax', spread),
  ReduceMean: reduction('ReduceMean'),
  ReduceMin: reduction('ReduceMin', spread),
  ReduceProd: reduction('ReduceProd', apart(0.05, 2e-3)),
  ReduceSum: reduction('ReduceSum'),
  ReduceSumSquare: reduction('ReduceSumSquare'),
  Resize: fc.oneof({ weight: 3, arbitrary: resizing }, { weight: 1, arbitrary: cubic }),
  RMSNormalization: fc.tuple(batch, between(2, 3), between(3, 4)).map(([n, a, b]) => ({
    model: {
      inputs: { x: [n, a, b], scale: [b] },
      nodes: [{ op: 'RMSNormalization', inputs: ['x', 'scale'], attributes: { axis: -1 } }],
      opset: 23,
    },
  })),
  Softmax: overAxis('Softmax', 18),
  // Unsorted, every runtime has an order of its own.
  TopK: fc.tuple(batch, between(3, 5), flag).map(([n, size, largest]) => ({
    model: {
      inputs: { x: [n, size, 2] },
      constants: { k: numberTensor('int64', [2], [1]) },
      nodes: [
        {
          op: 'TopK',
          inputs: ['x', 'k'],
          outputs: ['top', 'places'],
          attributes: { axis: 1, largest },
        },
      ],
    },
    check: spread,
  })),
}

function twos(spatial: readonly number[]): AttributesShorthand {
  const two = spatial.map(() => 2)
  return { kernel_shape: two, strides: two }
}
