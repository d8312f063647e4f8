/** @file What is refused: status 2, one line on standard error, nothing on standard output, no output file. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeNifti } from '../core/volume/nifti-write.ts'
import { buildCommand, createWorkbench, fixtures, hippocampus } from './testing/built-command.ts'
import { npy, readNpy } from './testing/npy-bytes.ts'
import * as models from './testing/small-models.ts'

const bench = createWorkbench()
const demoModel = join(hippocampus, 'model.onnx')
const demoVolume = join(hippocampus, 't1.nii.gz')

beforeAll(async () => {
  await buildCommand()
  const { put } = bench
  put('classifier.onnx', models.classifier)
  put('two.onnx', models.twoInputs)
  put('determinants.onnx', models.determinants)
  put('segmenter.onnx', models.segmenter)
  put('text.onnx', 'This is a shopping list.\n')
  put('empty.onnx', '')
  const network = readFileSync(join(fixtures, 'cnn3d.onnx'))
  put('cut.onnx', network.subarray(0, network.length >> 1))
  put('cnn3d.onnx', network)
  put('x.npy', npy([1, 3], [3, 1, 2]))
  put('wide.npy', npy([1, 4], [3, 1, 2, 4]))
  put('flat.npy', npy([3], [3, 1, 2]))
  put('none.npy', npy([0, 3], []))
  put('nan.npy', npy([1, 3], [3, Number.NaN, Infinity]))
  put('complex.npy', npy([1, 3], [3, 1, 2], '<c8'))
  put('cut.npy', npy([1, 3], [3, 1, 2]).subarray(0, 100))
  put('text.npy', 'not an array')
  put('picture.npy', npy([1, 1, 2, 3], [5, -2, -3, 4, 6, -1]))
  put('mask.npy', npy([2, 3], [0, 0, 0, 0, 0, 0], '|u1'))
  put('channels.npy', npy([1, 2, 12, 12, 12], new Array<number>(2 * 12 ** 3).fill(1)))
  const volume = readFileSync(demoVolume)
  put('cut.nii.gz', volume.subarray(0, volume.length >> 1))
  put('text.nii', 'no volume either')
  const affine = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] as const
  put('flat.nii', writeNifti({ data: new Float32Array(8), dims: [2, 2, 2], affine }))
  const demo = readFileSync(demoModel)
  put('broken/model.onnx', demo)
  put('broken/model.card.json', '{ "layout": ')
  put('odd/model.onnx', demo)
  put('odd/model.card.json', '{ "layout": "NCXYZ" }')
  put('unfit/model.onnx', demo)
  put('unfit/model.card.json', '{ "channels": ["T1w", "T2w"] }')
  put('monai/models/model.onnx', network)
  put('monai/configs/metadata.json', '{ "network_data_format": { "inputs":')
})
afterAll(bench.remove)

const output = ['--output', 'out.npy'] as const
const explain = (model: string, input: string, method: string, ...more: readonly string[]) => [
  ...['explain', '--model', model, '--input', input, '--method', method, ...output, ...more],
]
const onX = (...more: readonly string[]) => explain('classifier.onnx', 'x.npy', 'gradient', ...more)
const onPicture = (...more: readonly string[]) =>
  explain('segmenter.onnx', 'picture.npy', 'gradient', ...more)
const onDemo = (model: string) => explain(model, demoVolume, 'gradient')

const refused: Readonly<Record<string, readonly (readonly [RegExp, readonly string[]])[]>> = {
  arguments: [
    [/no command 'explian'.*explain/, ['explian']],
    [/no argument '--metod'.*--method/, onX('--metod', 'gradient')],
    [/needs --model/, ['explain', '--input', 'x.npy', '--method', 'gradient', ...output]],
    [/needs --output/, ['explain', '--method', 'gradient']],
    [/needs a model/, ['inspect']],
    [/'surplus'/, ['methods', 'surplus']],
    [/--seed.*whole number/, onX('--seed', '1.5')],
    [/--layer needs a value/, onX('--layer', '--json')],
    [/given 2 times/, onX('--target', '0', '--target', '1')],
    [/NAME=FILE|--input a=FILE --input b=FILE/, explain('two.onnx', 'x.npy', 'gradient')],
  ],
  'names and options': [
    [
      /no attribution method 'gradcam': did you mean 'grad-cam'/,
      explain('classifier.onnx', 'x.npy', 'gradcam'),
    ],
    [/no option 'steps'/, onX('--option', 'steps=3')],
    [
      /'window' must be a whole number/,
      explain('classifier.onnx', 'x.npy', 'occlusion', '--option', 'window=wide'),
    ],
    [/write key=value/, onX('--option', 'steps')],
    [/takes no layer/, onX('--layer', 'squares')],
    [/no regions/, onX('--regions', 'x.npy')],
    [/nowhere/, explain('segmenter.onnx', 'picture.npy', 'grad-cam', '--layer', 'nowhere')],
    [/nowhere/, onX('--target', 'nowhere:1')],
    [/class 2 does not exist.*0 to 1/, onX('--target', '2')],
    [/not understood/, onX('--target', '-1')],
    [/target names 2 rows/, onX('--target', '0;1')],
    [/outside 'maps'/, onPicture('--target', '1,0,3')],
    [/needs a truth mask/, onPicture('--target', '1@mask')],
    [/mask is empty/, onPicture('--target', '1@mask', '--truth', 'mask.npy')],
    [/baseline 'black' is not understood/, onX('--baseline', 'black')],
    [/baseline is 1.*4/, onX('--baseline', 'wide.npy')],
  ],
  outputs: [
    [
      /folder 'missing' does not exist/,
      ['explain', '--method', 'gradient', '--output', 'missing/map.npy'],
    ],
    [/must end in \.npy/, ['explain', '--method', 'gradient', '--output', 'map.png']],
    [
      /NIfTI output needs a NIfTI input/,
      [
        'explain',
        '--model',
        'classifier.onnx',
        '--input',
        'x.npy',
        '--method',
        'gradient',
        '--output',
        'map.nii.gz',
      ],
    ],
  ],
  models: [
    [/no such file/, ['inspect', 'absent.onnx']],
    [/it is a folder/, ['inspect', '.']],
    [/text\.onnx/, ['inspect', 'text.onnx']],
    [/empty\.onnx/, ['inspect', 'empty.onnx']],
    [/cut\.onnx/, explain('cut.onnx', 'x.npy', 'gradient')],
    [/text\.onnx/, explain('text.onnx', 'x.npy', 'gradient')],
    [/Det\b/, explain('determinants.onnx', 'picture.npy', 'gradient')],
  ],
  arrays: [
    [/no such file/, explain('classifier.onnx', 'absent.npy', 'gradient')],
    [/neither \.npy nor/, explain('classifier.onnx', 'classifier.onnx', 'gradient')],
    [/text\.npy: .*signature/, explain('classifier.onnx', 'text.npy', 'gradient')],
    [/cut\.npy: .*truncated/, explain('classifier.onnx', 'cut.npy', 'gradient')],
    [/complex\.npy: .*astype/, explain('classifier.onnx', 'complex.npy', 'gradient')],
    [/nan\.npy: 2 of 3 values/, explain('classifier.onnx', 'nan.npy', 'gradient')],
    [/no elements/, explain('classifier.onnx', 'none.npy', 'gradient')],
    [/anyx3/, explain('classifier.onnx', 'wide.npy', 'gradient')],
    [/anyx3/, explain('classifier.onnx', 'flat.npy', 'gradient')],
    [/1x2x12x12x12/, explain('cnn3d.onnx', 'channels.npy', 'gradient')],
  ],
  'volumes and cards': [
    [/cut\.nii\.gz/, explain(demoModel, 'cut.nii.gz', 'gradient')],
    [/text\.nii/, explain(demoModel, 'text.nii', 'gradient')],
    [/flat\.nii/, explain(demoModel, 'flat.nii', 'gradient')],
    [/model\.card\.json: .*not valid JSON/, onDemo('broken/model.onnx')],
    [/model\.card\.json: .*layout/, onDemo('odd/model.onnx')],
    [/2 channels|2 volumes/, onDemo('unfit/model.onnx')],
    [/metadata\.json: .*not valid JSON/, onDemo('monai/models/model.onnx')],
  ],
  evaluation: [
    [
      /needs --truth/,
      [
        'evaluate',
        '--map',
        'x.npy',
        '--model',
        'classifier.onnx',
        '--input',
        'x.npy',
        '--method',
        'gradient',
      ],
    ],
    [/no metric 'roc'/, ['evaluate', '--map', 'x.npy', '--truth', 'x.npy', '--metric', 'roc']],
    [/METRIC\.key=value/, ['evaluate', '--map', 'x.npy', '--truth', 'x.npy', '--option', 'k=3']],
    [/no option 'q'/, ['evaluate', '--map', 'x.npy', '--truth', 'x.npy', '--option', 'dice.q=3']],
    [/1x4.*1x3|1x3.*1x4/, ['evaluate', '--map', 'wide.npy', '--truth', 'x.npy']],
    [/not finite/, ['evaluate', '--map', 'nan.npy', '--truth', 'x.npy']],
    [/NIfTI volume, as the map is/, ['evaluate', '--map', demoVolume, '--truth', 'x.npy']],
  ],
}

describe.each(Object.entries(refused))('%s', (_, cases) => {
  it('gets one line and status 2', async () => {
    const before = readdirSync(bench.folder)
    for (const [says, args] of cases) {
      const { status, stdout, stderr } = await bench.run(...args)
      const shown = `${args.join(' ')}\n${stderr}`
      expect(stderr, shown).toMatch(says)
      expect(stderr, shown).toMatch(/^saliscope: [^\n]+\n$/)
      expect(stderr, shown).not.toMatch(/\bat .*\.mjs|Error:|undefined|\[object/)
      expect({ status, stdout }, shown).toEqual({ status: 2, stdout: '' })
    }
    expect(readdirSync(bench.folder)).toEqual(before)
  })
})

it('leaves an output that is already there as it was', async () => {
  bench.put('kept.npy', 'mine')
  const args = onX('--target', '9').map((arg) => (arg === 'out.npy' ? 'kept.npy' : arg))
  expect((await bench.run(...args)).status).toBe(2)
  expect(readFileSync(join(bench.folder, 'kept.npy'), 'utf8')).toBe('mine')
})

it('does not need a metadata.json where arrays are given', async () => {
  bench.put('beside/model.onnx', models.classifier)
  bench.put('beside/metadata.json', 'not JSON, and none of our business')
  const args = explain('beside/model.onnx', 'x.npy', 'gradient')
  const { status, stderr } = await bench.run(...args.with(args.indexOf('out.npy'), 'fine.npy'))
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

it('says which operator stands in the way, and still hides windows', async () => {
  const { methods } = await bench.json('inspect', 'determinants.onnx')
  expect(methods).toContainEqual(
    expect.objectContaining({
      id: 'gradient',
      supported: false,
      obstacle: expect.objectContaining({ message: expect.stringContaining('Det') }),
    }),
  )
  await bench.json(
    ...[
      'explain',
      '--model',
      'determinants.onnx',
      '--input',
      'picture.npy',
      '--method',
      'occlusion',
    ],
    ...[
      '--target',
      'sum',
      '--option',
      'window=1',
      '--option',
      'stride=1',
      '--output',
      'hidden.npy',
    ],
  )
  const { values } = readNpy(readFileSync(join(bench.folder, 'hidden.npy')))
  expect(values).toEqual([5, 2, 3, 4, 6, 1])
})
