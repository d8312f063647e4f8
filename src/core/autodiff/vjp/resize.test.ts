import { expect, test } from 'vitest'
import { floatTensor } from '../../onnx/constants.ts'
import type { AttributesShorthand } from '../../onnx/graph-emitter.ts'
import { createFeeds, gradientError, traceTypes } from '../../testing/check-gradient.ts'
import { float, ints, tinyModel } from '../../testing/tiny-models.ts'
import { lowerForward } from '../lowering/lower-forward.ts'
import { traitsOf } from '../lowering/provider-traits.ts'

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

const SMALLER: readonly [dims: readonly number[], sizes: readonly number[]][] = [
  [
    [1, 2, 9, 8],
    [1, 2, 4, 3],
  ],
  [
    [2, 1, 7, 4],
    [2, 1, 3, 9],
  ],
]
const antialiased = ['linear', 'cubic'].flatMap((mode) =>
  [...COORDINATES, 'half_pixel_symmetric'].flatMap((coordinates) =>
    SMALLER.flatMap(([dims, sizes]) =>
      [0, 1].map((exclude) => [mode, coordinates, exclude, dims, sizes] as const),
    ),
  ),
)
test.each(antialiased)(
  'Resize %s %s with antialiasing, exclude_outside %i, from %j to %j',
  async (mode, coordinates, exclude, dims, sizes) => {
    const attributes = {
      mode,
      coordinate_transformation_mode: coordinates,
      antialias: 1,
      exclude_outside: exclude,
    }
    const inputs = ['x', '', '', 'sizes']
    for (const provider of ['native', 'webgpu'] as const)
      await expectGradient(dims, { sizes: ints(...sizes) }, inputs, attributes, provider)
  },
)

test('WebGPU gets antialiasing as matrices', async () => {
  const model = tinyModel({
    inputs: { x: [1, 1, 8, 6] },
    constants: { sizes: ints(1, 1, 3, 4) },
    nodes: [
      {
        op: 'Resize',
        inputs: ['x', '', '', 'sizes'],
        attributes: { mode: 'linear', antialias: 1 },
      },
    ],
  })
  const types = await traceTypes(model, createFeeds(model, {}))
  const opsFor = (id: 'native' | 'webgpu') =>
    lowerForward(model, types, traitsOf(id)).model.graph.nodes.map(({ op }) => op)
  expect(opsFor('webgpu')).toContain('MatMul')
  expect(opsFor('webgpu')).not.toContain('Resize')
  expect(opsFor('native')).toEqual(['Resize'])
})

test('Resize of a volume with antialiasing', async () => {
  const attributes = { mode: 'linear', antialias: 1 }
  const constants = { sizes: ints(1, 1, 3, 2, 4) }
  await expectGradient([1, 1, 5, 6, 5], constants, ['x', '', '', 'sizes'], attributes)
})

const regions: readonly (readonly number[])[] = [
  [0, 0, 0, 0, 1, 1, 1, 1],
  [0, 0, 0.2, 0.1, 1, 1, 0.9, 0.6],
  [0, 0, -0.4, 0.3, 1, 1, 0.8, 1.5],
]
const crops = ['nearest', 'linear', 'cubic'].flatMap((mode) =>
  regions.map((region) => [mode, region] as const),
)
test.each(crops)('Resize %s of the region %j', async (mode, region) => {
  const attributes = {
    mode,
    coordinate_transformation_mode: 'tf_crop_and_resize',
    extrapolation_value: float(7),
  }
  const constants = { roi: floatTensor(region), sizes: ints(1, 2, 4, 9) }
  await expectGradient([1, 2, 5, 6], constants, ['x', 'roi', '', 'sizes'], attributes)
})

test.each(['linear', 'cubic'])('Resize %s of a region, with antialiasing', async (mode) => {
  const attributes = {
    mode,
    coordinate_transformation_mode: 'tf_crop_and_resize',
    antialias: 1,
  }
  const constants = {
    roi: floatTensor([0, 0, 0.1, -0.2, 1, 1, 0.9, 0.7]),
    sizes: ints(1, 1, 3, 4),
  }
  await expectGradient([1, 1, 9, 8], constants, ['x', 'roi', '', 'sizes'], attributes)
})

async function expectGradient(
  dims: readonly number[],
  constants: Parameters<typeof tinyModel>[0]['constants'],
  inputs: readonly string[],
  attributes: AttributesShorthand,
  provider: 'native' | 'webgpu' = 'native',
) {
  const nodes = [{ op: 'Resize', inputs, attributes }]
  const model = tinyModel({ inputs: { x: dims }, constants: constants ?? {}, nodes })
  expect(await gradientError(model, { provider })).toBeLessThan(1e-3)
}
