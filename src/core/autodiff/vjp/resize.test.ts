import { expect, test } from 'vitest'
import { createNodeRuntime } from '../../../engine/runtime-node.ts'
import { encode } from '../../onnx/codec.ts'
import { floatTensor } from '../../onnx/constants.ts'
import type { AttributesShorthand } from '../../onnx/graph-emitter.ts'
import type { Model } from '../../onnx/ir.ts'
import { createFeeds, type Feeds, gradientError, traceTypes } from '../../testing/check-gradient.ts'
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

// Positions that are whole numbers but for rounding: the runtime's own rounding picks the neighbour.
test.each([
  [3, 1],
  [3, 11],
  [5, 3],
  [6, 2],
  [6, 10],
  [7, 1],
  [9, 3],
])('Resize nearest of %i to %i where positions are ties', async (from, to) => {
  for (const coordinates of [...COORDINATES, 'half_pixel_symmetric']) {
    for (const nearest_mode of ['floor', 'ceil']) {
      const attributes = { nearest_mode, coordinate_transformation_mode: coordinates }
      const constants = { sizes: ints(1, 2, to) }
      await expectGradient([1, 2, from], constants, ['x', '', '', 'sizes'], attributes)
    }
  }
})

test('a scale that changes no size copies', async () => {
  const constants = { scales: floatTensor([1, 1, 1.3]) }
  for (const mode of ['nearest', 'linear']) {
    await expectGradient([1, 2, 3], constants, ['x', '', 'scales'], { mode })
  }
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

const shrunkCrops = ['linear', 'cubic'].flatMap((mode) =>
  [
    [0.1, 0.05, 0.9, 0.95],
    [0.1, -0.2, 0.9, 0.7],
    [0, 0, 1, 1],
  ].flatMap((part) => [0, 1].map((exclude) => [mode, part, exclude] as const)),
)
test.each(shrunkCrops)(
  'Resize %s of the part %j with antialiasing, exclude_outside %i: matrices do what the runtime does',
  async (mode, [top = 0, left = 0, bottom = 1, right = 1], exclude) => {
    const attributes = {
      mode,
      coordinate_transformation_mode: 'tf_crop_and_resize',
      antialias: 1,
      exclude_outside: exclude,
      extrapolation_value: float(7),
    }
    const constants = {
      roi: floatTensor([0, 0, top, left, 1, 1, bottom, right]),
      sizes: ints(2, 1, 3, 4),
    }
    const inputs = ['x', 'roi', '', 'sizes']
    for (const provider of ['native', 'webgpu'] as const)
      await expectGradient([2, 1, 9, 8], constants, inputs, attributes, provider)
    const model = tinyModel({
      inputs: { x: [2, 1, 9, 8] },
      constants,
      nodes: [{ op: 'Resize', inputs, attributes }],
    })
    const feeds = createFeeds(model, {})
    const types = await traceTypes(model, feeds)
    const lowered = lowerForward(model, types, traitsOf('webgpu')).model
    expect(lowered.graph.nodes.map(({ op }) => op)).not.toContain('Resize')
    const [expected, got] = [await outputOf(model, feeds), await outputOf(lowered, feeds)]
    for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 4)
    expect(expected.includes(7)).toBe(left < 0)
  },
)

test('antialiasing by sizes that the model computes is refused on the GPU in one sentence', async () => {
  const model = tinyModel({
    inputs: { x: [1, 1, 8, 6] },
    constants: { halves: floatTensor([1, 1, 0.5, 0.5]), bounds: floatTensor([0]) },
    nodes: [
      { op: 'ReduceMax', inputs: ['x'], outputs: ['m'], attributes: { keepdims: 0 } },
      { op: 'Mul', inputs: ['m', 'bounds'], outputs: ['z'] },
      { op: 'Add', inputs: ['halves', 'z'], outputs: ['scales'] },
      { op: 'Resize', inputs: ['x', '', 'scales'], attributes: { mode: 'linear', antialias: 1 } },
    ],
  })
  const types = await traceTypes(model, createFeeds(model, {}))
  expect(() => lowerForward(model, types, traitsOf('webgpu'))).toThrow(
    /by scales that the model computes while it runs, which the GPU cannot do: run this model on the CPU/,
  )
  expect(lowerForward(model, types, traitsOf('native')).model).toBe(model)
})

async function outputOf(model: Model, feeds: Feeds): Promise<readonly number[]> {
  const [{ name } = { name: '' }] = model.graph.outputs
  const session = await createNodeRuntime({ threads: 1 }).createSession(encode(model))
  const results = await session.run(feeds, [name])
  await session.release()
  return Array.from(results[name]?.data ?? [], Number)
}

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
