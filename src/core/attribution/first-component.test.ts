import { expect, test } from 'vitest'
import { createNodeRuntime } from '../../engine/runtime-node.ts'
import { encode } from '../onnx/codec.ts'
import { createGraphBuilder } from '../onnx/graph-builder.ts'
import { randomNumbers, tinyModel } from '../testing/tiny-models.ts'
import { emitFirstComponent } from './first-component.ts'

/** Runs the emitted nodes on (1, C, P) activations. */
async function project(channels: number, positions: number, data: readonly number[]) {
  const dims = [1, channels, positions]
  const model = tinyModel({ inputs: { x: dims }, nodes: [{ op: 'Identity', inputs: ['x'] }] })
  const x = { name: 'x', dtype: 'float32', dims } as const
  const g = createGraphBuilder({ ...model.graph, nodes: [] }, new Map([['x', x]]))
  const y = g.rename(emitFirstComponent(g, x, x), 'y')
  const graph = {
    ...g.finish([y]),
    outputs: [{ name: 'y', dtype: 'float32', dims: null } as const],
  }
  const session = await createNodeRuntime({ threads: 1 }).createSession(encode({ ...model, graph }))
  const feed = { dtype: 'float32', dims, data: Float32Array.from(data) } as const
  const { y: result } = await session.run({ x: feed }, ['y'])
  await session.release()
  expect(result!.dims).toEqual([1, 1, positions])
  return Array.from(result!.data as Float32Array)
}

/** The first component by plain power iteration on the covariance, in float64. */
function byPowerIteration(channels: number, positions: number, data: readonly number[]) {
  const rows = Array.from({ length: channels }, (_, k) => {
    const row = data.slice(k * positions, (k + 1) * positions)
    const mean = row.reduce((a, b) => a + b, 0) / positions
    return row.map((value) => value - mean)
  })
  const apply = (v: readonly number[]) =>
    rows[0]!.map((_, p) => rows.reduce((s, row, k) => s + v[k]! * row[p]!, 0))
  let v = rows.map((_, k) => Math.cos(k))
  for (let i = 0; i < 5000; i++) {
    const map = apply(v)
    const next = rows.map((row) => row.reduce((s, value, p) => s + value * map[p]!, 0))
    const length = Math.hypot(...next)
    v = next.map((value) => value / length)
  }
  const map = apply(v)
  const total = rows[0]!.map((_, p) => rows.reduce((s, row) => s + row[p]!, 0))
  const agreement = map.reduce((s, value, p) => s + value * total[p]!, 0)
  return map.map((value) => (agreement < 0 ? -value : value))
}

test.each([
  [4, 9],
  [9, 4],
  [1, 6],
  [12, 12],
])('%i channels over %i positions', async (channels, positions) => {
  for (const [seed, scale] of [
    [1, 1],
    [2, 1e-12],
    [3, 1e8],
  ] as const) {
    const data = randomNumbers(channels * positions, seed).map((value) => value * scale)
    const expected = byPowerIteration(channels, positions, data.map(Math.fround)).map(
      (value) => value / scale,
    )
    const map = (await project(channels, positions, data)).map((value) => value / scale)
    for (const [p, value] of expected.entries())
      expect(Math.abs(map[p]! - value)).toBeLessThan(1e-4)
  }
})

test('two channels that oppose each other, and a layer without any variation', async () => {
  const map = await project(2, 3, [1, 2, 6, -1, -2, -6])
  expect(map.map(Math.abs)).toEqual([2, 1, 3].map((value) => expect.closeTo(value * Math.SQRT2, 5)))
  expect(await project(2, 3, [5, 5, 5, 0, 0, 0])).toEqual([0, 0, 0])
})
