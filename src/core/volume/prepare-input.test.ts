import { describe, expect, test } from 'vitest'
import { expectedVolumes, optionalFile, volumeFile } from '../../../parity/volume-fixtures.ts'
import { applyAffine, diagonalAffine } from './affine.ts'
import { type ModelCard, parseModelCard } from './model-card.ts'
import { readNifti } from './nifti-read.ts'
import { prepareInput } from './prepare-input.ts'
import type { Volume } from './volume.ts'

const source = readNifti(volumeFile('prepare-source.nii.gz')).volume

function image(dims: readonly [number, number, number], values?: readonly number[]): Volume {
  const count = dims[0] * dims[1] * dims[2]
  return {
    data: Float32Array.from({ length: count }, (_, index) => values?.[index] ?? index + 1),
    dims,
    affine: diagonalAffine([1, 1, 1], [0, 0, 0]),
  }
}

function any(card: ModelCard): null[] {
  return [...card.layout].map(() => null)
}

describe('the tensors that nibabel, NumPy and the page of the manual make', () => {
  test.each(expectedVolumes.prepared)('$name', ({ card: json, dims, values }) => {
    const card = parseModelCard(json)
    const prepared = prepareInput([source], card, any(card))
    expect(prepared.inputs).toHaveLength(1)
    const tensor = prepared.inputs[0]!
    expect(tensor.dims).toEqual(dims)
    const gaps = values.map((value, n) => Math.abs(value - (tensor.data[n] ?? Number.NaN)))
    const scale = Math.max(1, ...values.map(Math.abs))
    expect(Math.max(...gaps) / scale).toBeLessThan(1e-5)
    expect(prepared.min).toBe(Math.min(...tensor.data))
    expect(prepared.max).toBe(Math.max(...tensor.data))
  })
})

