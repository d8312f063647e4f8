/** @file Guided back-propagation (Springenberg et al., 2015): the rules that replace the standard ones. */

import { defineVjp, type VjpRule } from './rule.ts'

/** The forward gate and max(g, 0); every other operator keeps its derivative. */
const guidedRelu = defineVjp('Relu', ['x'], ({ g, y, cotangent }) => [
  g.where(g.greater(y, g.scalarLike(y, 0)), g.relu(cotangent), g.scalarLike(cotangent, 0)),
])

/** Listed before the standard rules, which they shadow. */
export const guidedRules: readonly VjpRule[] = [guidedRelu]
