/** @file Guided back-propagation (Springenberg et al., 2015) and the deconvnet (Zeiler and Fergus, 2014): the rules that replace the standard ones. */

import { defineVjp, type VjpRule } from './rule.ts'

/** The forward gate and max(g, 0); every other operator keeps its derivative. */
const guidedRelu = defineVjp('Relu', ['x'], ({ g, y, cotangent }) => [
  g.where(g.greater(y, g.scalarLike(y, 0)), g.relu(cotangent), g.scalarLike(cotangent, 0)),
])

/** max(g, 0) without the forward gate. */
const deconvnetRelu = defineVjp('Relu', ['x'], ({ g, cotangent }) => [g.relu(cotangent)])

/** Listed before the standard rules, which they shadow. */
export const guidedRules: readonly VjpRule[] = [guidedRelu]

/** Likewise. */
export const deconvnetRules: readonly VjpRule[] = [deconvnetRelu]