describe('by hand', () => {
  test.each([
    // 5 to 3: voxel floor(5/2) - floor(3/2) = 1 comes first.
    [5, 3, [2, 3, 4]],
    [4, 3, [2, 3, 4]],
    [5, 4, [1, 2, 3, 4]],
    // 3 to 6: floor(3/2) = 1 zero in front.
    [3, 6, [0, 1, 2, 3, 0, 0]],
    [3, 5, [0, 1, 2, 3, 0]],
    [2, 3, [1, 2, 0]],
    [3, 3, [1, 2, 3]],
  ])('crop or pad %i to %i', (size, wanted, values) => {
    const card = parseModelCard({ shape: [wanted, 1, 1], fit: 'crop-or-pad' })
    const { inputs } = prepareInput([image([size, 1, 1])], card, any(card))
    expect([...inputs[0]!.data]).toEqual(values)
  })

  test('2 mm from 1 mm shares the centre: between voxels 0 1 and 2 3', () => {
    const card = parseModelCard({ spacing: [2, null, null] })
    const { inputs, grid, steps } = prepareInput([image([4, 1, 1])], card, any(card))
    expect([...inputs[0]!.data]).toEqual([1.5, 3.5])
    expect(applyAffine(grid.affine, [0, 0, 0])).toEqual([0.5, 0, 0])
    expect(steps).toEqual([
      'Resampled (trilinear) from 1 x 1 x 1 mm to 2 x 1 x 1 mm.',
      'Laid out as 1 x 1 x 2 x 1 x 1 (NCIJK).',
    ])
  })

  test('sizes that stay open are padded to a multiple', () => {
    const card = parseModelCard({ multipleOf: 4 })
    const { inputs } = prepareInput([image([5, 4, 1])], card, any(card))
    expect(inputs[0]!.dims).toEqual([1, 1, 8, 4, 4])
  })

  test('what the model declares fills what the card leaves open, and is said', () => {
    const card = parseModelCard({})
    const { inputs, steps } = prepareInput([image([4, 4, 4])], card, [1, 1, 2, 4, null])
    expect(inputs[0]!.dims).toEqual([1, 1, 2, 4, 4])
    expect(steps).toEqual([
      "Shape 2 x 4 x 4 taken from the model's declared input.",
      "Cropped from 4 x 4 x 4 to 2 x 4 x 4 around the volume's centre.",
      'Laid out as 1 x 1 x 2 x 4 x 4 (NCIJK).',
    ])
  })

  test('intensity on the volume: padding is 0 after the z-score', () => {
    const card = parseModelCard({
      shape: [4, 1, 1],
      fit: 'pad',
      intensity: 'z-score',
      intensityOn: 'volume',
    })
    const { inputs } = prepareInput([image([2, 1, 1], [10, 30])], card, any(card))
    expect([...inputs[0]!.data]).toEqual([0, -1, 1, 0])
    const onGrid = prepareInput(
      [image([2, 1, 1], [10, 30])],
      { ...card, intensityOn: 'grid' },
      any(card),
    )
    // Zeros take part: mean 10, variance (100 + 0 + 400 + 100) / 4 = 150.
    expect([...onGrid.inputs[0]!.data].map((value) => value * Math.sqrt(150))).toEqual(
      [-10, 0, 20, -10].map((value) => expect.closeTo(value, 5)),
    )
  })

  test('a constant image: z-score gives zeros, min-max the lower end', () => {
    const flat = image([2, 1, 1], [7, 7])
    const scored = parseModelCard({ intensity: 'z-score' })
    expect([...prepareInput([flat], scored, any(scored)).inputs[0]!.data]).toEqual([0, 0])
    const scaled = parseModelCard({ intensity: { kind: 'min-max', to: [-1, 1] } })
    expect([...prepareInput([flat], scaled, any(scaled)).inputs[0]!.data]).toEqual([-1, -1])
  })

  test('two volumes on different grids become two channels on the first one', () => {
    const card = parseModelCard({ channels: ['T1', 'FLAIR'] })
    const other: Volume = {
      ...image([2, 1, 1], [5, 6]),
      affine: diagonalAffine([1, 1, 1], [1, 0, 0]),
    }
    const { inputs, steps } = prepareInput([image([3, 1, 1]), other], card, any(card))
    expect([...inputs[0]!.data]).toEqual([1, 2, 3, 0, 5, 6])
    expect(steps[0]).toBe("FLAIR lies on another grid and was resampled to the first volume's.")
  })

  test('steps are said in order', () => {
    const card = parseModelCard({
      spacing: 2,
      shape: [4, 8, 4],
      centre: 'brain',
      intensity: { kind: 'z-score', scope: 'brain' },
    })
    expect(prepareInput([source], card, any(card)).steps).toEqual([
      'Turned from PSL to RAS, without interpolation.',
      'Resampled (trilinear) from 2 x 1.5 x 1.25 mm to 2 x 2 x 2 mm.',
      expect.stringMatching(
        /^Cropped and padded from \d+ x \d+ x \d+ to 4 x 8 x 4 around the bounding box of the brain\.$/,
      ),
      expect.stringMatching(/^z-score inside the brain: mean [\d.]+, standard deviation [\d.]+\.$/),
      'Laid out as 1 x 1 x 4 x 8 x 4 (NCIJK).',
    ])
  })

  test('a slice by number, with its place', () => {
    const card = parseModelCard({ layout: 'JI', slice: 1 })
    const { inputs, grid, steps } = prepareInput([image([2, 2, 3])], card, [null, null])
    expect(inputs[0]).toEqual({ data: Float32Array.of(5, 6, 7, 8), dims: [2, 2] })
    expect(grid).toEqual({ dims: [2, 2, 1], affine: diagonalAffine([1, 1, 1], [0, 0, 1]) })
    expect(steps).toEqual([
      'Slice 1 of 3 along k (towards S), centred at 0.5, 0.5, 1.0 mm.',
      'Laid out as 2 x 2 (JI).',
    ])
  })
})

