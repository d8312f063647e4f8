/** @file `saliscope explain`, as built, on models whose maps are formulas. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildCommand, createWorkbench } from '../testing/built-command.ts'
import { type NpyCode, npy, readNpy } from '../testing/npy-bytes.ts'
import * as models from '../testing/small-models.ts'

const bench = createWorkbench()
const { put, run, json } = bench
const w = (i: number, k: number) => models.weights[i]![k]!

beforeAll(async () => {
  await buildCommand()
  put('classifier.onnx', models.classifier)
  put('column.onnx', models.scalarColumn)
  put('scalar.onnx', models.scalarPerRow)
  put('root.onnx', models.root)
  put('two.onnx', models.twoInputs)
  put('segmenter.onnx', models.segmenter)
  put('x.npy', npy([1, 3], [3, 1, 2]))
  put('rows.npy', npy([3, 3], [3, 1, 2, 1, 2, 0, 0, 1, 5]))
  put('x4.npy', npy([1, 4], [1, 2, 3, 4]))
  put('picture.npy', npy([1, 1, 2, 3], [5, -2, -3, 4, 6, -1]))
})
afterAll(bench.remove)

const map = (name: string) => readNpy(readFileSync(join(bench.folder, name)))
const explain = (model: string, input: string, method: string, ...more: readonly string[]) =>
  json('explain', '--model', model, '--input', input, '--method', method, ...more)

it('reads every type of array, in C and in Fortran order', async () => {
  const codes: NpyCode[] = ['|u1', '<i2', '<i4', '<i8', '<f4', '<f8']
  const rowMajor = [3, 1, 2, 1, 2, 0]
  const files: [string, Uint8Array][] = codes.map((code) => [
    `${code.slice(1)}.npy`,
    npy([2, 3], rowMajor, code),
  ])
  files.push(['fortran.npy', npy([2, 3], [3, 1, 1, 2, 2, 0], '<f8', true)])
  for (const [name, bytes] of files) {
    put(name, bytes)
    const report = await explain(
      ...(['classifier.onnx', name, 'input-x-gradient', '--target', '1'] as const),
      ...['--output', `map-${name}`],
    )
    expect(report).toMatchObject({ method: 'input-x-gradient', target: '1' })
    expect(map(`map-${name}`)).toEqual({
      dims: [2, 3],
      values: rowMajor.map((x, at) => 2 * x * x * w(at % 3, 1)),
    })
  }
})

it('explains every kind of target, and says which it was', async () => {
  const x = [3, 1, 2]
  const slopes = (k: number) => x.map((value, i) => 2 * value * w(i, k))
  const cases: [string | null, string, number[], number][] = [
    // logits: 9 + 0.5 - 12 and -18 + 4 + 4
    [null, '0', slopes(0), -2.5],
    ['argmax', '0', slopes(0), -2.5],
    ['1', '1', slopes(1), -10],
    ['1-0', '1-0', slopes(1).map((v, i) => v - slopes(0)[i]!), -7.5],
    ['sum', 'sum', slopes(1).map((v, i) => v + slopes(0)[i]!), -12.5],
    ['logits:1', '1', slopes(1), -10],
    ['squares:2', 'squares:2', [0, 0, 4], 4],
    ['squares:sum', 'squares:sum', [6, 2, 4], 14],
  ]
  for (const [target, used, values, score] of cases) {
    const given = target === null ? [] : ['--target', target]
    const report = await explain(
      ...(['classifier.onnx', 'x.npy', 'gradient'] as const),
      ...[...given, '--output', 'map.npy'],
    )
    expect(report, String(target)).toMatchObject({ target: used, score, completenessGap: null })
    expect(map('map.npy'), String(target)).toEqual({ dims: [1, 3], values })
  }
})

it('takes one target per row of a batch, rows being independent', async () => {
  const batch = [
    ...(['classifier.onnx', 'rows.npy', 'saliency'] as const),
    ...['--target', '1;0;1-0', '--output', 'batch.npy'],
  ] as const
  const report = await explain(...batch)
  expect(report).toMatchObject({ target: '1;0;1-0', score: [-10, 3, 103.5] })
  const slope = (x: number, i: number, k: number) => 2 * x * w(i, k)
  expect(map('batch.npy').values).toEqual([
    ...[3, 1, 2].map((x, i) => Math.abs(slope(x, i, 1))),
    ...[1, 2, 0].map((x, i) => Math.abs(slope(x, i, 0))),
    ...[0, 1, 5].map((x, i) => Math.abs(slope(x, i, 1) - slope(x, i, 0))),
  ])
  const shared = await explain('classifier.onnx', 'rows.npy', 'gradient', '--output', 'all.npy')
  expect(shared.target).toBe('0;1;1')
})

it('explains the value itself of models with one scalar per row, (N) and (N, 1)', async () => {
  put('flat.npy', npy([4], [1, -2, 3, 0.5], '<f8'))
  const flat = await explain('scalar.onnx', 'flat.npy', 'gradient', '--output', 'flat-map.npy')
  expect(flat.score).toEqual([1, 4, 9, 0.25])
  expect(map('flat-map.npy')).toEqual({ dims: [4], values: [2, -4, 6, 1] })
  const column = await explain('column.onnx', 'rows.npy', 'gradient', '--output', 'column-map.npy')
  expect(column).toMatchObject({ target: '0', score: [-12.5, 17, -45.5] })
  expect(map('column-map.npy').values.slice(0, 3)).toEqual([-6, 9, -8])
})

it('explains segmentations by channel, winning region, mask and position', async () => {
  put('mask.npy', npy([2, 3], [0, 1, 0, 1, 0, 0], '|u1'))
  const cases: [string | null, string, number[], number][] = [
    // Of the classes other than the background only class 1 wins, at three positions.
    [null, '1@predicted', [0, -1, -1, 0, 0, -1], 6],
    ['0', '0', [1, 1, 1, 1, 1, 1], 9],
    ['0@predicted', '0@predicted', [1, 0, 0, 1, 1, 0], 15],
    ['1@mask', '1@mask', [0, -1, 0, -1, 0, 0], -2],
    ['0-1@mask', '0-1@mask', [0, 2, 0, 2, 0, 0], 4],
    ['1,0,2', '1,0,2', [0, 0, -1, 0, 0, 0], 3],
  ]
  for (const [target, used, values, score] of cases) {
    const report = await explain(
      ...(['segmenter.onnx', 'picture.npy', 'gradient', '--truth', 'mask.npy'] as const),
      ...(target === null ? [] : ['--target', target]),
      ...['--output', 'map.npy'],
    )
    expect(report, String(target)).toMatchObject({ target: used, score })
    expect(map('map.npy').values, String(target)).toEqual(values)
  }
})

it('writes one map per input, with its name before the extension', async () => {
  put('a.npy', npy([1, 3], [1, 2, 3]))
  put('b.npy', npy([1, 3], [4, 5, 6]))
  const { output, inputSha256s } = await json(
    ...['explain', '--model', 'two.onnx', '--input', 'b=b.npy', '--input', 'a=a.npy'],
    ...['--method', 'gradient', '--target', '0', '--output', 'two.npy'],
  )
  expect(output).toEqual(['two.a.npy', 'two.b.npy'])
  expect(inputSha256s).toHaveLength(2)
  expect(map('two.a.npy').values).toEqual([4, 2.5, -18])
  expect(map('two.b.npy').values).toEqual([1, 1, -9])
})

it('averages over every row of a baseline file, also where the input has as many', async () => {
  const starts = [1, 1, 1, 0, 2, 0, 3, 0, 1]
  put('starts.npy', npy([3, 3], starts))
  await explain(
    ...(['classifier.onnx', 'rows.npy', 'deeplift-shap', '--target', '1'] as const),
    ...['--baseline', 'starts.npy', '--output', 'shap.npy'],
  )
  const rows = readNpy(readFileSync(join(bench.folder, 'rows.npy'))).values
  const { values } = map('shap.npy')
  for (const [at, x] of rows.entries()) {
    const i = at % 3
    const mean = [0, 3, 6].reduce((sum, row) => sum + starts[row + i]! ** 2 / 3, 0)
    expect(values[at]).toBeCloseTo((x ** 2 - mean) * w(i, 1), 4)
  }
})

it('compares every noisy copy of SmoothGrad with the given baselines, as its base does', async () => {
  const starts = [1, 1, 1, 0, 2, 0, 3, 0, 1]
  put('bases.npy', npy([3, 3], starts))
  const smooth = async (base: string, baseline: string) => {
    await explain(
      ...(['classifier.onnx', 'x.npy', 'smoothgrad', '--target', '1'] as const),
      ...['--option', `base=${base}`, '--option', 'samples=1', '--option', 'noise=0'],
      ...['--baseline', baseline, '--output', 'smooth.npy'],
    )
    return map('smooth.npy').values
  }
  const squares = [9, 1, 4]
  for (const base of ['integrated-gradients', 'deeplift']) {
    for (const [i, value] of (await smooth(base, '2')).entries()) {
      expect(value, base).toBeCloseTo((squares[i]! - 4) * w(i, 1), 4)
    }
  }
  for (const [i, value] of (await smooth('deeplift-shap', 'bases.npy')).entries()) {
    const mean = [0, 3, 6].reduce((sum, row) => sum + starts[row + i]! ** 2 / 3, 0)
    expect(value).toBeCloseTo((squares[i]! - mean) * w(i, 1), 4)
  }
})

it('takes baselines as words, numbers (negative ones too) and files', async () => {
  put('start.npy', npy([3], [1, 1, 1], '<i4'))
  const cases: [string[], number[]][] = [
    [[], [0, 0, 0]],
    [
      ['--baseline', 'zeros'],
      [0, 0, 0],
    ],
    [
      ['--baseline', '-1'],
      [-1, -1, -1],
    ],
    [['--baseline=-.5'], [-0.5, -0.5, -0.5]],
    [
      ['--baseline', 'mean'],
      [2, 2, 2],
    ],
    [
      ['--baseline', 'start.npy'],
      [1, 1, 1],
    ],
    [
      ['--baseline', 'x=2'],
      [2, 2, 2],
    ],
  ]
  for (const [given, start] of cases) {
    const report = await explain(
      ...(['classifier.onnx', 'x.npy', 'integrated-gradients', '--target', '1'] as const),
      ...[...given, '--option', 'steps=3', '--output', 'map.npy'],
    )
    // Squares: the integral from x' to x is (x^2 - x'^2) w.
    const { values } = map('map.npy')
    for (const [i, x] of [3, 1, 2].entries())
      expect(values[i], given.join(' ')).toBeCloseTo((x ** 2 - start[i]! ** 2) * w(i, 1), 4)
    expect(report.options).toEqual({ steps: 3, quadrature: 'gauss-legendre' })
    expect(Math.abs(Number(report.completenessGap))).toBeLessThan(1e-4)
  }
  put('field.npy', npy([1, 1, 2, 3], [0, 0, 0, 0, 0, 0]))
  const blurred = await explain(
    ...(['segmenter.onnx', 'picture.npy', 'integrated-gradients', '--target', '0'] as const),
    ...['--baseline', 'blur:1.5', '--output', 'map.npy'],
  )
  expect(Math.abs(Number(blurred.completenessGap))).toBeLessThan(1e-4)
})

it('gives the same bytes for the same seed, and others for another', async () => {
  const noisy = (seed: readonly string[], output: string) =>
    explain(
      ...(['classifier.onnx', 'x.npy', 'smoothgrad', '--option', 'samples=4'] as const),
      ...['--option', 'noise=0.3', '--option', 'aggregate=mean-square', ...seed],
      ...['--output', output],
    )
  const first = await noisy([], 'a0.npy')
  await noisy(['--seed', '0'], 'b0.npy')
  await noisy(['--seed', '7'], 'c7.npy')
  const bytes = (name: string) => readFileSync(join(bench.folder, name)).toString('hex')
  expect(bytes('a0.npy')).toBe(bytes('b0.npy'))
  expect(bytes('a0.npy')).not.toBe(bytes('c7.npy'))
  expect(first).toMatchObject({
    seed: 0,
    options: { samples: 4, noise: 0.3, base: 'gradient', aggregate: 'mean-square' },
  })
})

it('reports all that the contract names, and hides windows of any extent', async () => {
  const report = await explain(
    ...(['segmenter.onnx', 'picture.npy', 'occlusion', '--target', '0'] as const),
    ...['--option', 'window=1,2', '--option', 'stride=1,1', '--output', 'map.npy'],
  )
  expect(report).toMatchObject({
    method: 'occlusion',
    options: { window: [1, 2], stride: [1, 1] },
    target: '0',
    score: 9,
    completenessGap: null,
    modelSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    inputSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    seed: 0,
    provider: expect.stringContaining('native'),
    elapsedMs: expect.any(Number),
    output: 'map.npy',
  })
  // Windows (0..1), (1..2) of each row: sums 3, -5 and 10, 5; the middle is the mean of both.
  expect(map('map.npy').values).toEqual([3, -1, -5, 10, 7.5, 5])
  const people = await run(
    ...['explain', '--model', 'segmenter.onnx', '--input', 'picture.npy'],
    ...['--method', 'gradient', '--output', 'map.npy'],
  )
  expect(people).toMatchObject({ status: 0, stderr: '' })
  expect(people.stdout).toContain('map.npy')
})

it('says how much relevance was conserved', async () => {
  const report = await explain(
    ...(['classifier.onnx', 'rows.npy', 'lrp', '--target', '1', '--output', 'lrp.npy'] as const),
  )
  expect(report).toMatchObject({
    method: 'lrp',
    options: { composite: 'epsilon', start: 'score', low: null },
    promise: 'conservation',
    completenessGap: [0, 0, 0].map(() => expect.closeTo(0, 4)),
  })
  const rows = [3, 1, 2, 1, 2, 0, 0, 1, 5]
  const shares = rows.map((x, at) => expect.closeTo(x * x * w(at % 3, 1), 4))
  expect(map('lrp.npy').values).toEqual(shares)
  const people = await run(
    ...['explain', '--model', 'classifier.onnx', '--input', 'x.npy', '--method', 'lrp'],
    ...['--option', 'composite=alpha-beta', '--option', 'beta=0.5', '--output', 'lrp.npy'],
  )
  expect(people.status).toBe(2)
  expect(people.stderr).toContain('alpha - beta must be 1')
})

it('writes 0 where a network has no finite gradient, and says how often and why', async () => {
  put('gaps.npy', npy([1, 4], [4, 0, -9, 0]))
  const report = await explain('root.onnx', 'gaps.npy', 'gradient', '--output', 'gaps-map.npy')
  expect(map('gaps-map.npy').values).toEqual([1, 0, -1, 0])
  const sentence =
    /^2 of 4 values of the Gradient map are not finite numbers .* such as occlusion\.$/
  expect(report).toMatchObject({
    score: 13,
    nonFinite: 2,
    notes: [expect.stringMatching(sentence)],
  })
  const people = await run(
    ...['explain', '--model', 'root.onnx', '--input', 'gaps.npy', '--method', 'gradient'],
    ...['--output', 'gaps-map.npy'],
  )
  expect(people).toMatchObject({ status: 0, stderr: '' })
  expect(people.stdout.split('\n')[0]).toMatch(sentence)
  const whole = await explain('root.onnx', 'x4.npy', 'gradient', '--output', 'whole.npy')
  expect(whole).not.toHaveProperty('notes')
  expect(whole).not.toHaveProperty('nonFinite')

  put('log.onnx', models.logarithm)
  const predicted = await json('predict', '--model', 'log.onnx', '--input', 'gaps.npy')
  expect(predicted).toMatchObject({
    notes: [expect.stringMatching(/^3 of 4 values of the output 'y' are NaN or infinite: /)],
  })
})
