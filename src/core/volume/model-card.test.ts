import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { Failure } from '../failure.ts'
import { parseModelCard, parseModelCardText } from './model-card.ts'

const schema = JSON.parse(
  readFileSync(new URL('../../../public/schema/model-card.schema.json', import.meta.url), 'utf8'),
)
const matchesSchema = new Ajv2020({ strict: true, strictTypes: false }).compile(schema)

const good: readonly Record<string, unknown>[] = [
  {},
  { $schema: 'x', title: 't', description: 'd', citation: 'c', unit: 'years' },
  { spacing: 2, shape: 96, intensity: 'z-score', classNames: ['a', 'b'] },
  { spacing: [1, 1, 3.5], shape: [96, null, 20], fit: 'crop' },
  { spacing: [null, 2, null], shape: [10, null, null], fit: 'resample' },
  { spacing: null, shape: null, multipleOf: 16, centre: 'brain', brainAbove: 12.5 },
  { shape: 32, fit: 'resample', centre: [0, -18, 18.5] },
  { layout: 'NCKJI', orientation: 'LPS' },
  { layout: 'NIJKC', orientation: 'SAL' },
  { layout: 'JI', slice: 'largest' },
  { layout: 'NCJI', slice: 3, shape: 224 },
  { layout: 'IKN', slice: 'middle' },
  { intensity: [] },
  { intensity: ['percentile-clip', 'z-score'], intensityOn: 'volume' },
  { intensity: { kind: 'none' } },
  { intensity: { kind: 'z-score', scope: 'brain' } },
  { intensity: { kind: 'min-max', to: [-1, 1] } },
  { intensity: [{ kind: 'percentile-clip', low: 0, high: 99.5, scope: 'brain', to: [0, 255] }] },
  { intensity: { kind: 'window', low: -100, high: 240 } },
  { intensity: { kind: 'mean-std', mean: 0.485, std: 0.229, scope: 'everywhere' } },
  { channels: ['T1', 'FLAIR'] },
  { channels: [{ name: 'red', volume: 0 }, { volume: 0, intensity: 'min-max' }, {}] },
  { channels: [{ intensity: null }], output: 'segmentation' },
  { output: 'regression', unit: 'years' },
]

