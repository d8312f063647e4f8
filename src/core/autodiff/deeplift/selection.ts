/** @file DeepLIFT's rule for operators that pick a largest or a smallest value. */

import { quotient, type TwoPointRule } from './two-point.ts'

/**
 * y = max of some x, y' = max of the same x': the change splits at m = max(y, y') into m - y', which goes
 * to the winner at the input, and y - m, which goes to the winner at the baseline; each is divided by
 * that element's own change. One of the two is zero, and the element that gets the other has changed
 * at least as much, so the rule is exact; windows that overlap add up. With a smallest value m is
 * min(y, y'). Elements with |dx| < 1e-10 keep the gradient.
 */
function pick(extreme: 'max' | 'min'): TwoPointRule {
  return ({ g, inputs, y, needs, cotangent, atBaseline, slope, slopeAtBaseline }) => {
    const middle = g[extreme](y, atBaseline.y)
    const here = slope(g.mul(cotangent, g.sub(middle, atBaseline.y)))
    const there = slopeAtBaseline(g.mul(cotangent, g.sub(y, middle)))
    const gradient = slope(cotangent)
    return inputs.map((x, i) => {
      const [x0, a, b, own] = [atBaseline.inputs[i], here[i], there[i], gradient[i]]
      if (!x || !x0 || !a || !b || !own || !needs[i]) return null
      return quotient(g, g.add(a, b), g.sub(x, x0), own)
    })
  }
}

export const largest = pick('max')

export const smallest = pick('min')
