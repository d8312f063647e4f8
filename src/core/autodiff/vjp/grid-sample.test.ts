import fc from 'fast-check'
import { expect, test } from 'vitest'
import { floatTensor } from '../../onnx/constants.ts'
import { createFeeds, gradientError, runGradient } from '../../testing/check-gradient.ts'
import { tinyModel } from '../../testing/tiny-models.ts'

const between = (min: number, max: number) => fc.integer({ min, max })

const sampled = fc.record({
  batch: between(1, 2),
  channels: between(1, 2),
  sizes: fc.tuple(between(2, 6), between(2, 6)),
  points: fc.tuple(between(1, 3), between(1, 4)),
  mode: fc.constantFrom('cubic', 'bicubic'),
  padding_mode: fc.constantFrom('zeros', 'border'),
  align_corners: between(0, 1),
  seed: between(1, 99),
})

test('the cubic agrees with central differences, for the image and for the places', async () => {
  await fc.assert(
    fc.asyncProperty(sampled, async ({ batch, channels, sizes, points, mode, seed, ...rest }) => {
      const model = tinyModel({
        inputs: { x: [batch, channels, ...sizes], grid: [batch, ...points, 2] },
        nodes: [{ op: 'GridSample', inputs: ['x', 'grid'], attributes: { mode, ...rest } }],
        opset: mode === 'cubic' ? 20 : 16,
      })
      for (const provider of ['native', 'webgpu'] as const)
        expect(await gradientError(model, { seed, step: 1e-3, provider })).toBeLessThan(5e-3)
    }),
    { numRuns: 10, seed: 3 },
  )
})

test('the cubic a quarter of the way reads the shares of Keys', async () => {
  // Cells of width 2/8: the grid's -1 + (2 at + 1)/8 is voxel `at`; the other axis has one voxel.
  const at = 3.25
  const constants = { grid: floatTensor([-1 + (2 * at + 1) / 8, 0], [1, 1, 1, 2]) }
  const attributes = { mode: 'cubic', padding_mode: 'border' }
  const nodes = [{ op: 'GridSample', inputs: ['x', 'grid'], attributes }]
  const model = tinyModel({ inputs: { x: [1, 1, 1, 8] }, constants, nodes, opset: 20 })
  const { gradients } = await runGradient({
    model,
    feeds: createFeeds(model, {}),
    weights: [1],
  })
  // Keys 1981 with a = -3/4 at the distances 5/4, 1/4, 3/4 and 7/4.
  const shares = [-0.10546875, 0.87890625, 0.26171875, -0.03515625]
  const expected = [0, 0, ...shares, 0, 0]
  for (const [i, share] of expected.entries()) expect(gradients[0]?.data[i]).toBeCloseTo(share, 5)
})

test('reflection is refused in one sentence', async () => {
  const attributes = { mode: 'linear', padding_mode: 'reflection' }
  const model = tinyModel({
    inputs: { x: [1, 1, 3, 3], grid: [1, 2, 2, 2] },
    nodes: [{ op: 'GridSample', inputs: ['x', 'grid'], attributes }],
    opset: 20,
  })
  await expect(gradientError(model)).rejects.toThrow(
    /uses mode 'linear' with padding 'reflection', for which there is no gradient rule; occlusion works/,
  )
})