const bad: readonly [card: unknown, sentence: string][] = [
  [null, 'Model card: the whole file must be one JSON object, but it is null.'],
  [[], 'Model card: the whole file must be one JSON object, but it is [].'],
  [{ title: 3 }, 'Model card: title must be a text, but it is 3.'],
  [
    { orientation: 'RAL' },
    'Model card: orientation must be three capital letters, one each of L or R, A or P, I or S, such as "RAS", but it is "RAL".',
  ],
  [
    { orientation: 'ras' },
    'Model card: orientation must be three capital letters, one each of L or R, A or P, I or S, such as "RAS", but it is "ras".',
  ],
  [
    { layout: 'NCDHW' },
    'Model card: layout "NCDHW" does not say which image axis comes first; write "NCIJK" (NumPy, nibabel, MONAI) or "NCKJI" (SimpleITK).',
  ],
  [
    { layout: 'NCI' },
    'Model card: layout must be the letters N, C and two or three of I, J, K, each once, such as "NCIJK", but it is "NCI".',
  ],
  [
    { layout: 'NCIIJK' },
    'Model card: layout must be the letters N, C and two or three of I, J, K, each once, such as "NCIJK", but it is "NCIIJK".',
  ],
  [
    { spacing: [1, -2, 1] },
    'Model card: spacing[1] must be a number of millimetres above 0, or null, but it is -2.',
  ],
  [
    { spacing: 0 },
    'Model card: spacing must be a number of millimetres above 0, or null, but it is 0.',
  ],
  [
    { spacing: [1, 1] },
    'Model card: spacing must be a number of millimetres above 0, or null, or a list of three of them (i, j, k), but it is [1,1].',
  ],
  [{ shape: 96.5 }, 'Model card: shape must be a whole number above 0, or null, but it is 96.5.'],
  [
    { shape: [96, '96', 96] },
    'Model card: shape[1] must be a whole number above 0, or null, but it is "96".',
  ],
  [
    { fit: 'stretch', shape: 3 },
    'Model card: fit must be one of crop, crop-or-pad, pad, resample, but it is "stretch".',
  ],
  [
    { centre: 'center' },
    'Model card: centre must be "volume", "brain" or a point [x, y, z] in millimetres, but it is "center".',
  ],
  [
    { centre: [0, 0] },
    'Model card: centre must be a point [x, y, z] in millimetres, but it is [0,0].',
  ],
  [{ centre: [0, null, 0] }, 'Model card: centre[1] must be a finite number, but it is null.'],
  [{ multipleOf: 0 }, 'Model card: multipleOf must be a whole number above 0, but it is 0.'],
  [{ brainAbove: '0' }, 'Model card: brainAbove must be a finite number, but it is "0".'],
  [
    { intensity: 'zscore' },
    'Model card: intensity must be one of mean-std, min-max, none, percentile-clip, window, z-score, but it is "zscore".',
  ],
  [
    { intensity: 3 },
    'Model card: intensity must be a step, a list of steps, or one of mean-std, min-max, none, percentile-clip, window, z-score, but it is 3.',
  ],
  [
    { intensity: ['z-score', { kind: 'clip' }] },
    'Model card: intensity[1].kind must be one of mean-std, min-max, none, percentile-clip, window, z-score, but it is "clip".',
  ],
  [
    { intensity: [{ kind: 'z-score', scope: 'head' }] },
    'Model card: intensity[0].scope must be one of brain, everywhere, but it is "head".',
  ],
  [
    { intensity: { kind: 'z-score', mean: 3 } },
    'Model card: intensity.mean is not a field that exists; the fields are kind, scope.',
  ],
  [
    { intensity: { kind: 'percentile-clip', low: -1 } },
    'Model card: intensity.low must be from 0 to 100, but it is -1.',
  ],
  [
    { intensity: 'window' },
    'Model card: intensity.low must be a finite number, but it is missing.',
  ],
  [
    { intensity: { kind: 'mean-std', mean: 1, std: 0 } },
    'Model card: intensity.std must be above 0, but it is 0.',
  ],
  [
    { intensity: { kind: 'min-max', to: [0] } },
    'Model card: intensity.to must be two numbers, low then high, but it is [0].',
  ],
  [
    { intensityOn: 'tensor' },
    'Model card: intensityOn must be one of grid, volume, but it is "tensor".',
  ],
  [
    { slice: -1 },
    'Model card: slice must be "middle", "largest" or a slice number from 0, but it is -1.',
  ],
  [
    { channels: [] },
    'Model card: channels must be a list with at least one channel, but it is [].',
  ],
  [{ channels: [7] }, 'Model card: channels[0] must be a name or an object, but it is 7.'],
  [
    { channels: [{ volume: 0.5 }] },
    'Model card: channels[0].volume must be the number of a loaded volume, from 0, but it is 0.5.',
  ],
  [
    { channels: [{ volum: 0 }] },
    'Model card: channels[0].volum is not a field that exists; the fields are intensity, name, volume.',
  ],
  [{ classNames: ['a', 2] }, 'Model card: classNames[1] must be a text, but it is 2.'],
  [{ classNames: 'a' }, 'Model card: classNames must be a list of names, but it is "a".'],
  [
    { output: 'softmax' },
    'Model card: output must be one of logits, probabilities, regression, segmentation, but it is "softmax".',
  ],
  [
    { spaceing: 2 },
    'Model card: spaceing is not a field that exists; the fields are $schema, brainAbove, centre, channels, citation, classNames, description, fit, intensity, intensityOn, layout, multipleOf, orientation, output, shape, slice, spacing, title, unit.',
  ],
]

