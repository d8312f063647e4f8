/** @file Operators on whole numbers that stand for real ones: quantised models. */

import type { Node } from './ir.ts'

const QUANTISED: ReadonlySet<string> = new Set([
  ':ConvInteger',
  ':DequantizeLinear',
  ':DynamicQuantizeLinear',
  ':MatMulInteger',
  ':QLinearConv',
  ':QLinearMatMul',
  ':QuantizeLinear',
  'com.microsoft:DequantizeLinear',
  'com.microsoft:DynamicQuantizeLSTM',
  'com.microsoft:DynamicQuantizeMatMul',
  'com.microsoft:MatMulIntegerToFloat',
  'com.microsoft:QAttention',
  'com.microsoft:QEmbedLayerNormalization',
  'com.microsoft:QGemm',
  'com.microsoft:QLinearAdd',
  'com.microsoft:QLinearAveragePool',
  'com.microsoft:QLinearConcat',
  'com.microsoft:QLinearConv',
  'com.microsoft:QLinearGlobalAveragePool',
  'com.microsoft:QLinearLeakyRelu',
  'com.microsoft:QLinearMul',
  'com.microsoft:QLinearReduceMean',
  'com.microsoft:QLinearSigmoid',
  'com.microsoft:QLinearSoftmax',
  'com.microsoft:QLinearWhere',
  'com.microsoft:QuantizeLinear',
])

/** Rounds its values to steps: its derivative is zero almost everywhere. */
export function isQuantised({ domain, op }: Pick<Node, 'domain' | 'op'>): boolean {
  return QUANTISED.has(`${domain}:${op}`)
}

/** Why gradient methods do not run, and what to do. */
export const QUANTISED_ADVICE =
  'the model is quantised: its output changes in steps, so that its gradient is zero. ' +
  'Load the float model that it was made from, or use occlusion or another perturbation method.'
