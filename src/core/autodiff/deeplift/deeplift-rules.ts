/** @file DeepLIFT (Shrikumar et al., 2017): which operators get a multiplier instead of a derivative. */

import { findRule } from '../find-rule.ts'
import type { RuleBook } from '../recipe.ts'
import { averaged, bilinear, division, rescale } from './elementwise.ts'
import { logSoftmax, reduceLogSumExp, softmax } from './exponentials.ts'
import {
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  lrn,
  meanVarianceNormalization,
  rmsNormalization,
} from './normalisation.ts'
import {
  lpNormalization,
  magnitude,
  reduceL1,
  reduceL2,
  reduceLogSum,
  reduceSumSquare,
} from './norms.ts'
import { largest, smallest } from './selection.ts'
import { applyAtTwoPoints, type TwoPointRule } from './two-point.ts'

/** Operators that are not here are linear in what varies, and keep their derivative. */
const RULES: Readonly<Record<string, TwoPointRule>> = {
  Abs: magnitude,
  Acos: rescale,
  Acosh: rescale,
  Asin: rescale,
  Asinh: rescale,
  Atan: rescale,
  Atanh: rescale,
  Celu: rescale,
  Clip: rescale,
  Conv: bilinear,
  ConvTranspose: bilinear,
  Cos: rescale,
  Cosh: rescale,
  CumProd: averaged,
  Div: division,
  Einsum: bilinear,
  Elu: rescale,
  Erf: rescale,
  Exp: rescale,
  Gelu: rescale,
  Gemm: bilinear,
  GlobalLpPool: averaged,
  GlobalMaxPool: largest,
  GridSample: averaged,
  GroupNormalization: groupNormalization,
  HardSigmoid: rescale,
  HardSwish: rescale,
  InstanceNormalization: instanceNormalization,
  LRN: lrn,
  LayerNormalization: layerNormalization,
  LeakyRelu: rescale,
  Log: rescale,
  LogSoftmax: logSoftmax,
  LpNormalization: lpNormalization,
  LpPool: averaged,
  MatMul: bilinear,
  Max: largest,
  MaxPool: largest,
  MeanVarianceNormalization: meanVarianceNormalization,
  Min: smallest,
  Mish: rescale,
  Mod: rescale,
  Mul: bilinear,
  PRelu: rescale,
  Pow: rescale,
  RMSNormalization: rmsNormalization,
  Reciprocal: rescale,
  ReduceL1: reduceL1,
  ReduceL2: reduceL2,
  ReduceLogSum: reduceLogSum,
  ReduceLogSumExp: reduceLogSumExp,
  ReduceMax: largest,
  ReduceMin: smallest,
  ReduceProd: averaged,
  ReduceSumSquare: reduceSumSquare,
  Relu: rescale,
  Selu: rescale,
  Shrink: rescale,
  Sigmoid: rescale,
  Sin: rescale,
  Sinh: rescale,
  Softmax: softmax,
  Softplus: rescale,
  Softsign: rescale,
  Sqrt: rescale,
  Swish: rescale,
  Tan: rescale,
  Tanh: rescale,
  ThresholdedRelu: rescale,
  TopK: averaged,
  Where: averaged,
}

/** For a graph with a twin (`appendTwin`). */
export const deepliftRules: RuleBook = {
  key: 'deeplift',
  open: (model) => (node) => {
    const rule = node.domain === '' || node.domain === 'ai.onnx' ? RULES[node.op] : undefined
    if (!rule) return undefined
    const standard = findRule(model, node, 'standard', () => undefined)
    if (!standard || standard === 'no-gradient') return undefined
    return { ...standard, apply: (context) => applyAtTwoPoints(rule, standard, context) }
  },
}
