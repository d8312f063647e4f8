/** @file The command as a whole: its lists, its manners on pipes and interrupts, and the demo case. */

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readMapCases } from '../../parity/map-cases.ts'
import { relativeDistance } from '../../parity/relative-distance.ts'
import {
  buildCommand,
  createWorkbench,
  finish,
  fixtures,
  hippocampus,
  root,
  startCommand,
} from './testing/built-command.ts'
import { readNpy } from './testing/npy-bytes.ts'

const bench = createWorkbench()
const { run, json, folder } = bench
const model = join(hippocampus, 'model.onnx')
const scan = join(hippocampus, 't1.nii.gz')

beforeAll(buildCommand)
afterAll(bench.remove)

it('lists methods and metrics, each as one JSON object', async () => {
  const { methods } = await json('methods')
  const list = methods as Record<string, unknown>[]
  const ids = list.map(({ id }) => String(id))
  expect(ids).toEqual(ids.toSorted())
  expect(ids).toEqual(
    expect.arrayContaining([
      ...['ablation-cam', 'attention-relevance', 'attention-rollout', 'cam', 'deconvnet'],
      ...['deeplift', 'deeplift-shap', 'eigen-cam', 'eigen-grad-cam', 'expected-gradients'],
      ...['grad-cam', 'grad-cam-plus-plus', 'gradient', 'guided-backprop', 'guided-grad-cam'],
      ...['hires-cam', 'input-x-gradient', 'integrated-gradients', 'layer-cam', 'occlusion'],
      ...['saliency', 'score-cam', 'smoothgrad', 'x-grad-cam'],
    ]),
  )
  for (const method of list) {
    expect(method).toMatchObject({ family: expect.any(String), label: expect.any(String) })
    expect(method).toHaveProperty('citation.url')
    expect(method).toHaveProperty('needs.gradient')
    for (const text of ['summary', 'strengths', 'limits'])
      expect(method, `${method.id}: ${text}`).toHaveProperty(
        text,
        expect.stringMatching(/^[A-Z].{20,}[.)]$/s),
      )
  }
  const { options } = list.find(({ id }) => id === 'integrated-gradients')!
  expect(options).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'steps', kind: 'integer', min: 1, default: 50 }),
      expect.objectContaining({ name: 'quadrature', default: 'gauss-legendre' }),
    ]),
  )
  const { metrics } = await json('metrics')
  for (const metric of metrics as Record<string, unknown>[])
    expect(metric).toMatchObject({ family: 'localisation', better: /^(higher|lower)$/ })
})

it('explains itself', async () => {
  for (const args of [[], ['--help'], ['explain', '--help']]) {
    const { status, stdout, stderr } = await run(...args)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('saliscope explain  --model M')
  }
})

it('inspects a model', async () => {
  const summary = await json('inspect', join(fixtures, 'unet3d.onnx'))
  expect(summary).toMatchObject({
    inputs: [{ dtype: 'float32' }],
    opsets: expect.any(Array),
    parameters: expect.any(Number),
  })
  expect(summary.operators).toContainEqual(expect.objectContaining({ op: 'Conv' }))
  expect(summary.methods).toContainEqual({ id: 'occlusion', supported: true, obstacle: null })
  // Three levels; the last convolution reads 8 channels on the finest.
  const layers = summary.layers as { name: string; shape: number[]; op: string; default: boolean }[]
  expect(layers.length).toBeGreaterThan(5)
  expect(layers.filter((layer) => layer.default)).toHaveLength(1)
  for (const layer of layers) expect(layer.shape, layer.name).toHaveLength(4)
  const open = await json('inspect', join(fixtures, 'resnet18.onnx'))
  expect(open).toMatchObject({ layers: expect.any(Array) })

  const { stdout } = await run('inspect', model)
  expect(stdout).toMatch(/^layers .*suggested: relu_2 \(Relu, 16x12x12x12\)$/m)
  expect(stdout).toMatch(/^inputs .*float32 \[\w+, 1, 96, 96, 96\]$/m)
  expect(stdout).toMatch(/^methods .*grad-cam-plus-plus, gradient/m)
})

it('goes from a scan to a prediction, a map on its own grid, and scores', async () => {
  const { subjects } = JSON.parse(readFileSync(join(hippocampus, 'expected.json'), 'utf8'))
  const prediction = await json('predict', '--model', model, '--input', scan)
  const [output] = prediction.outputs as {
    values: number[]
    argmax: number[]
    softmax: number[][]
  }[]
  for (const [i, logit] of (subjects[0].logits as number[]).entries()) {
    expect(output!.values[i]).toBeCloseTo(logit, 2)
    expect(output!.softmax[0]![i]).toBeCloseTo(subjects[0].probabilities[i], 4)
  }
  const report = await json(
    ...['explain', '--model', model, '--input', scan, '--method', 'gradient'],
    ...['--output', 'demo.nii.gz'],
  )
  expect(report.target).toBe(String(output!.argmax[0]))
  expect(report.score).toBeCloseTo(subjects[0].logits[1], 2)
  const [map, image] = [join(folder, 'demo.nii.gz'), scan].map((path) =>
    gunzipSync(readFileSync(path)),
  )
  expect(map!.readInt16LE(70), 'float32').toBe(16)
  for (const [from, to] of [
    [42, 48],
    [280, 328],
  ] as const)
    expect(map!.subarray(from, to)).toEqual(image!.subarray(from, to))
  const { metrics } = await json(
    ...['evaluate', '--map', 'demo.nii.gz', '--truth', join(hippocampus, 'truth.nii.gz')],
    ...['--metric', 'enrichment'],
  )
  expect(metrics).toMatchObject({ enrichment: { better: 'higher', chance: 1 } })
  expect((metrics as { enrichment: { value: number } }).enrichment.value).toBeGreaterThan(5)
})

