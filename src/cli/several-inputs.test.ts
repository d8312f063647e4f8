/** @file Models with several inputs: volumes, each on its own grid, beside arrays and numbers. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { decode } from '../core/onnx/codec.ts'
import { readFloats } from '../core/onnx/constants.ts'
import { randomNumbers } from '../core/testing/tiny-models.ts'
import { readNifti } from '../core/volume/nifti-read.ts'
import { writeNifti, writeNiftiGzip } from '../core/volume/nifti-write.ts'
import { buildCommand, createWorkbench, root } from './testing/built-command.ts'
import { npy, readNpy } from './testing/npy-bytes.ts'

type Sizes = readonly [number, number, number]

const bench = createWorkbench()
const { put, json, run } = bench
const small: Sizes = [6, 7, 6]
const large: Sizes = [8, 9, 8]
const straight = [2, 0, 0, -6, 0, 2, 0, -6, 0, 0, 2, -5, 0, 0, 0, 1] as const
/** i points left: the model, which takes RAS, sees it mirrored. */
const mirrored = [-2, 0, 0, 9, 0, 2, 0, -7, 0, 0, 2, -4, 0, 0, 0, 1] as const
const t1 = Float32Array.from(randomNumbers(6 * 7 * 6, 1))
const flair = Float32Array.from(randomNumbers(8 * 9 * 8, 2))

const at = ([nx, ny]: Sizes, i: number, j: number, k: number) => i + nx * (j + ny * k)
/** The 6 x 7 x 6 box as the tensor has it, last axis fastest; `read` gives the index in the file. */
const tensorOf = (data: ArrayLike<number>, read: (i: number, j: number, k: number) => number) =>
  Array.from(
    { length: 6 * 7 * 6 },
    (_, n) => data[read(Math.floor(n / 42), Math.floor(n / 6) % 7, n % 6)]!,
  )
const inT1 = (i: number, j: number, k: number) => at(small, i, j, k)
/** Mirrored along i, one voxel cut off all around. */
const inFlair = (i: number, j: number, k: number) => at(large, 6 - i, j + 1, k + 1)

const readVolume = (name: string) =>
  readNifti(new Uint8Array(readFileSync(join(bench.folder, name))), { name }).volume
const readArray = (name: string) => readNpy(readFileSync(join(bench.folder, name))).values
const closeTo = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 6))

beforeAll(async () => {
  await buildCommand()
  const several = join(root, 'parity/fixtures/several')
  for (const name of ['contrasts', 'clinical']) {
    put(`${name}.onnx`, readFileSync(join(several, `${name}.onnx`)))
    put(`${name}.card.json`, '{ "classNames": ["A", "B", "C"] }')
  }
  put('scan-and-age.onnx', readFileSync(join(root, 'e2e/files/two-inputs.onnx')))
  put('t1.nii', writeNifti({ data: t1, dims: small, affine: straight }))
  put('flair.nii.gz', writeNiftiGzip({ data: flair, dims: large, affine: mirrored }))
  put('t1.npy', npy([1, 1, ...small], tensorOf(t1, inT1)))
  put('flair.npy', npy([1, 1, ...small], tensorOf(flair, inFlair)))
  put('clinical.npy', npy([1, 3], [0.5, -1, 2]))
  put('two-rows.npy', npy([2, 3], [0.5, -1, 2, 0, 0, 0]))
})
afterAll(bench.remove)

const contrasts = ['--model', 'contrasts.onnx'] as const
const volumes = ['--input', 'flair=flair.nii.gz', '--input', 't1=t1.nii'] as const
const arrays = ['--input', 'flair=flair.npy', '--input', 't1=t1.npy'] as const

it('prepares each volume for its own input', async () => {
  const fromVolumes = await json('predict', ...contrasts, ...volumes)
  const fromArrays = await json('predict', ...contrasts, ...arrays)
  expect(fromVolumes.outputs).toEqual(fromArrays.outputs)
  expect(fromVolumes.classNames).toEqual(['A', 'B', 'C'])
  expect(fromVolumes.steps).toContain('t1: Laid out as 1 x 1 x 6 x 7 x 6 (NCIJK).')
  expect(fromVolumes.steps).toContain('flair: Laid out as 1 x 1 x 6 x 7 x 6 (NCIJK).')
})

it.each(['gradient', 'grad-cam'])('%s: each map lies on its own volume', async (method) => {
  const explain = ['explain', ...contrasts, '--method', method, '--target', 'classes:1'] as const
  const { output } = await json(...explain, ...volumes, '--output', 'map.nii.gz')
  await json(...explain, ...arrays, '--output', 'map.npy')
  expect(output).toEqual(['map.t1.nii.gz', 'map.flair.nii.gz'])
  const own = readVolume('map.t1.nii.gz')
  expect(own).toMatchObject({ dims: small, affine: straight })
  expect(tensorOf(own.data, inT1)).toEqual(closeTo(readArray('map.t1.npy')))
  const other = readVolume('map.flair.nii.gz')
  expect(other).toMatchObject({ dims: large, affine: mirrored })
  expect(tensorOf(other.data, inFlair)).toEqual(closeTo(readArray('map.flair.npy')))
  expect(other.data[at(large, 0, 0, 0)], 'outside what the model saw').toBe(0)
})

