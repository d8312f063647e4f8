/** @file Operators that were renamed, or whose meaning without an attribute changed. */

import type { Upgrade } from './upgrade.ts'

/** Until opset 14 the running statistics were optional outputs, written only while training. */
export const batchNormalization: Upgrade = {
  op: 'BatchNormalization',
  before: 14,
  rewrite: (node) => [{ ...node, outputs: node.outputs.slice(0, 1) }],
}

/** Opset 16 moved the default by half a pixel. */
export const roiAlign: Upgrade = {
  op: 'RoiAlign',
  before: 16,
  rewrite: (node) => [
    {
      ...node,
      attributes: {
        ...node.attributes,
        coordinate_transformation_mode: { kind: 'string', value: 'output_half_pixel' },
      },
    },
  ],
}

/** Renamed in opset 11. */
export const scatter: Upgrade = {
  op: 'Scatter',
  before: 11,
  rewrite: (node) => [{ ...node, op: 'ScatterElements' }],
}
