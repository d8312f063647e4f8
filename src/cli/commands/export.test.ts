/** @file `saliscope export`, as built: the file alone, on a plain ONNX Runtime, gives the map. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildCommand, createWorkbench } from '../testing/built-command.ts'
import { npy } from '../testing/npy-bytes.ts'
import * as models from '../testing/small-models.ts'

const bench = createWorkbench()
const x = [3, 1, 2]

beforeAll(async () => {
  await buildCommand()
  bench.put('classifier.onnx', models.classifier)
  bench.put('determinants.onnx', models.determinants)
})
afterAll(bench.remove)

async function runExported(name: string): Promise<Record<string, number[]>> {
  const session = await InferenceSession.create(readFileSync(join(bench.folder, name)))
  const results = await session.run({ x: new Tensor('float32', Float32Array.from(x), [1, 3]) })
  await session.release()
  return Object.fromEntries(
    Object.entries(results).map(([key, { data }]) => [key, Array.from(data as Float32Array)]),
  )
}

it('writes a graph that gives the map and the score', async () => {
  const expected = {
    gradient: (value: number, slope: number) => 2 * value * slope,
    'integrated-gradients': (value: number, slope: number) => value ** 2 * slope,
    saliency: (value: number, slope: number) => Math.abs(2 * value * slope),
  }
  for (const [method, formula] of Object.entries(expected)) {
    const report = await bench.json(
      ...['export', '--model', 'classifier.onnx', '--method', method, '--target', '1'],
      ...['--output', 'explanation.onnx'],
    )
    expect(report).toMatchObject({ method, target: '1', output: 'explanation.onnx' })
    const outputs = await runExported('explanation.onnx')
    const names = report.outputs as string[]
    expect(Object.keys(outputs)).toEqual(names)
    const [scores, map] = names.map((name) => outputs[name])
    expect(scores).toEqual([-10])
    for (const [i, value] of x.entries())
      expect(map![i], method).toBeCloseTo(formula(value, models.weights[i]![1]), 3)
  }
})

it('walks from a baseline of its own for each input', async () => {
  bench.put('two.onnx', models.twoInputs)
  bench.put('start.npy', npy([3], [1, 2, 3]))
  const report = await bench.json(
    ...['export', '--model', 'two.onnx', '--method', 'integrated-gradients', '--target', '0'],
    ...['--baseline', 'a=start.npy', '--baseline', 'b=-1', '--output', 'walk.onnx'],
  )
  const session = await InferenceSession.create(readFileSync(join(bench.folder, 'walk.onnx')))
  const row = (...values: number[]) => new Tensor('float32', Float32Array.from(values), [1, 3])
  const results = await session.run({ a: row(3, 1, 2), b: row(4, 5, 6) })
  const [, a, b] = (report.outputs as string[]).map((name) => results[name]!.data as Float32Array)
  // y = w . (a b): the share of a is (a - a0) w times the mean of b on the way, and the other way round.
  for (const [i, [from, to, other]] of [
    [1, 3, 4] as const,
    [2, 1, 5] as const,
    [3, 2, 6] as const,
  ].entries()) {
    const slope = models.weights[i]![0]
    expect(a![i]).toBeCloseTo(((to - from) * slope * (other - 1)) / 2, 4)
    expect(b![i]).toBeCloseTo(((other + 1) * slope * (from + to)) / 2, 4)
  }
})

it('refuses what is not one graph, with one line and no file', async () => {
  const refused = [
    [/not one graph/, 'classifier.onnx', 'occlusion', '1'],
    [/class 7 does not exist/, 'classifier.onnx', 'gradient', '7'],
    [/Det\b/, 'determinants.onnx', 'gradient', 'sum'],
    [/no such file/, 'absent.onnx', 'gradient', '1'],
  ] as const
  for (const [says, model, method, target] of refused) {
    const { status, stdout, stderr } = await bench.run(
      ...['export', '--model', model, '--method', method, '--target', target],
      ...['--output', 'refused.onnx'],
    )
    expect({ status, stdout }, stderr).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(says)
    expect(stderr).toMatch(/^saliscope: [^\n]+\n$/)
    expect(existsSync(join(bench.folder, 'refused.onnx'))).toBe(false)
  }
})