it('takes a baseline for each input, volumes as the input was prepared', async () => {
  const explain = [
    ...['explain', ...contrasts, '--method', 'integrated-gradients', '--target', 'classes:0'],
    ...['--option', 'steps=60'],
  ]
  const report = await json(
    ...[...explain, ...volumes, '--baseline', 't1=t1.nii', '--baseline', 'flair=0.25'],
    ...['--output', 'ig.nii'],
  )
  expect(Math.abs(Number(report.completenessGap))).toBeLessThan(1e-2)
  expect(Math.max(...readVolume('ig.t1.nii').data.map(Math.abs)), 'at its own baseline').toBe(0)
  await json(
    ...[...explain, ...arrays, '--baseline', 't1=t1.npy', '--baseline', 'flair=0.25'],
    ...['--output', 'ig.npy'],
  )
  const map = tensorOf(readVolume('ig.flair.nii').data, inFlair)
  expect(map).toEqual(closeTo(readArray('ig.flair.npy')))
  expect(Math.max(...map)).toBeGreaterThan(1e-4)
})

it('takes an image with an array or with numbers beside it', async () => {
  const clinical = ['--model', 'clinical.onnx', '--input', 'image=t1.nii'] as const
  const beside = async (value: string) =>
    (await json('predict', ...clinical, '--input', `clinical=${value}`)).outputs
  expect(await beside('0.5,-1,2')).toEqual(await beside('clinical.npy'))
  expect(await beside('0.5,-1,3')).not.toEqual(await beside('clinical.npy'))
  const { output } = await json(
    ...['explain', ...clinical, '--input', 'clinical=0.5,-1,2', '--method', 'input-x-gradient'],
    ...['--output', 'with.nii.gz'],
  )
  expect(output).toEqual(['with.image.nii.gz', 'with.clinical.npy'])
  expect(readVolume('with.image.nii.gz').dims).toEqual(small)
  expect(readArray('with.clinical.npy')).toHaveLength(3)
})

it('guesses a card for the image where there is none, and explains the number', async () => {
  const dims: Sizes = [17, 16, 18]
  const data = Float32Array.from(randomNumbers(17 * 16 * 18, 3))
  put('scan.nii', writeNifti({ data, dims, affine: straight }))
  const { graph } = decode(new Uint8Array(readFileSync(join(bench.folder, 'scan-and-age.onnx'))))
  const perYear = readFloats(graph.initializers.get('wa')!)[4]!
  const report = await json(
    ...['explain', '--model', 'scan-and-age.onnx', '--input', 'scan=scan.nii', '--input', 'age=63'],
    ...['--method', 'integrated-gradients', '--target', 'predicted_age:0'],
    ...['--baseline', 'age=40', '--output', 'aged.nii'],
  )
  expect((report.steps as string[]).join()).toContain('scan: The model has no card')
  const [share] = readArray('aged.age.npy')
  expect(share).toBeCloseTo((63 - 40) * perYear, 4)
})

const refused: readonly (readonly [RegExp, readonly string[]])[] = [
  [/2 inputs: give each one/, ['--input', 't1=t1.nii']],
  [/2 inputs: give each one/, ['--input', 't1.nii', '--input', 'flair.nii.gz']],
  [/input 't1': the model takes 1 volume/, [...volumes, '--input', 't1=t1.nii']],
  [/input 'flair' was given 2 times/, [...volumes, '--input', 'flair=flair.npy']],
  [
    /'flair' takes anyx1x6x7x6, which is not 1 number/,
    ['--input', 't1=t1.nii', '--input', 'flair=3'],
  ],
  [/'absent\.nii': there is no such file/, ['--input', 't1=t1.nii', '--input', 'flair=absent.nii']],
  [/baseline 't1\.nii' is a volume.*'flair'/, [...mixed(), '--baseline', 'flair=t1.nii']],
]

function mixed(): readonly string[] {
  return ['--input', 't1=t1.nii', '--input', 'flair=flair.npy']
}

it('says in one line what does not fit', async () => {
  const before = readdirSync(bench.folder)
  const gradient = ['--method', 'gradient', '--output', 'none.nii.gz'] as const
  const clinical = ['--model', 'clinical.onnx', '--input', 'image=t1.nii', '--input'] as const
  const cases: typeof refused = [
    ...refused.map(([says, args]) => [says, [...contrasts, ...args]] as const),
    [/'clinical' takes anyx3, which is not 2 numbers/, [...clinical, 'clinical=1,2']],
    [/'image' has 1, 'clinical' has 2/, [...clinical, 'clinical=two-rows.npy']],
    [/input 'clinical': .*layout/, [...clinical, 'clinical=t1.nii']],
  ]
  for (const [says, args] of cases) {
    const { status, stdout, stderr } = await run('explain', ...args, ...gradient)
    expect(stderr, args.join(' ')).toMatch(says)
    expect(stderr, args.join(' ')).toMatch(/^saliscope: [^\n]+\n$/)
    expect({ status, stdout }, args.join(' ')).toEqual({ status: 2, stdout: '' })
  }
  expect(readdirSync(bench.folder)).toEqual(before)
})