describe('what does not fit is refused', () => {
  const cases: readonly [string, unknown, (number | null)[], Volume[], string, string][] = [
    [
      'another rank',
      {},
      [1, 3, 224, 224],
      [image([2, 2, 2])],
      'shape-mismatch',
      "The card's layout NCIJK has 5 axes, but the model's input has 4 (1 x 3 x 224 x 224); change layout.",
    ],
    [
      'another shape',
      { spacing: 2, shape: 96 },
      [null, 1, 128, 128, 128],
      [image([2, 2, 2])],
      'shape-mismatch',
      'The card makes a tensor of 1 x 1 x 96 x 96 x 96 (NCIJK), but the model takes any x 1 x 128 x 128 x 128; change shape or layout.',
    ],
    [
      'other channels',
      { channels: ['T1', 'T2'] },
      [1, 1, 2, 2, 2],
      [image([2, 2, 2]), image([2, 2, 2])],
      'shape-mismatch',
      'The card has 2 channels (T1, T2), but the model takes 1 (1 x 1 x 2 x 2 x 2, layout NCIJK); change channels or layout.',
    ],
    [
      'a fixed batch',
      {},
      [4, 1, 2, 2, 2],
      [image([2, 2, 2])],
      'shape-mismatch',
      'The model takes exactly 4 volumes at a time (4 x 1 x 2 x 2 x 2); export it with batch size 1 or a free batch axis.',
    ],
    [
      'a missing volume',
      { channels: ['T1', 'T2'] },
      [1, 2, 2, 2, 2],
      [image([2, 2, 2])],
      'bad-request',
      'The model takes 2 volumes (T1, T2), but 1 is open; open the missing one.',
    ],
    [
      'crop only',
      { fit: 'crop', shape: 4 },
      [null, null, null, null, null],
      [image([8, 3, 8])],
      'shape-mismatch',
      'The volume has 3 voxels along j at the model\'s spacing, but the card wants 4 and allows only to crop; use fit "crop-or-pad" or a larger volume.',
    ],
    [
      'pad only',
      { fit: 'pad', shape: 4 },
      [null, null, null, null, null],
      [image([2, 2, 9])],
      'shape-mismatch',
      'The volume has 9 voxels along k at the model\'s spacing, but the card wants 4 and allows only to pad; use fit "crop-or-pad" or a smaller volume.',
    ],
    [
      'no brain',
      { centre: 'brain', brainAbove: 1000 },
      [null, null, null, null, null],
      [image([2, 2, 2])],
      'bad-request',
      'The card lays the model\'s grid around the brain, but no voxel of the volume is above 1000; lower brainAbove or use centre "volume".',
    ],
    [
      'a slice beyond the last',
      { layout: 'NCJI', slice: 9 },
      [1, 1, null, null],
      [image([2, 2, 3])],
      'bad-request',
      'The card asks for slice 9, but there are 3, numbered from 0.',
    ],
  ]
  test.each(cases)('%s', (_, card, dims, volumes, kind, message) => {
    expect(() => prepareInput(volumes, parseModelCard(card), dims)).toThrow(
      expect.objectContaining({ name: 'Failure', kind, message }),
    )
  })
})

interface Probes {
  readonly subjects: readonly {
    readonly file: string
    readonly tensorMean: number
    readonly tensorStd: number
    readonly tensorMin: number
    readonly tensorMax: number
    readonly probes: readonly (readonly [number, number, number, number])[]
  }[]
}

describe('the shipped case: the tensor that training saw', () => {
  const folder = 'public/cases/hippocampus'
  const json = optionalFile(`${folder}/expected.json`)
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
  const subjects = json === null ? [] : (JSON.parse(text(json)) as Probes).subjects
  test.skipIf(json !== null)('skipped: the case is not built', () => {})
  test.each(subjects)('$file', (subject) => {
    const card = parseModelCard(JSON.parse(text(optionalFile(`${folder}/model.card.json`)!)))
    const file = readNifti(optionalFile(`${folder}/${subject.file}`)!)
    expect(file.repairs).toEqual([])
    const { inputs, min, max } = prepareInput([file.volume], card, [null, 1, 96, 96, 96])
    const { data, dims } = inputs[0]!
    expect(dims).toEqual([1, 1, 96, 96, 96])
    for (const [i, j, k, value] of subject.probes) {
      expect(data[(i * 96 + j) * 96 + k]).toBeCloseTo(value, 4)
    }
    expect(min).toBeCloseTo(subject.tensorMin, 4)
    expect(max).toBeCloseTo(subject.tensorMax, 4)
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length
    const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length
    expect(mean).toBeCloseTo(subject.tensorMean, 5)
    expect(Math.sqrt(variance)).toBeCloseTo(subject.tensorStd, 5)
  })
})
