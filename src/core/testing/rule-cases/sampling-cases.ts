/** @file Generated cases of the rules that resample: Resize and GridSample. */

import fc from 'fast-check'
import { floatTensor } from '../../onnx/constants.ts'
import { float, ints } from '../tiny-models.ts'
import {
  between,
  flag,
  imageDims,
  list,
  property,
  type RuleProperties,
  type RuleProperty,
} from './rule-case.ts'

const resizing: RuleProperty = property(
  (stratum) =>
    imageDims(stratum, between(1, 2), 2, 5).chain(({ dims, spatial }) =>
      fc
        .record({
          sizes: list(between(1, 7), spatial.length),
          // The runtime has the cubic for images alone.
          mode: fc.constantFrom('nearest', 'linear', stratum.rank === 2 ? 'cubic' : 'linear'),
          coordinates: fc.constantFrom(
            'half_pixel',
            'half_pixel_symmetric',
            'pytorch_half_pixel',
            'align_corners',
            'asymmetric',
          ),
          nearest_mode: fc.constantFrom('floor', 'ceil', 'round_prefer_floor', 'round_prefer_ceil'),
          exclude_outside: flag,
          cubic_coeff_a: fc.constantFrom(-0.75, -0.5).map(float),
          isScaled: fc.boolean(),
          twice: fc.boolean(),
        })
        .map(({ sizes, mode, coordinates, nearest_mode, isScaled, twice, ...cubic }) => {
          const asked = twice ? spatial.map((size) => 2 * size) : sizes
          const scales = asked.map((size, i) => size / (spatial[i] ?? 1))
          return {
            model: {
              inputs: { x: dims },
              constants: {
                sizes: ints(...dims.slice(0, 2), ...asked),
                scales: floatTensor([1, 1, ...scales], [dims.length]),
              },
              nodes: [
                {
                  op: 'Resize',
                  inputs: isScaled ? ['x', '', 'scales'] : ['x', '', '', 'sizes'],
                  attributes: {
                    mode,
                    coordinate_transformation_mode: coordinates,
                    ...(mode === 'nearest' && { nearest_mode }),
                    ...(mode === 'cubic' && cubic),
                  },
                },
              ],
              opset: 19,
            },
          }
        }),
    ),
  { draws: 8 },
)

/** Points near the middle between voxels, inside and outside, that the second input moves a little. */
const sampling: RuleProperty = property(
  (stratum) =>
    imageDims(stratum, between(1, 2), 2, 3).chain(({ n, dims, spatial }) => {
      const { rank } = stratum
      return fc
        .record({
          align_corners: flag,
          padding_mode: fc.constantFrom('zeros', 'border'),
          mode: fc.constantFrom('linear', 'nearest', rank === 2 ? 'cubic' : 'linear'),
          cells: list(between(-1, 2), n * 3 * rank),
        })
        .map(({ cells, ...attributes }) => {
          const places = cells.map((cell, i) => {
            const size = spatial.at(-1 - (i % rank)) ?? 2
            const at = Math.min(cell, size - 1) + (attributes.mode === 'nearest' ? 0.2 : 0.5)
            return attributes.align_corners === 1
              ? (2 * at) / (size - 1) - 1
              : (2 * at + 1) / size - 1
          })
          const grid = [n, ...spatial.map((_, axis) => (axis === 0 ? 3 : 1)), rank]
          return {
            model: {
              inputs: { x: dims, moved: grid },
              constants: {
                base: floatTensor(places, grid),
                little: floatTensor([0.25], []),
              },
              nodes: [
                { op: 'Mul', inputs: ['moved', 'little'] },
                { op: 'Add', inputs: ['base', 'y0'] },
                { op: 'GridSample', inputs: ['x', 'y1'], attributes },
              ],
              opset: 20,
            },
            check: { step: 0.1 },
          }
        })
    }),
  // The runtime samples images and volumes, not lines.
  { ranks: [2, 3], draws: 8 },
)

export const samplingCases: RuleProperties = {
  GridSample: sampling,
  Resize: resizing,
}