/** Relations between fields that a schema cannot say. */
const badTogether: readonly [card: unknown, sentence: string][] = [
  [{ fit: 'resample' }, 'Model card: fit "resample" needs a shape to fill; give shape.'],
  [
    { fit: 'resample', shape: 64, spacing: 2 },
    'Model card: fit "resample" takes the spacing from the shape; remove spacing, or use fit "crop-or-pad".',
  ],
  [
    { layout: 'NIJK', channels: ['a', 'b'] },
    'Model card: layout must be one with C, because there are 2 channels, but it is "NIJK".',
  ],
  [
    { intensity: { kind: 'window', low: 3, high: 3 } },
    'Model card: intensity.low must be below intensity.high (3), but it is 3.',
  ],
  [
    { intensity: { kind: 'percentile-clip', low: 99.5 } },
    'Model card: intensity.low must be below intensity.high (99), but it is 99.5.',
  ],
  [
    { intensity: { kind: 'min-max', to: [1, 0] } },
    'Model card: intensity.to must be two numbers, the first below the second, but it is [1,0].',
  ],
]

function refusal(json: unknown): string {
  try {
    parseModelCard(json)
  } catch (error) {
    if (error instanceof Failure && error.kind === 'bad-file') return error.message
    throw error
  }
  return 'accepted'
}

describe('model card', () => {
  test.each(good)('parser and schema accept %j', (card) => {
    expect(matchesSchema(card), JSON.stringify(matchesSchema.errors)).toBe(true)
    const parsed = parseModelCard(card)
    const written = JSON.parse(JSON.stringify(parsed))
    expect(matchesSchema(written), JSON.stringify(matchesSchema.errors)).toBe(true)
    expect(parseModelCard(written)).toEqual(parsed)
  })

  test.each(bad)('parser and schema refuse %j', (card, sentence) => {
    expect(matchesSchema(card)).toBe(false)
    expect(refusal(card)).toBe(sentence)
  })

  test.each(badTogether)('fields that contradict each other: %j', (card, sentence) => {
    expect(matchesSchema(card)).toBe(true)
    expect(refusal(card)).toBe(sentence)
  })

  test('the schema lists the fields of a filled-in card, no more', () => {
    const fields = Object.keys(schema.properties).filter((name) => name !== '$schema')
    expect(Object.keys(parseModelCard({})).sort()).toEqual(fields.sort())
  })

  test('the schema states the defaults that the parser fills in', () => {
    for (const [name, field] of Object.entries<Record<string, unknown>>(schema.properties)) {
      if (!('default' in field)) continue
      expect(parseModelCard({ [name]: field.default })).toEqual(parseModelCard({}))
      const lowered = parseModelCard({})
      if (typeof field.default !== 'object' && name !== 'intensity') {
        expect(lowered[name as keyof typeof lowered]).toEqual(field.default)
      }
    }
  })

  test('fills in defaults by hand-written rules', () => {
    expect(parseModelCard({ shape: 96 }).fit).toBe('resample')
    expect(parseModelCard({ shape: 96, spacing: 2 }).fit).toBe('crop-or-pad')
    expect(parseModelCard({ shape: 224, layout: 'NCJI' }).shape).toEqual([224, 224, null])
    expect(parseModelCard({ shape: 224, layout: 'NCKJ' }).shape).toEqual([null, 224, 224])
    expect(parseModelCard({ intensity: 'percentile-clip' }).intensity).toEqual([
      { kind: 'percentile-clip', low: 1, high: 99, scope: 'everywhere', to: [0, 1] },
    ])
    expect(parseModelCard({ channels: ['T1', { volume: 0 }] }).channels).toEqual([
      { name: 'T1', volume: 0, intensity: null },
      { name: 'channel 1', volume: 0, intensity: null },
    ])
  })

  test('every card in the documentation is valid', () => {
    const page = readFileSync(new URL('../../../docs/model-card.md', import.meta.url), 'utf8')
    const cards = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')
    expect(cards).toHaveLength(3)
    for (const card of cards) {
      expect(matchesSchema(JSON.parse(card)), JSON.stringify(matchesSchema.errors)).toBe(true)
      expect(parseModelCardText(card).title).not.toBe('')
    }
  })

  test('text that is not JSON is refused with a sentence', () => {
    expect(() => parseModelCardText('{ spacing: 2 }')).toThrow(
      /^Model card: this is not valid JSON \(.+\)\.$/,
    )
    expect(parseModelCardText('\uFEFF{}')).toEqual(parseModelCard({}))
  })
})
