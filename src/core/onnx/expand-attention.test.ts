import { expect, test } from 'vitest'
import { type Feeds, floats, largestDifference, runModel } from '../testing/run-model.ts'
import { float, randomNumbers, tinyModel } from '../testing/tiny-models.ts'
import { canonicalise } from './canonicalise.ts'
import { boolTensor, floatTensor } from './constants.ts'
import type { AttributesShorthand } from './graph-emitter.ts'
import type { ConstantTensor } from './ir.ts'

interface Case {
  readonly what: string
  readonly q: readonly number[]
  readonly k: readonly number[]
  readonly attributes?: AttributesShorthand
  readonly mask?: ConstantTensor
}

const bias = floatTensor(randomNumbers(3 * 5, 9), [3, 5])
const allowed = boolTensor(
  Array.from({ length: 15 }, (_, i) => i % 4 !== 1),
  [3, 5],
)

const cases: readonly Case[] = [
  { what: 'heads as an axis', q: [2, 2, 3, 4], k: [2, 2, 5, 4] },
  { what: 'a scale', q: [2, 2, 3, 4], k: [2, 2, 5, 4], attributes: { scale: float(0.3) } },
  { what: 'a soft cap', q: [1, 2, 3, 4], k: [1, 2, 5, 4], attributes: { softcap: float(0.5) } },
  { what: 'no future', q: [1, 2, 4, 3], k: [1, 2, 4, 3], attributes: { is_causal: 1 } },
  { what: 'an added mask', q: [2, 2, 3, 4], k: [2, 2, 5, 4], mask: bias },
  { what: 'a mask of bools', q: [2, 2, 3, 4], k: [2, 2, 5, 4], mask: allowed },
  {
    what: 'heads beside their features',
    q: [2, 3, 8],
    k: [2, 5, 8],
    attributes: { q_num_heads: 2, kv_num_heads: 2 },
  },
  {
    what: 'two heads for each head of keys',
    q: [2, 3, 16],
    k: [2, 5, 8],
    attributes: { q_num_heads: 4, kv_num_heads: 2 },
  },
]

test.each(cases)(
  'written out, Attention with $what is what the runtime computes',
  async (given) => {
    const { q, k, attributes = {}, mask } = given
    const model = tinyModel({
      opset: 23,
      inputs: { q, k, v: k },
      constants: mask ? { mask } : {},
      nodes: [{ op: 'Attention', inputs: ['q', 'k', 'v', ...(mask ? ['mask'] : [])], attributes }],
    })
    const open = { ...model, irVersion: 11 }
    const random = (dims: readonly number[], seed: number) =>
      floats(
        randomNumbers(
          dims.reduce((a, b) => a * b, 1),
          seed,
        ),
        dims,
      )
    const feeds: Feeds = { q: random(q, 1), k: random(k, 2), v: random(k, 3) }
    const written = canonicalise(open)
    expect(written.graph.nodes.map(({ op }) => op)).not.toContain('Attention')
    expect(
      largestDifference(await runModel(open, feeds), await runModel(written, feeds)),
    ).toBeLessThan(2e-6)
  },
)

test('a query that may attend to nothing gives zeros', async () => {
  const model = tinyModel({
    opset: 23,
    inputs: { q: [1, 1, 2, 4], k: [1, 1, 3, 4] },
    constants: { mask: boolTensor([true, true, false, false, false, false], [2, 3]) },
    nodes: [{ op: 'Attention', inputs: ['q', 'k', 'k', 'mask'] }],
  })
  const feeds = {
    q: floats(randomNumbers(8, 1), [1, 1, 2, 4]),
    k: floats(randomNumbers(12, 2), [1, 1, 3, 4]),
  }
  const { y0 } = await runModel(canonicalise({ ...model, irVersion: 11 }), feeds)
  expect([...y0!.data].slice(4)).toEqual([0, 0, 0, 0])
  expect([...y0!.data].slice(0, 4).every((v) => v !== 0)).toBe(true)
})

test('attention with a cache of keys stays as it is', () => {
  const model = tinyModel({
    opset: 23,
    inputs: { q: [1, 1, 2, 4], past: [1, 1, 3, 4] },
    nodes: [{ op: 'Attention', inputs: ['q', 'q', 'q', '', 'past', 'past'] }],
  })
  expect(canonicalise(model).graph.nodes.map(({ op }) => op)).toEqual(['Attention'])
})
