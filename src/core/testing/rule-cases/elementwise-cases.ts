/** @file Generated cases of the rules that work entry by entry. */

import fc from 'fast-check'
import { floatScalar, floatTensor } from '../../onnx/constants.ts'
import type { AttributesShorthand } from '../../onnx/graph-emitter.ts'
import type { GradientCheck } from '../check-gradient.ts'
import { float, randomFloats } from '../tiny-models.ts'
import { anyDims, apart, batch, between, type RuleCase, type RuleCases, real } from './rule-case.ts'

function unary(
  op: string,
  check: GradientCheck = {},
  attributes: fc.Arbitrary<AttributesShorthand> = fc.constant({}),
  opset = 18,
): fc.Arbitrary<RuleCase> {
  return fc.tuple(anyDims, attributes).map(([dims, given]) => ({
    model: { inputs: { x: dims }, nodes: [{ op, inputs: ['x'], attributes: given }], opset },
    check,
  }))
}

/** Two or three shapes that broadcast to each other. */
const broadcast = fc
  .tuple(batch, fc.array(fc.tuple(between(1, 4), fc.boolean(), fc.boolean()), { maxLength: 3 }))
  .map(([n, axes]) => ({
    a: [n, ...axes.map(([size, ownA]) => (ownA ? size : 1))],
    b: axes.map(([size, , ownB]) => (ownB ? size : 1)),
    whole: [n, ...axes.map(([size, ownA, ownB]) => (ownA || ownB ? size : 1))],
  }))

function binary(op: string, check: GradientCheck = {}): fc.Arbitrary<RuleCase> {
  return broadcast.map(({ a, b }) => ({
    model: { inputs: { a, b }, nodes: [{ op, inputs: ['a', 'b'] }] },
    check,
  }))
}

/** A fixed shift per input keeps entries of different inputs apart, too. */
function variadic(op: string, check: GradientCheck = {}): fc.Arbitrary<RuleCase> {
  return fc.tuple(broadcast, between(1, 3)).map(([{ a, b, whole }, count]) => {
    const given = Object.entries({ a, b, c: whole }).slice(0, count)
    return {
      model: {
        inputs: Object.fromEntries(given),
        constants: Object.fromEntries(given.map((_, i) => [`shift${i}`, floatScalar(0.0137 * i)])),
        nodes: [
          ...given.map(([name], i) => ({ op: 'Add', inputs: [name, `shift${i}`] })),
          { op, inputs: given.map((_, i) => `y${i}`) },
        ],
      },
      check,
    }
  })
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
const positive: GradientCheck = { values: 'positive', step: 2e-3 }
/** Entries in (-0.75, 0.75). */
const inside: GradientCheck = { values: 'distinct', gap: 0.011, step: 2e-3 }

export const elementwiseCases: RuleCases = {
  Abs: unary('Abs', kinked),
  Acos: unary('Acos', inside),
  Acosh: unary('Acosh', { values: 'positive', shift: 1.2, step: 2e-3 }),
  Add: binary('Add'),
  Asin: unary('Asin', inside),
  Asinh: unary('Asinh'),
  Atan: unary('Atan'),
  Atanh: unary('Atanh', inside),
  // To float64 and back is in shape.test.ts: a GPU has none.
  Cast: unary('Cast', {}, fc.constant({ to: 1 })),
  CastLike: anyDims.map((dims) => ({
    model: {
      inputs: { x: dims },
      constants: { like: floatScalar(1) },
      nodes: [{ op: 'CastLike', inputs: ['x', 'like'] }],
    },
  })),
  Celu: unary('Celu', kinked, numbers({ alpha: [0.5, 1.5] })),
  Clip: fc.tuple(anyDims, real(-1, 0), real(0, 1)).map(([dims, low, high]) => ({
    model: {
      inputs: { x: dims },
      constants: {
        // Between two steps of the ladder.
        low: floatScalar(Math.floor(low / 0.26) * 0.26),
        high: floatScalar(Math.ceil(high / 0.26) * 0.26),
      },
      nodes: [{ op: 'Clip', inputs: ['x', 'low', 'high'] }],
    },
    check: kinked,
  })),
  Cos: unary('Cos'),
  Cosh: unary('Cosh'),
  Div: broadcast.map(({ a, b }) => ({
    model: { inputs: { a, b }, nodes: [{ op: 'Div', inputs: ['a', 'b'] }] },
    check: positive,
  })),
  Elu: unary('Elu', kinked, numbers({ alpha: [0.5, 1.5] })),
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  Gelu: unary('Gelu', {}, fc.record({ approximate: fc.constantFrom('none', 'tanh') }), 20),
  HardSigmoid: unary(
    'HardSigmoid',
    apart(0.26),
    fc.constant({ alpha: float(1 / 5.2), beta: float(0.5) }),
  ),
  HardSwish: unary('HardSwish', { ...apart(0.27), shift: 0.02 }),
  LeakyRelu: unary('LeakyRelu', kinked, numbers({ alpha: [0.01, 0.5] })),
  Log: unary('Log', positive),
  Max: variadic('Max', { ...apart(0.05), seed: 3 }),
  Mean: variadic('Mean'),
  Min: variadic('Min', { ...apart(0.05), seed: 5 }),
  Mish: unary('Mish'),
  Mod: broadcast.map(({ whole }) => ({
    model: {
      inputs: { x: whole },
      constants: { m: floatScalar(0.52) },
      nodes: [{ op: 'Mod', inputs: ['x', 'm'], attributes: { fmod: 1 } }],
    },
    check: kinked,
  })),
  Mul: binary('Mul'),
  Neg: unary('Neg'),
  Pow: fc.oneof(
    binary('Pow', positive),
    fc.tuple(anyDims, fc.constantFrom(0, 1, 2, 2.5, 3, -1)).map(([dims, exponent]) => ({
      model: {
        inputs: { x: dims },
        constants: { p: floatScalar(exponent) },
        nodes: [{ op: 'Pow', inputs: ['x', 'p'] }],
      },
      check: positive,
    })),
  ),
  PRelu: fc.tuple(batch, between(1, 3), between(1, 4)).map(([n, c, w]) => ({
    model: {
      inputs: { x: [n, c, w], slope: [c, 1] },
      nodes: [{ op: 'PRelu', inputs: ['x', 'slope'] }],
    },
    check: kinked,
  })),
  Reciprocal: unary('Reciprocal', positive),
  Relu: unary('Relu', kinked),
  Selu: unary('Selu', kinked),
  Shrink: unary('Shrink', apart(0.26), fc.constant({ lambd: float(0.52), bias: float(0.2) })),
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
  ThresholdedRelu: unary('ThresholdedRelu', apart(0.26), fc.constant({ alpha: float(0.52) })),
  Where: broadcast.map(({ a, b, whole }) => ({
    model: {
      inputs: { a, b },
      constants: { zero: floatScalar(0), pattern: randomFloats(whole, 11) },
      nodes: [
        { op: 'Greater', inputs: ['pattern', 'zero'] },
        { op: 'Where', inputs: ['y0', 'a', 'b'] },
      ],
    },
  })),
}

/** Kept with the rest so that a table of numbers has one spelling. */
export function positiveVector(length: number): ReturnType<typeof floatTensor> {
  return floatTensor(
    Array.from({ length }, (_, i) => 0.5 + 0.3 * i),
    [length],
  )
}
