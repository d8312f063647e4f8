import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { largestDifference, randomFeeds, runModel } from '../testing/run-model.ts'
import { canonicalise } from './canonicalise.ts'
import { decode } from './codec.ts'
import { floatTensor } from './constants.ts'
import { foldBatchNormalization } from './fold-batch-normalization.ts'
import type { Attributes, ConstantTensor, Model, Node } from './ir.ts'
import { upgradeOpset } from './upgrade-opset.ts'
import { graphProblems } from './verify-graph.ts'

const int = (value: number) => ({ kind: 'int', value }) as const
const float = (value: number) => ({ kind: 'float', value }) as const

let state = 7
function random(dims: readonly number[], low = -1, high = 1): ConstantTensor {
  const size = dims.reduce((product, dim) => product * dim, 1)
  const values = Array.from({ length: size }, () => {
    state = (state * 48271) % 2147483647
    return low + (state / 2147483647) * (high - low)
  })
  return floatTensor(values, dims)
}

function linearThenNorm(
  op: string,
  inputDims: readonly number[],
  weights: readonly ConstantTensor[],
  channels: number,
  attributes: Attributes,
): Model {
  const initializers = new Map<string, ConstantTensor>([
    ['gamma', random([channels], 0.5, 2)],
    ['beta', random([channels])],
    ['mean', random([channels])],
    ['variance', random([channels], 0.1, 3)],
  ])
  for (const [index, tensor] of weights.entries()) initializers.set(`w${index}`, tensor)
  const names = weights.map((_, index) => `w${index}`)
  const norm = ['z', 'gamma', 'beta', 'mean', 'variance']
  const node = (of: string, inputs: string[], output: string, extra: Attributes): Node => ({
    name: of,
    domain: '',
    op: of,
    inputs,
    outputs: [output],
    attributes: extra,
  })
  return {
    irVersion: 8,
    producer: '',
    opsets: new Map([['', 18]]),
    metadata: new Map(),
    graph: {
      name: 'g',
      inputs: [{ name: 'x', dtype: 'float32', dims: inputDims }],
      outputs: [{ name: 'y', dtype: 'float32', dims: null }],
      nodes: [
        node(op, ['x', ...names], 'z', attributes),
        node('BatchNormalization', norm, 'y', { epsilon: float(0.01) }),
      ],
      initializers,
    },
  }
}

const CASES: readonly [string, Model][] = [
  [
    'Conv with bias',
    linearThenNorm('Conv', [2, 3, 5, 5], [random([4, 3, 3, 3]), random([4])], 4, {}),
  ],
  ['Conv without bias', linearThenNorm('Conv', [1, 2, 4, 4, 4], [random([3, 2, 2, 2, 2])], 3, {})],
  ['grouped Conv', linearThenNorm('Conv', [1, 4, 6], [random([6, 2, 3])], 6, { group: int(2) })],
  [
    'ConvTranspose',
    linearThenNorm('ConvTranspose', [1, 3, 4, 4], [random([3, 5, 2, 2]), random([5])], 5, {}),
  ],
  [
    'grouped ConvTranspose',
    linearThenNorm('ConvTranspose', [1, 4, 5], [random([4, 3, 2])], 6, { group: int(2) }),
  ],
  ['Gemm', linearThenNorm('Gemm', [2, 3], [random([3, 4]), random([4])], 4, {})],
  [
    'Gemm with factors, transposed',
    linearThenNorm('Gemm', [2, 3], [random([4, 3]), random([1, 4])], 4, {
      transB: int(1),
      alpha: float(0.5),
      beta: float(-2),
    }),
  ],
  ['Gemm with one bias', linearThenNorm('Gemm', [2, 3], [random([3, 4]), random([1])], 4, {})],
  ['Gemm without bias', linearThenNorm('Gemm', [2, 3], [random([3, 4])], 4, { alpha: float(3) })],
]

describe('foldBatchNormalization', () => {
  it.each(CASES)('%s', async (_, model) => {
    const folded = foldBatchNormalization(model)
    expect(folded.graph.nodes.map((node) => node.op)).toEqual([model.graph.nodes[0]!.op])
    expect(graphProblems(folded)).toEqual([])
    expect([...folded.graph.initializers.keys()].every((name) => name.endsWith('/merged'))).toBe(
      true,
    )
    const feeds = randomFeeds(model)
    const difference = largestDifference(
      await runModel(model, feeds),
      await runModel(folded, feeds),
    )
    expect(difference).toBeLessThan(2e-5)
  })

  it('keeps a normalisation whose input is read elsewhere', () => {
    const [, model] = CASES[0]!
    const outputs = [...model.graph.outputs, { name: 'z', dtype: 'float32', dims: null } as const]
    const shared = { ...model, graph: { ...model.graph, outputs } }
    expect(foldBatchNormalization(shared).graph.nodes).toEqual(shared.graph.nodes)
  })

  it('keeps weights that another layer shares', async () => {
    const [, model] = CASES[0]!
    const twin: Node = { ...model.graph.nodes[0]!, name: 'twin', outputs: ['other'] }
    const outputs = [
      ...model.graph.outputs,
      { name: 'other', dtype: 'float32', dims: null } as const,
    ]
    const shared = {
      ...model,
      graph: { ...model.graph, nodes: [...model.graph.nodes, twin], outputs },
    }
    const folded = foldBatchNormalization(shared)
    const feeds = randomFeeds(model)
    const difference = largestDifference(
      await runModel(shared, feeds),
      await runModel(folded, feeds),
    )
    expect(difference).toBeLessThan(2e-5)
  })

  it('merges both normalisations of an exported network', async () => {
    const path = resolve(import.meta.dirname, '../../../parity/models/volume-script-9.onnx')
    const model = canonicalise(upgradeOpset(decode(Uint8Array.from(readFileSync(path)))))
    const folded = foldBatchNormalization(model)
    expect(folded.graph.nodes.filter((node) => node.op === 'BatchNormalization')).toEqual([])
    const feeds = randomFeeds(model)
    const difference = largestDifference(
      await runModel(model, feeds),
      await runModel(folded, feeds),
    )
    expect(difference).toBeLessThan(1e-5)
  })
})
