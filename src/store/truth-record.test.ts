import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { attributionMethods } from '../core/attribution/methods.ts'
import { fetchKnownTruths, parseKnownTruths } from './known-truths.ts'
import { enrichmentInWords, recordOfCase, recordOfMethod, wideningInWords } from './truth-record.ts'

const task = (id: string, more: object = {}) => ({
  case: id.split('/')[0],
  title: id.toUpperCase(),
  knows: 'the signal',
  widening: 'by the pipeline',
  accuracy: [0.97, 0.93, 0.99],
  chance: 0.02,
  ceiling: 0.9,
  models: { main: 'abc' },
  ...more,
})
const score = (low: number, mean: number, high: number, more: object = {}) => ({
  mass: [mean, low, high],
  cases: 50,
  verdict: 'follows the weights',
  ...more,
})
const file = () => ({
  version: 2,
  date: '2026-11-22',
  cases: 50,
  tasks: {
    one: task('one'),
    'two/a': task('two/a'),
    'two/b': task('two/b'),
    coin: task('coin', { knows: 'nothing' }),
    clean: task('clean', { knows: 'another signal', widening: 'none' }),
  },
  methods: {
    gradient: {
      one: score(0.3, 0.4, 0.5, { retrained: [0.834, -0.1, 0.9] }),
      'two/a': score(0.01, 0.02, 0.03),
      coin: score(0, 0.01, 0.015),
      clean: score(0, 0.001, 0.002),
    },
    'grad-cam': {
      one: score(0.001, 0.004, 0.01, { verdict: 'follows the image', cases: 52 }),
      'two/b': score(0.5, 0.6, 0.7, { verdict: 'unclear' }),
      coin: score(0.1, 0.2, 0.3),
      clean: score(0.1, 0.2, 0.3),
    },
    'lrp:epsilon-plus': { one: score(0.9, 0.95, 0.99) },
  },
})
const truths = parseKnownTruths(file())

describe('a method’s card', () => {
  test('rows are the tasks in their order; above, at and below chance is the whole interval', () => {
    const record = recordOfMethod(truths, 'gradient')
    expect(record?.rows.map(({ label, outcome }) => [label, outcome])).toEqual([
      ['ONE', 'above'],
      ['TWO/A', 'at'],
    ])
    expect(record?.rows.map(enrichmentInWords)).toEqual(['20 × chance', 'at chance'])
    expect(record?.controls.map(({ label }) => label)).toEqual(['COIN'])
    expect(record?.strangers.map(({ label }) => label)).toEqual(['CLEAN'])
    expect(record?.cases).toBe('50')
  })

  test('the verdict says what was found, what the controls gave, and whether weights matter', () => {
    expect(recordOfMethod(truths, 'gradient')?.verdict).toBe(
      'It put more of its map into the truth than chance would on 1 of 2 tasks. With models that know nothing it stayed at or below chance, as it should. With a model that never saw the mark it left the mark alone, as it should. Its map changes when the weights are randomised. Between networks trained again its maps have a rank correlation of 0.83 (“ONE”).',
    )
    expect(recordOfMethod(truths, 'grad-cam')?.verdict).toBe(
      'It put more of its map into the truth than chance would on 1 of 2 tasks. With a model that knows nothing it still had more than chance in the region (“COIN”): there it shows the image or the network’s design. With a model that never saw the mark it still had more than chance in it (“CLEAN”). When the weights are randomised its map changes on 0 of 2 tasks.',
    )
    expect(recordOfMethod(truths, 'grad-cam')?.rows.map(enrichmentInWords)).toEqual([
      'below chance',
      '30 × chance',
    ])
  })

  test('nothing is said of a method that was not measured, nor of a variation alone', () => {
    expect(recordOfMethod(truths, 'occlusion')).toBeNull()
    expect(recordOfMethod(truths, 'lrp')).toBeNull()
  })
})

describe('a case’s panel', () => {
  test('the best method comes first; each model has its own task', () => {
    const labels = (caseId: string, model: string, isOwn: boolean) =>
      recordOfCase(truths, caseId, model, isOwn)?.rows.map(({ key }) => key)
    expect(labels('one', 'main', true)).toEqual(['gradient', 'grad-cam'])
    expect(labels('two', 'a', true)).toEqual(['gradient'])
    expect(labels('two', 'b', false)).toEqual(['grad-cam'])
    expect(labels('one', 'seed-2', false)).toBeUndefined()
    expect(labels('three', 'main', true)).toBeUndefined()
    expect(recordOfCase(truths, 'one', 'main', true)?.cases).toBe('50 to 52')
  })
})

