/** @file Generated cases of the rules of norms, and of softmax. */

import fc from 'fast-check'
import { floatTensor } from '../../onnx/constants.ts'
import type { AttributesShorthand } from '../../onnx/graph-emitter.ts'
import { float, randomFloats } from '../tiny-models.ts'
import {
  apart,
  between,
  flag,
  imageDims,
  list,
  property,
  type RuleProperties,
  type RuleProperty,
  real,
  type Stratum,
  withAxis,
} from './rule-case.ts'

function channels(c: number) {
  return {
    scale: randomFloats([c], 2),
    bias: randomFloats([c], 3),
    mean: randomFloats([c], 4),
    variance: floatTensor(
      Array.from({ length: c }, (_, i) => 0.5 + 0.3 * i),
      [c],
    ),
  }
}

const epsilons = fc.constantFrom(0.01, 0.1).map(float)

/** At least four numbers share their statistics: of two, a norm leaves next to nothing. */
const roomy = (stratum: Stratum, c: fc.Arbitrary<number>) =>
  imageDims(stratum, c, stratum.rank === 1 ? 4 : 2, stratum.rank === 3 ? 3 : 5)

function overAxis(op: string): RuleProperty {
  return property(
    (stratum) =>
      withAxis(stratum).map(({ dims, axis }) => ({
        model: { inputs: { x: dims }, nodes: [{ op, inputs: ['x'], attributes: { axis } }] },
      })),
    { draws: 4 },
  )
}

/** The last axes are normalised; those before are (N, ...). */
function overLast(
  op: string,
  opset: number,
  parameters: readonly string[],
  given: fc.Arbitrary<AttributesShorthand>,
): RuleProperty {
  return property((stratum) =>
    fc
      .tuple(imageDims(stratum, between(2, 3), 2, 3), between(3, 4), flag, flag, given)
      .map(([{ dims }, width, more, isNegative, attributes]) => {
        const x = dims.with(-1, width)
        const axis = x.length - 1 - more
        const own = x.slice(axis)
        return {
          model: {
            inputs: { x, ...Object.fromEntries(parameters.map((name) => [name, own])) },
            nodes: [
              {
                op,
                inputs: ['x', ...parameters],
                attributes: { axis: isNegative ? axis - x.length : axis, ...attributes },
              },
            ],
            opset,
          },
        }
      }),
  )
}

export const normalisationCases: RuleProperties = {
  BatchNormalization: property((stratum) =>
    fc.tuple(imageDims(stratum, between(1, 3), 1, 3), epsilons).map(([{ c, dims }, epsilon]) => ({
      model: {
        inputs: { x: dims },
        constants: channels(c),
        nodes: [
          {
            op: 'BatchNormalization',
            inputs: ['x', 'scale', 'bias', 'mean', 'variance'],
            attributes: { epsilon },
          },
        ],
      },
    })),
  ),
  GroupNormalization: property((stratum) =>
    fc
      .tuple(roomy(stratum, fc.constant(4)), fc.constantFrom(1, 2, 4), epsilons)
      .map(([{ dims }, num_groups, epsilon]) => ({
        model: {
          inputs: { x: dims },
          constants: channels(4),
          nodes: [
            {
              op: 'GroupNormalization',
              inputs: ['x', 'scale', 'bias'],
              attributes: { num_groups, epsilon },
            },
          ],
          opset: 21,
        },
      })),
  ),
  InstanceNormalization: property((stratum) =>
    fc
      .tuple(roomy(stratum, between(1, 3)), epsilons, fc.boolean())
      .map(([{ c, dims }, epsilon, given]) => {
        const { scale, bias } = channels(c)
        return {
          model: {
            inputs: { x: dims, ...(given && { scale: [c], bias: [c] }) },
            constants: given ? {} : { scale, bias },
            nodes: [
              {
                op: 'InstanceNormalization',
                inputs: ['x', 'scale', 'bias'],
                attributes: { epsilon },
              },
            ],
          },
        }
      }),
  ),
  LayerNormalization: overLast(
    'LayerNormalization',
    18,
    ['scale', 'bias'],
    fc.record({ epsilon: epsilons }),
  ),
  LogSoftmax: overAxis('LogSoftmax'),
  LpNormalization: property((stratum) =>
    fc
      .tuple(imageDims(stratum, between(2, 3), 1, 4), between(1, stratum.rank + 1), between(1, 2))
      .map(([{ dims }, axis, p]) => ({
        model: {
          inputs: { x: dims },
          nodes: [{ op: 'LpNormalization', inputs: ['x'], attributes: { axis, p } }],
        },
        check: apart(0.1),
      })),
  ),
  // The runtime has LRN of images only.
  LRN: property(
    ({ batch }) =>
      fc
        .tuple(
          list(between(1, 5), 3),
          // The runtime has odd windows only.
          fc.constantFrom(1, 3, 5),
          real(0.1, 0.5),
          fc.constantFrom(0.75, 0.5, 1),
          real(0.5, 2),
        )
        .map(([sizes, size, alpha, beta, bias]) => ({
          model: {
            inputs: { x: [batch, ...sizes] },
            nodes: [
              {
                op: 'LRN',
                inputs: ['x'],
                attributes: { size, alpha: float(alpha), beta: float(beta), bias: float(bias) },
              },
            ],
          },
        })),
    { ranks: [2], draws: 6 },
  ),
  MeanVarianceNormalization: property((stratum) =>
    fc.tuple(roomy(stratum, between(1, 2)), flag).map(([{ dims }, perRow]) => ({
      model: {
        inputs: { x: dims },
        nodes: [
          {
            op: 'MeanVarianceNormalization',
            inputs: ['x'],
            attributes: {
              axes: dims.map((_, i) => i).filter((i) => i > 1 || (i === 0 && !perRow)),
            },
          },
        ],
      },
    })),
  ),
  RMSNormalization: overLast('RMSNormalization', 23, ['scale'], fc.record({ epsilon: epsilons })),
  Softmax: overAxis('Softmax'),
}
