import { expect, test } from 'vitest'
import {
  compileGradient,
  createFeeds,
  formDifference,
  gradientError,
} from '../../testing/check-gradient.ts'
import { randomFloats, type TinyNode, tinyModel } from '../../testing/tiny-models.ts'

const pool: TinyNode = { op: 'GlobalAveragePool', inputs: ['a'], outputs: ['p'] }

/** conv, squeeze and excitation (the gate as first or second factor), conv. */
function network(channels: number, gate: string, gateFirst: boolean) {
  return tinyModel({
    inputs: { x: [2, 3, 5, 4] },
    constants: {
      first: randomFloats([channels, 3, 3, 3], 1),
      narrow: randomFloats([8, channels, 1, 1], 2),
      wide: randomFloats([channels, 8, 1, 1], 3),
      last: randomFloats([4, channels, 1, 1], 4),
    },
    nodes: [
      { op: 'Conv', inputs: ['x', 'first'], outputs: ['c'], attributes: { pads: [1, 1, 1, 1] } },
      { op: 'Sigmoid', inputs: ['c'], outputs: ['a'] },
      pool,
      { op: 'Conv', inputs: ['p', 'narrow'], outputs: ['n'] },
      { op: 'Relu', inputs: ['n'], outputs: ['r'] },
      { op: 'Conv', inputs: ['r', 'wide'], outputs: ['w'] },
      { op: gate, inputs: ['w'], outputs: ['s'] },
      { op: 'Mul', inputs: gateFirst ? ['s', 'a'] : ['a', 's'], outputs: ['m'] },
      { op: 'Conv', inputs: ['m', 'last'], outputs: ['y'] },
    ],
  })
}

const weights = Array.from({ length: 2 * 4 * 5 * 4 }, (_, i) => Math.cos(i))

test.each([
  [16, 'HardSigmoid', false],
  [16, 'HardSigmoid', true],
  [12, 'HardSigmoid', false],
  [16, 'Sigmoid', false],
  [6, 'Sigmoid', true],
] as const)(
  'a gate of %i channels by %s (first factor: %s) has the gradient of central differences',
  async (channels, gate, gateFirst) => {
    const model = network(channels, gate, gateFirst)
    const feeds = createFeeds(model, {})
    expect(await formDifference({ model, feeds, weights })).toBeLessThan(3e-6)
    expect(await gradientError(model)).toBeLessThan(2e-3)
  },
)

test('whole blocks of channels are spread by Resize on the native runtime alone', async () => {
  const model = network(16, 'HardSigmoid', false)
  const feeds = createFeeds(model, {})
  const opsOf = async (provider: 'native' | 'webgpu') => {
    const { compiled } = await compileGradient({ model, feeds, provider })
    return compiled.graph.nodes.map(({ op }) => op)
  }
  const native = await opsOf('native')
  expect(native.filter((op) => op === 'Resize')).toHaveLength(2)
  expect(native).not.toContain('Expand')
  expect(await opsOf('webgpu')).not.toContain('Resize')
})