describe('the file', () => {
  const broken = (change: (json: ReturnType<typeof file>) => void) => () => {
    const json = file()
    change(json)
    return parseKnownTruths(json)
  }

  test('what is not what it should be is named', () => {
    expect(broken((json) => Object.assign(json, { version: 1 }))).toThrow('version must be 2')
    expect(broken((json) => Object.assign(json.tasks.one, { chance: 2 }))).toThrow(
      'tasks.one.chance must be a number from 0 to 1, not 2',
    )
    expect(
      broken((json) => Object.assign(json.methods.gradient.one, { mass: [0.1, 0.2, 0.3] })),
    ).toThrow('methods.gradient.one.mass must have its mean between its bounds')
    expect(
      broken((json) => Object.assign(json.methods.gradient, { nowhere: score(0, 0, 0) })),
    ).toThrow('methods.gradient.nowhere is about a task that is not listed')
    expect(broken((json) => Object.assign(json.tasks.one, { knows: 'all' }))).toThrow(
      'tasks.one.knows must be one of another signal, nothing, the signal',
    )
    expect(
      broken((json) => Object.assign(json.methods.gradient.one, { retrained: [0, -2, 1] })),
    ).toThrow('methods.gradient.one.retrained must be a number from -1 to 1, not -2')
    expect(() => parseKnownTruths([])).toThrow('cases/truth.json cannot be used')
  })

  test('a page without it, or with a web page in its place, shows nothing and says nothing', async () => {
    const { signal } = new AbortController()
    const html = async () => new TextEncoder().encode('<!doctype html>')
    expect(await fetchKnownTruths(() => Promise.reject(new Error('404')), signal)).toBeNull()
    expect(await fetchKnownTruths(html, signal)).toBeNull()
  })

  const cases = join(import.meta.dirname, '../../public/cases')
  const shipped = join(cases, 'truth.json')
  const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
  /** A map of these takes many runs; they were measured on fewer cases at first. */
  const costly = [
    'deeplift-shap',
    'expected-gradients',
    'integrated-gradients',
    'occlusion',
    'score-cam',
  ]

  test('the shipped one is about shipped cases, and was measured on enough subjects', () => {
    const real = parseKnownTruths(readJson(shipped))
    const known = new Set(attributionMethods.map(({ id }) => id))
    for (const { methodKey } of real.scores) expect(known).toContain(methodKey.split(':')[0])
    const ids = readJson(join(cases, 'index.json')).cases.map(({ id }: { id: string }) => id)
    expect(new Set(real.tasks.map(({ caseId }) => caseId))).toEqual(new Set(ids))
    const few = real.scores.filter(
      ({ methodKey, cases: measured }) => measured < (costly.includes(methodKey) ? 10 : 50),
    )
    expect(few).toEqual([])
    // A task whose methods are missing was measured in part.
    for (const { id } of real.tasks) {
      const own = new Set(
        real.scores.filter(({ taskId }) => taskId === id).map((one) => one.methodKey),
      )
      expect(own.size, id).toBeGreaterThanOrEqual(22)
    }
  })

  /** A network that was trained again needs `npm run truth` again. */
  test('the shipped one was measured with the shipped networks', () => {
    const real = parseKnownTruths(readJson(shipped))
    for (const { id, caseId, models } of real.tasks) {
      const file = readJson(join(cases, caseId, 'case.json'))
      const listed: { variant: string; model: string }[] = file.models ?? [
        { variant: 'main', model: file.model },
      ]
      const own =
        id === caseId ? listed : listed.filter(({ variant }) => id.endsWith(`/${variant}`))
      const digest = (path: string) =>
        createHash('sha256')
          .update(readFileSync(join(cases, caseId, path)))
          .digest('hex')
      expect(models, `${id}: run npm run truth`).toEqual(
        Object.fromEntries(own.map(({ variant, model }) => [variant, digest(model)])),
      )
    }
  })
})

describe('words for masks', () => {
  const [one, , , , clean] = truths.tasks

  test('one kind needs no names, two do', () => {
    expect(wideningInWords([one!])).toBe(
      'the region is widened by 2 voxels as in Siegel et al. 2025',
    )
    expect(wideningInWords([one!, clean!])).toBe(
      'the region is widened by 2 voxels as in Siegel et al. 2025 (ONE); the mask is taken as it is (CLEAN)',
    )
  })
})
