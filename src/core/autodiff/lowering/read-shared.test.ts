import { expect, test } from 'vitest'
import {
  compileGradient,
  createFeeds,
  formDifference,
  runGradient,
} from '../../testing/check-gradient.ts'
import { randomFloats, tinyModel } from '../../testing/tiny-models.ts'

/** conv, HardSwish, a gate by the pooled map, conv. */
const model = tinyModel({
  inputs: { x: [2, 3, 5, 4] },
  constants: {
    first: randomFloats([16, 3, 3, 3], 1),
    gate: randomFloats([16, 16, 1, 1], 2),
    last: randomFloats([4, 16, 1, 1], 3),
  },
  nodes: [
    { op: 'Conv', inputs: ['x', 'first'], outputs: ['c'], attributes: { pads: [1, 1, 1, 1] } },
    { op: 'HardSwish', inputs: ['c'], outputs: ['a'] },
    { op: 'GlobalAveragePool', inputs: ['a'], outputs: ['p'] },
    { op: 'Conv', inputs: ['p', 'gate'], outputs: ['w'] },
    { op: 'Sigmoid', inputs: ['w'], outputs: ['s'] },
    { op: 'Mul', inputs: ['a', 's'], outputs: ['m'] },
    { op: 'Conv', inputs: ['m', 'last'], outputs: ['y'] },
  ],
})
const feeds = createFeeds(model, {})

test('a product with a gate reads what is spread, and a HardSwish the ramp of its slope', async () => {
  const { compiled } = await compileGradient({ model, feeds, provider: 'native' })
  const { nodes } = compiled.graph
  const spread = nodes.filter(({ op }) => op === 'Resize').map(({ outputs }) => outputs[0])
  const makers = (name: string) =>
    nodes.find(({ outputs }) => outputs.includes(name))?.inputs.filter((input) => input !== '')
  expect(makers('m')?.filter((input) => spread.includes(input))).toHaveLength(1)
  expect(nodes.map(({ op }) => op)).not.toContain('HardSwish')
  const halfRamps = nodes.filter(
    ({ op, attributes: { beta } }) =>
      op === 'HardSigmoid' && beta?.kind === 'float' && beta.value === 0.5,
  )
  expect(halfRamps).toHaveLength(1)
  expect(makers('a')).toEqual(['c', halfRamps[0]?.outputs[0]])
})

test('other providers keep the model as it is, and find the same gradient and scores', async () => {
  const weights = Array.from({ length: 2 * 4 * 5 * 4 }, (_, i) => Math.cos(i))
  const native = await runGradient({ model, feeds, weights, provider: 'native' })
  const { compiled } = await compileGradient({ model, feeds, provider: 'webgpu' })
  expect(compiled.graph.nodes.map(({ op }) => op)).toContain('HardSwish')
  const plain = await runGradient({ model, feeds, weights, provider: 'webgpu' })
  expect(await formDifference({ model, feeds, weights })).toBeLessThan(3e-6)
  for (const [row, score] of native.scores.entries()) {
    expect(score).toBeCloseTo(plain.scores[row] ?? Number.NaN, 5)
  }
})
