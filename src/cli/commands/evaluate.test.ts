/** @file `saliscope evaluate`, as built: numbers worked out by hand, and volumes on other grids. */

import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeNifti, writeNiftiGzip } from '../../core/volume/nifti-write.ts'
import type { Affine } from '../../core/volume/volume.ts'
import { buildCommand, createWorkbench } from '../testing/built-command.ts'
import { npy } from '../testing/npy-bytes.ts'

const bench = createWorkbench()
const { put, run } = bench

type Scores = Record<string, { value: number | null; better: string; reason?: string }>
async function evaluate(...args: readonly string[]) {
  const { metrics, notes } = await bench.json('evaluate', ...args)
  return { metrics: metrics as Scores, notes: notes as string[] | undefined }
}

const metresApart = (size: number): Affine =>
  [...[size, 0, 0, 0], ...[0, size, 0, 0], ...[0, 0, size, 0], ...[0, 0, 0, 1]] as unknown as Affine

beforeAll(async () => {
  await buildCommand()
  put('map.npy', npy([2, 3], [4, -3, 0, 1, 2, 0]))
  put('truth.npy', npy([2, 3], [1, 2, 0, 0, 0, 0], '<i8'))
  put('empty.npy', npy([2, 3], [0, 0, 0, 0, 0, 0], '|u1'))
  // One voxel of 4 x 4 x 4 is hot, and lies in the mask; the mask's grid has voxels half as large.
  const hot = new Float32Array(64)
  hot[21] = 2
  put('map.nii.gz', writeNiftiGzip({ data: hot, dims: [4, 4, 4], affine: metresApart(2) }))
  const fine = new Float32Array(512)
  for (const [i, j, k] of [0, 1, 2, 3, 4, 5, 6, 7].map((n) => [n & 1, (n >> 1) & 1, n >> 2]))
    fine[2 + i! + 8 * (2 + j!) + 64 * (2 + k!)] = 3
  put('fine.nii', writeNifti({ data: fine, dims: [8, 8, 8], affine: metresApart(1) }))
  put(
    'blank.nii',
    writeNifti({ data: new Float32Array(64), dims: [4, 4, 4], affine: metresApart(2) }),
  )
})
afterAll(bench.remove)

it('gives the numbers of the formulas', async () => {
  const arrays = ['--map', 'map.npy', '--truth', 'truth.npy']
  const { metrics } = await evaluate(...arrays, '--option', 'top-k-intersection.k=3')
  expect(Object.keys(metrics)).toEqual(
    expect.arrayContaining([
      ...['average-precision', 'best-dice', 'dice', 'enrichment', 'iou', 'mass-centre-distance'],
      ...['pointing-game', 'precision', 'recall', 'relevance-mass-accuracy'],
      ...['relevance-rank-accuracy', 'roc-auc', 'top-k-intersection'],
    ]),
  )
  for (const [id, { better, value }] of Object.entries(metrics)) {
    expect(better, id).toBe(id === 'mass-centre-distance' ? 'lower' : 'higher')
    expect(typeof value, id).toBe('number')
  }
  expect(metrics['relevance-mass-accuracy']!.value).toBeCloseTo(7 / 10, 6)
  expect(metrics.enrichment!.value).toBeCloseTo(0.7 / (2 / 6), 6)
  expect(metrics['top-k-intersection']!.value).toBeCloseTo(2 / 3, 6)
  for (const id of ['relevance-rank-accuracy', 'roc-auc', 'pointing-game', 'best-dice'])
    expect(metrics[id]!.value, id).toBe(1)

  const one = await evaluate(
    ...[...arrays, '--label', '2', '--metric', 'relevance-mass-accuracy', '--metric', 'dice'],
    ...['--option', 'relevance-mass-accuracy.sign=positive', '--option', 'dice.percentile=50'],
  )
  // Above the median of 0 0 1 2 3 4 lie three voxels, one of them labelled 2.
  expect(Object.keys(one.metrics)).toEqual(['relevance-mass-accuracy', 'dice'])
  expect(one.metrics['relevance-mass-accuracy']!.value).toBe(0)
  expect(one.metrics.dice!.value).toBeCloseTo(2 / 4, 6)
})

it('puts a mask of another grid on the grid of the map, and says so', async () => {
  const { metrics, notes } = await evaluate('--map', 'map.nii.gz', '--truth', 'fine.nii')
  expect(notes).toHaveLength(1)
  expect(notes![0]).toMatch(/fine\.nii: .*another grid/)
  expect(metrics['relevance-mass-accuracy']!.value).toBe(1)
  expect(metrics['pointing-game']!.value).toBe(1)
  const told = await run('evaluate', '--map', 'map.nii.gz', '--truth', 'fine.nii')
  expect(told).toMatchObject({ status: 0, stderr: '' })
  expect(told.stdout).toMatch(/another grid/)
})

it('says why a metric cannot be computed, and never NaN', async () => {
  for (const files of [
    ['--map', 'map.npy', '--truth', 'empty.npy'],
    ['--map', 'map.nii.gz', '--truth', 'blank.nii'],
  ]) {
    const { metrics } = await evaluate(...files)
    for (const [id, { value, reason }] of Object.entries(metrics)) {
      expect(value, id).toBeNull()
      expect(reason, id).toMatch(/mask is empty/)
    }
  }
  const flat = await evaluate('--map', 'empty.npy', '--truth', 'truth.npy')
  expect(flat.metrics['relevance-mass-accuracy']).toMatchObject({ value: null })
  expect(flat.metrics['roc-auc']!.reason).toMatch(/constant/)
})
