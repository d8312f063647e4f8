/** @file VJP rules of Softmax and LogSoftmax (one axis: the canonical form since opset 13). */

import { defineVjp } from '../rule.ts'

/** y = x - log sum exp x: dx = g - exp(y) * sum(g). */
export const logSoftmax = defineVjp('LogSoftmax', ['x'], ({ g, y, attributes, cotangent }) => {
  const total = g.reduceSum(cotangent, [attributes.int('axis', -1)])
  return [g.sub(cotangent, g.mul(g.exp(y), total))]
})

/** dx = y * (g - sum(g * y)). */
export const softmax = defineVjp('Softmax', ['x'], ({ g, y, attributes, cotangent }) => {
  const inner = g.reduceSum(g.mul(cotangent, y), [attributes.int('axis', -1)])
  return [g.mul(y, g.sub(cotangent, inner))]
})
