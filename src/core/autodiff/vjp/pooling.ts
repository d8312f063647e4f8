/** @file VJP rules of MaxPool and AveragePool. */

import { emitAveragePoolGradient } from '../lowering/average-pool-gradient.ts'
import { emitMaxPoolGradient } from '../lowering/max-pool-gradient.ts'
import { poolGeometry } from '../lowering/pool-geometry.ts'
import { defineVjp } from '../rule.ts'

/** Spreads over the window, divided by the number of elements that were averaged. */
export const averagePool = defineVjp(
  'AveragePool',
  ['x'],
  ({ g, traits, node, inputs: [x], y, attributes, cotangent }) => [
    emitAveragePoolGradient(g, traits, x, cotangent, {
      ...poolGeometry(node, x, y),
      countsPadding: attributes.int('count_include_pad', 0) !== 0,
    }),
  ],
)

/** Goes to the first maximum of every window; windows that overlap add up. */
export const maxPool = defineVjp(
  'MaxPool',
  ['x'],
  ({ g, traits, node, inputs: [x], y, attributes, cotangent }) => [
    emitMaxPoolGradient(
      g,
      // Indices count column-major then.
      attributes.int('storage_order', 0) === 0 ? traits : { ...traits, maxPoolIndices: false },
      { node, x, y, cotangent, geometry: poolGeometry(node, x, y) },
    ),
  ],
)
