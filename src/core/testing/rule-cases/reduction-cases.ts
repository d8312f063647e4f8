/** @file Generated cases of the rules of reductions over axes. */

import fc from 'fast-check'
import type { GradientCheck } from '../check-gradient.ts'
import { ints } from '../tiny-models.ts'
import {
  anyDims,
  apart,
  flag,
  property,
  type RuleProperties,
  type RuleProperty,
} from './rule-case.ts'

/** Over some axes, one after the other or apart, or over all of them where that is `wide` enough. */
function reduction(op: string, check: GradientCheck = {}, canTakeAll = true): RuleProperty {
  return property(
    (stratum) =>
      anyDims(stratum).chain((dims) =>
        fc
          .record({
            all: canTakeAll ? fc.boolean() : fc.constant(false),
            axes: fc.uniqueArray(fc.integer({ min: 0, max: dims.length - 1 }), {
              minLength: 1,
              maxLength: canTakeAll ? dims.length : 1,
            }),
            isNegative: fc.boolean(),
            keepdims: flag,
          })
          .map(({ all, axes, isNegative, keepdims }) => ({
            model: {
              inputs: { x: dims },
              constants: { axes: ints(...axes.map((i) => (isNegative ? i - dims.length : i))) },
              nodes: [{ op, inputs: all ? ['x'] : ['x', 'axes'], attributes: { keepdims } }],
            },
            check,
          })),
      ),
    { draws: 4 },
  )
}

export const reductionCases: RuleProperties = {
  ReduceL1: reduction('ReduceL1', apart(0.26)),
  ReduceL2: reduction('ReduceL2', apart(0.1)),
  ReduceLogSum: reduction('ReduceLogSum', { values: 'positive' }),
  ReduceLogSumExp: reduction('ReduceLogSumExp'),
  ReduceMax: reduction('ReduceMax', apart(0.03)),
  ReduceMean: reduction('ReduceMean'),
  ReduceMin: reduction('ReduceMin', apart(0.03)),
  // A product of hundreds of numbers is zero or infinite.
  ReduceProd: reduction('ReduceProd', apart(0.1), false),
  ReduceSum: reduction('ReduceSum'),
  ReduceSumSquare: reduction('ReduceSumSquare'),
}
