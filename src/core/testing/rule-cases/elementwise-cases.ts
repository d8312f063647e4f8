/** @file Generated cases of the rules that work entry by entry. */

import fc from 'fast-check'
import { floatScalar } from '../../onnx/constants.ts'
import type { AttributesShorthand } from '../../onnx/graph-emitter.ts'
import type { GradientCheck } from '../check-gradient.ts'
import { float, randomFloats } from '../tiny-models.ts'
import {
  anyDims,
  apart,
  between,
  imageDims,
  list,
  property,
  type RuleProperties,
  type RuleProperty,
  real,
  type Stratum,
} from './rule-case.ts'

/** Enough where shapes and attributes are few. */
const FEW = { draws: 2 }

function unary(
  op: string,
  check: GradientCheck = {},
  attributes: fc.Arbitrary<AttributesShorthand> = fc.constant({}),
  opset = 18,
): RuleProperty {
  return property(
    (stratum) =>
      fc.tuple(anyDims(stratum), attributes).map(([dims, given]) => ({
        model: { inputs: { x: dims }, nodes: [{ op, inputs: ['x'], attributes: given }], opset },
        check,
      })),
    FEW,
  )
}

/** Shapes that broadcast to each other: `a` has all axes, `b` may lack the batch and more. */
function broadcast({ batch, rank }: Stratum) {
  const axis = fc.tuple(between(1, 3), fc.boolean(), fc.boolean())
  return fc.tuple(list(axis, rank + 1), between(0, rank + 1)).map(([axes, lacking]) => ({
    a: [batch, ...axes.map(([size, ownA]) => (ownA ? size : 1))],
    b: axes.map(([size, , ownB]) => (ownB ? size : 1)).slice(lacking),
    whole: [
      batch,
      ...axes.map(([size, ownA, ownB], i) => (ownA || (ownB && i >= lacking) ? size : 1)),
    ],
  }))
}

function binary(op: string, check: GradientCheck = {}): RuleProperty {
  return property((stratum) =>
    broadcast(stratum).map(({ a, b }) => ({
      model: { inputs: { a, b }, nodes: [{ op, inputs: ['a', 'b'] }] },
      check,
    })),
  )
}

/** A fixed shift per input keeps entries of different inputs apart, too. */
function variadic(op: string, check: GradientCheck = {}): RuleProperty {
  return property((stratum) =>
    fc.tuple(broadcast(stratum), between(1, 3)).map(([{ a, b, whole }, count]) => {
      const given = Object.entries({ a, b, c: whole }).slice(0, count)
      return {
        model: {
          inputs: Object.fromEntries(given),
          constants: Object.fromEntries(
            given.map((_, i) => [`shift${i}`, floatScalar(0.0137 * i)]),
          ),
          nodes: [
            ...given.map(([name], i) => ({ op: 'Add', inputs: [name, `shift${i}`] })),
            { op, inputs: given.map((_, i) => `y${i}`) },
          ],
        },
        check,
      }
    }),
  )
}

const numbers = <Name extends string>(ranges: Readonly<Record<Name, readonly [number, number]>>) =>
  fc.record(
    Object.fromEntries(
      Object.entries<readonly [number, number]>(ranges).map(([name, [low, high]]) => [
        name,
        real(low, high).map(float),
      ]),
    ),
  )

/** No entry is near 0, where the slope jumps. */
const kinked = apart(0.26)
const positive: GradientCheck = { values: 'positive' }
/** Entries in (-0.75, 0.75). */
const inside: GradientCheck = { factor: 0.75 }
/** Entries of two inputs are at least 0.0137 - 0.0026 - 0.01 apart: the shift against the ladders. */
const ladders: GradientCheck = { ...apart(0.05), step: 4e-3 }