it('explains a probability, and says so', async () => {
  const input = [
    '--model',
    join(fixtures, 'cnn3d.onnx'),
    '--input',
    join(fixtures, 'cnn3d.input.npy'),
  ]
  const { outputs } = await json('predict', ...input)
  const [{ values, dims }] = outputs as [{ values: number[]; dims: number[] }]
  const [rows = 1, classes = 1] = dims
  const shares = Array.from({ length: rows }, (_, row) => {
    const powers = values.slice(row * classes, (row + 1) * classes).map(Math.exp)
    return powers[1]! / powers.reduce((sum, power) => sum + power, 0)
  })
  const answer = await json(
    ...['explain', ...input, '--method', 'gradient', '--target', 'probability(1)'],
    ...['--output', 'probability.npy'],
  )
  expect(answer).toMatchObject({ target: 'probability(1)', targetLabel: 'probability of class 1' })
  for (const [row, score] of [answer.score].flat().entries())
    expect(score).toBeCloseTo(shares[row]!, 5)
})

it('gives the maps that PyTorch gives', async () => {
  const { cases } = readMapCases('methods')
  const chosen = (
    [
      ['cnn3d', 'integrated-gradients'],
      ['cnn3d', 'smoothgrad'],
      ['resnet18', 'grad-cam'],
      ['resnet18', 'guided-backprop'],
      ['unet3d', 'occlusion'],
      ['unet3d', 'saliency'],
    ] as const
  ).map(([network, method]) =>
    cases.findLast((each) => each.network === network && each.method === method),
  )
  for (const each of chosen) {
    const file = (name: string) => join(fixtures, name)
    await json(
      ...['explain', '--model', file(each!.model), '--input', file(each!.input)],
      ...['--method', each!.method, '--target', each!.target, '--output', 'parity.npy'],
      ...Object.entries(each!.options).flatMap(([key, value]) => ['--option', `${key}=${value}`]),
      ...(each!.baseline ? ['--baseline', file(each!.baseline)] : []),
      ...(each!.layer ? ['--layer', each!.layer] : []),
      ...(each!.seed === undefined ? [] : ['--seed', String(each!.seed)]),
    )
    const map = readNpy(readFileSync(join(folder, 'parity.npy')))
    const expected = readNpy(readFileSync(file(each!.expected)))
    expect(map.dims).toEqual(expected.dims)
    const [got, wanted] = [map, expected].map(({ values }) => Float32Array.from(values))
    expect(relativeDistance(got!, wanted!), each!.expected).toBeLessThan(1e-4)
  }
})

it.skipIf(process.platform === 'win32')(
  'stops with 130 when interrupted, without a file',
  async () => {
    const child = startCommand(
      [
        ...['explain', '--model', model, '--input', scan, '--method', 'occlusion'],
        ...['--option', 'window=8', '--option', 'stride=4', '--output', 'long.nii.gz'],
      ],
      folder,
    )
    setTimeout(() => child.kill('SIGINT'), 4000)
    expect(await finish(child)).toEqual({ status: 130, signal: null, stdout: '', stderr: '' })
    expect(readdirSync(folder).filter((name) => name.startsWith('long'))).toEqual([])
  },
)

it('ends quietly when its reader has seen enough', async () => {
  const child = startCommand(['methods', '--json'], folder)
  child.stdout.once('data', () => child.stdout.destroy())
  const errors: string[] = []
  child.stderr.on('data', (text) => errors.push(String(text)))
  const status = await new Promise((done) => child.on('exit', done))
  expect({ status, errors }).toEqual({ status: 0, errors: [] })
})

const lockIs = (stamp: string) =>
  existsSync(stamp) &&
  readFileSync(stamp, 'utf8') ===
    createHash('sha256')
      .update(readFileSync(join(root, 'package-lock.json')))
      .digest('hex')

// Elsewhere the script would first install packages, under the feet of this test.
it.skipIf(!lockIs(join(root, 'node_modules/.saliscope-lock')))(
  'runs through npm from any folder, with paths as the caller means them',
  () => {
    const args = ['explain', '--model', model, '--input', scan, '--method', 'saliency']
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, 'scripts/saliscope.mjs'), ...args, '--output', 'npm.npy'],
      // npm starts scripts in the project's root and leaves the caller's folder in INIT_CWD.
      { cwd: root, env: { ...process.env, INIT_CWD: folder }, encoding: 'utf8' },
    )
    expect(status, stderr).toBe(0)
    expect(stdout).toContain('npm.npy')
    expect(existsSync(join(folder, 'npm.npy'))).toBe(true)
  },
)
