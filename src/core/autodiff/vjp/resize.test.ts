import { expect, test } from 'vitest'
import { floatTensor } from '../../onnx/constants.ts'
import type { AttributesShorthand } from '../../onnx/graph-emitter.ts'
import { gradientError, runGradient } from '../../testing/check-gradient.ts'
import { ints, tinyModel } from '../../testing/tiny-models.ts'

const COORDINATES = ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric']
const TARGETS: readonly [dims: readonly number[], sizes: readonly number[]][] = [
  [
    [2, 2, 4, 5],
    [2, 2, 8, 10],
  ],
  [
    [1, 2, 6, 5],
    [1, 2, 4, 9],
  ],
  [
    [1, 2, 3, 4, 5],
    [1, 2, 6, 8, 10],
  ],
  [
    [1, 1, 4, 4, 6],
    [1, 1, 7, 2, 6],
  ],
  [
    [3, 2, 5],
    [3, 2, 11],
  ],
  [
    [1, 2, 5, 4],
    [1, 2, 1, 8],
  ],
]
const grid = ['nearest', 'linear'].flatMap((mode) =>
  COORDINATES.flatMap((coordinates) =>
    TARGETS.map(([dims, sizes]) => [mode, coordinates, dims, sizes] as const),
  ),
)
test.each(grid)('Resize %s %s from %j to %j', async (mode, coordinates, dims, sizes) => {
  const attributes = { mode, coordinate_transformation_mode: coordinates }
  await expectGradient(dims, { sizes: ints(...sizes) }, ['x', '', '', 'sizes'], attributes)
})

test.each([[[1, 1, 2, 2]], [[1, 1, 1.5, 2.5]], [[1, 1, 0.6, 0.5]]])(
  'Resize by the scales %j',
  async (scales) => {
    const constants = { scales: floatTensor(scales) }
    for (const mode of ['nearest', 'linear', 'cubic']) {
      for (const coordinates of [...COORDINATES, 'half_pixel_symmetric']) {
        const attributes = { mode, coordinate_transformation_mode: coordinates }
        await expectGradient([1, 2, 5, 6], constants, ['x', '', 'scales'], attributes)
      }
    }
  },
)

test.each(['floor', 'ceil', 'round_prefer_floor', 'round_prefer_ceil'])(
  'Resize nearest with %s',
  async (nearest) => {
    const attributes = { nearest_mode: nearest, coordinate_transformation_mode: 'asymmetric' }
    for (const scales of [
      [1, 1, 2, 3],
      [1, 1, 1.4, 0.7],
    ]) {
      const constants = { scales: floatTensor(scales) }
      await expectGradient([1, 2, 5, 6], constants, ['x', '', 'scales'], attributes)
    }
  },
)

test('Resize of chosen axes, keeping the aspect ratio', async () => {
  const attributes = {
    mode: 'linear',
    axes: [2, 3],
    keep_aspect_ratio_policy: 'not_larger',
  }
  await expectGradient([1, 1, 4, 6], { sizes: ints(10, 9) }, ['x', '', '', 'sizes'], attributes)
})

test('antialiasing is refused', async () => {
  const attributes = { mode: 'linear', antialias: 1 }
  const model = tinyModel({
    inputs: { x: [1, 1, 4, 4] },
    constants: { sizes: ints(1, 1, 2, 2) },
    nodes: [{ op: 'Resize', inputs: ['x', '', '', 'sizes'], attributes }],
  })
  const data = new Float32Array(16)
  const feeds = { x: { dtype: 'float32', dims: [1, 1, 4, 4], data } } as const
  await expect(runGradient({ model, feeds, weights: [1, 1, 1, 1] })).rejects.toThrow(/antialias/)
})

async function expectGradient(
  dims: readonly number[],
  constants: Parameters<typeof tinyModel>[0]['constants'],
  inputs: readonly string[],
  attributes: AttributesShorthand,
) {
  const nodes = [{ op: 'Resize', inputs, attributes }]
  const model = tinyModel({ inputs: { x: dims }, constants: constants ?? {}, nodes })
  expect(await gradientError(model)).toBeLessThan(1e-3)
}