export const elementwiseCases: RuleProperties = {
  Abs: unary('Abs', kinked),
  Acos: unary('Acos', inside),
  Acosh: unary('Acosh', { values: 'positive', shift: 1.2 }),
  Add: binary('Add'),
  Asin: unary('Asin', inside),
  Asinh: unary('Asinh'),
  Atan: unary('Atan'),
  Atanh: unary('Atanh', inside),
  // To float64 and back is in shape.test.ts: a GPU has none.
  Cast: unary('Cast', {}, fc.constant({ to: 1 })),
  CastLike: property(
    (stratum) =>
      anyDims(stratum).map((dims) => ({
        model: {
          inputs: { x: dims },
          constants: { like: floatScalar(1) },
          nodes: [{ op: 'CastLike', inputs: ['x', 'like'] }],
        },
      })),
    FEW,
  ),
  Celu: unary('Celu', kinked, numbers({ alpha: [0.5, 1.5] })),
  Clip: property((stratum) =>
    fc
      .tuple(anyDims(stratum), real(-1, 0), real(0, 1), fc.constantFrom('both', 'low', 'high'))
      .map(([dims, low, high, given]) => ({
        model: {
          inputs: { x: dims },
          constants: {
            // Between two steps of the ladder.
            low: floatScalar(Math.floor(low / 0.26) * 0.26),
            high: floatScalar(Math.ceil(high / 0.26) * 0.26),
          },
          nodes: [
            {
              op: 'Clip',
              inputs: ['x', given === 'high' ? '' : 'low', ...(given === 'low' ? [] : ['high'])],
            },
          ],
        },
        check: kinked,
      })),
  ),
  Cos: unary('Cos'),
  Cosh: unary('Cosh'),
  Div: binary('Div', positive),
  Elu: unary('Elu', kinked, numbers({ alpha: [0.5, 1.5] })),
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  Gelu: unary('Gelu', {}, fc.record({ approximate: fc.constantFrom('none', 'tanh') }), 20),
  HardSigmoid: unary(
    'HardSigmoid',
    apart(0.26),
    fc.constantFrom(
      { alpha: float(1 / 5.2), beta: float(0.5) },
      { alpha: float(1 / 1.04), beta: float(0.5) },
    ),
  ),
  HardSwish: unary('HardSwish', { ...apart(0.27), shift: 0.02 }),
  LeakyRelu: unary('LeakyRelu', kinked, numbers({ alpha: [0.01, 0.5] })),
  Log: unary('Log', positive),
  Max: variadic('Max', { ...ladders, seed: 3 }),
  Mean: variadic('Mean'),
  Min: variadic('Min', { ...ladders, seed: 5 }),
  Mish: unary('Mish'),
  Mod: property((stratum) =>
    broadcast(stratum).map(({ whole }) => ({
      model: {
        inputs: { x: whole },
        constants: { m: floatScalar(0.52) },
        nodes: [{ op: 'Mod', inputs: ['x', 'm'], attributes: { fmod: 1 } }],
      },
      check: kinked,
    })),
  ),
  Mul: binary('Mul'),
  Neg: unary('Neg'),
  Pow: property((stratum) =>
    fc.oneof(
      binary('Pow', positive).cases(stratum),
      fc.tuple(anyDims(stratum), fc.constantFrom(0, 1, 2, 2.5, 3, -1)).map(([dims, exponent]) => ({
        model: {
          inputs: { x: dims },
          constants: { p: floatScalar(exponent) },
          nodes: [{ op: 'Pow', inputs: ['x', 'p'] }],
        },
        check: positive,
      })),
    ),
  ),
  PRelu: property((stratum) =>
    fc
      .tuple(imageDims(stratum, between(1, 3), 1, 3), fc.boolean())
      .map(([{ c, dims, spatial }, perChannel]) => ({
        model: {
          inputs: { x: dims, slope: [perChannel ? c : 1, ...spatial.map(() => 1)] },
          nodes: [{ op: 'PRelu', inputs: ['x', 'slope'] }],
        },
        check: kinked,
      })),
  ),
  Reciprocal: unary('Reciprocal', positive),
  Relu: unary('Relu', kinked),
  Selu: unary('Selu', kinked),
  Shrink: unary(
    'Shrink',
    apart(0.26),
    fc.constantFrom(
      { lambd: float(0.52), bias: float(0.2) },
      { lambd: float(0.26), bias: float(0) },
    ),
  ),
  Sigmoid: unary('Sigmoid'),
  Sin: unary('Sin'),
  Sinh: unary('Sinh'),
  Softplus: unary('Softplus'),
  Softsign: unary('Softsign', kinked),
  Sqrt: unary('Sqrt', positive),
  Sub: binary('Sub'),
  Sum: variadic('Sum'),
  Swish: unary('Swish', {}, numbers({ alpha: [0.5, 2] }), 24),
  Tan: unary('Tan', inside),
  Tanh: unary('Tanh'),
  ThresholdedRelu: unary(
    'ThresholdedRelu',
    apart(0.26),
    fc.constantFrom({ alpha: float(0.52) }, { alpha: float(-0.26) }),
  ),
  Where: property((stratum) =>
    broadcast(stratum).map(({ a, b, whole }) => ({
      model: {
        inputs: { a, b },
        constants: { zero: floatScalar(0), pattern: randomFloats(whole, 11) },
        nodes: [
          { op: 'Greater', inputs: ['pattern', 'zero'] },
          { op: 'Where', inputs: ['y0', 'a', 'b'] },
        ],
      },
    })),
  ),
}
