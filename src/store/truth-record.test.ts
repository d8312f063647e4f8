import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { attributionMethods } from '../core/attribution/methods.ts'
import { fetchKnownTruths, parseKnownTruths } from './known-truths.ts'
import { enrichmentInWords, recordOfCase, recordOfMethod } from './truth-record.ts'

const task = (id: string, more: object = {}) => ({
  case: id.split('/')[0],
  title: id.toUpperCase(),
  isControl: false,
  accuracy: [0.97, 0.93, 0.99],
  chance: 0.02,
  ...more,
})
const score = (low: number, mean: number, high: number, more: object = {}) => ({
  mass: [mean, low, high],
  cases: 50,
  rocAuc: 0.9,
  pointing: 1,
  forwards: 3,
  verdict: 'follows the weights',
  ...more,
})
const file = () => ({
  version: 1,
  date: '2026-11-22',
  cases: 50,
  tasks: {
    one: task('one'),
    'two/a': task('two/a'),
    'two/b': task('two/b'),
    coin: task('coin', { isControl: true }),
  },
  methods: {
    gradient: {
      one: score(0.3, 0.4, 0.5),
      'two/a': score(0.01, 0.02, 0.03),
      coin: score(0, 0.02, 0.04),
    },
    'grad-cam': {
      one: score(0.001, 0.004, 0.01, { verdict: 'follows the image', cases: 52 }),
      'two/b': score(0.5, 0.6, 0.7, { verdict: 'unclear' }),
      coin: score(0.1, 0.2, 0.3),
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
    expect(record?.cases).toBe('50')
  })

  test('the verdict says what was found, what the controls gave, and whether weights matter', () => {
    expect(recordOfMethod(truths, 'gradient')?.verdict).toBe(
      'It put more of its map into the truth than chance would on 1 of 2 tasks. With models that know nothing it stayed at chance, as it should. Its map changes when the weights are randomised.',
    )
    expect(recordOfMethod(truths, 'grad-cam')?.verdict).toBe(
      'It put more of its map into the truth than chance would on 1 of 2 tasks. With a model that knows nothing it still drew the region (“COIN”): there it follows the image. When the weights are randomised its map changes on 0 of 2 tasks.',
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
    expect(broken((json) => Object.assign(json, { version: 2 }))).toThrow('version must be 1')
    expect(broken((json) => Object.assign(json.tasks.one, { chance: 2 }))).toThrow(
      'tasks.one.chance must be a number from 0 to 1, not 2',
    )
    expect(
      broken((json) => Object.assign(json.methods.gradient.one, { mass: [0.1, 0.2, 0.3] })),
    ).toThrow('methods.gradient.one.mass must have its mean between its bounds')
    expect(
      broken((json) => Object.assign(json.methods.gradient, { nowhere: score(0, 0, 0) })),
    ).toThrow('methods.gradient.nowhere is about a task that is not listed')
    expect(() => parseKnownTruths([])).toThrow('cases/truth.json cannot be used')
  })

  test('a page without it, or with a web page in its place, shows nothing and says nothing', async () => {
    const { signal } = new AbortController()
    const html = async () => new TextEncoder().encode('<!doctype html>')
    expect(await fetchKnownTruths(() => Promise.reject(new Error('404')), signal)).toBeNull()
    expect(await fetchKnownTruths(html, signal)).toBeNull()
  })

  const shipped = join(import.meta.dirname, '../../public/cases/truth.json')
  test.skipIf(!existsSync(shipped))(
    'the shipped one can be used, and is about shipped cases',
    () => {
      const real = parseKnownTruths(JSON.parse(readFileSync(shipped, 'utf8')))
      const known = new Set(attributionMethods.map(({ id }) => id))
      for (const { methodKey } of real.scores) expect(known).toContain(methodKey.split(':')[0])
      const index = JSON.parse(readFileSync(join(shipped, '../index.json'), 'utf8'))
      const ids = index.cases.map(({ id }: { id: string }) => id)
      for (const { caseId } of real.tasks) expect(ids).toContain(caseId)
      expect(real.cases).toBeGreaterThanOrEqual(50)
    },
  )
})
