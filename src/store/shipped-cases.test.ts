import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { attributionMethods } from '../core/attribution/methods.ts'
import { type ModelCard, parseModelCardText } from '../core/volume/model-card.ts'
import { readNifti } from '../core/volume/nifti-read.ts'
import { prepareInput } from '../core/volume/prepare-input.ts'
import type { Volume } from '../core/volume/volume.ts'
import { type OpenModel, openModel } from '../engine/open-model.ts'
import { createNodeRuntime } from '../engine/runtime-node.ts'
import { type CaseSubject, fetchCase } from './case-files.ts'

/** Whatever is listed in the gallery: volume, mask, twin, model, card and description must agree. */
const pages = join(import.meta.dirname, '../../public')
const cases = join(pages, 'cases')
const training = join(import.meta.dirname, '../../training')
const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
const bytesOf = (path: string) => new Uint8Array(readFileSync(join(pages, path)))
const textOf = (path: string) => readFileSync(join(pages, path), 'utf8')
const volumeOf = (path: string): Volume => {
  const { volume, repairs } = readNifti(bytesOf(path))
  expect(repairs, path).toEqual([])
  return volume
}

interface CaseJson {
  readonly title: string
  readonly question: string
  readonly answer: string
  readonly lesson: string
  readonly threshold?: number
  readonly defaultMethod: string
  readonly methods: readonly string[]
  readonly targetClass: number
  readonly subjects: readonly {
    readonly expectedClass?: number
    readonly twinExpectedClass?: number
  }[]
}

interface Expected {
  readonly subjects: readonly { readonly file: string; readonly logits: readonly number[] }[]
}

const ids: readonly string[] = JSON.parse(textOf('cases/index.json')).cases.map(
  ({ id }: { id: string }) => id,
)
const runtime = createNodeRuntime({ threads: 2 })
const open = new Map<string, Promise<OpenModel>>()
afterAll(async () => {
  for (const model of open.values()) await (await model).close()
})
const modelAt = (path: string) => {
  const model = open.get(path) ?? openModel(runtime, bytesOf(path))
  open.set(path, model)
  return model
}

async function scoresOf({ model: path, volume }: CaseSubject, card: ModelCard) {
  const model = await modelAt(path)
  const dims = model.summary.inputs[0]?.dims ?? []
  const { inputs } = prepareInput(
    [volumeOf(volume)],
    card,
    dims.map((size) => (typeof size === 'number' ? size : null)),
  )
  const { outputs } = await model.predict(inputs)
  return [...(outputs[0]?.tensor.data ?? [])]
}

const top = (scores: readonly number[]) => scores.indexOf(Math.max(...scores))

describe.each(ids)('%s', async (id) => {
  const fetchBytes = async (path: string) => bytesOf(path)
  const { card: described, entries } = await fetchCase(fetchBytes, id, new AbortController().signal)
  const json: CaseJson = JSON.parse(textOf(`cases/${id}/case.json`))
  const [own] = described.models
  const subjects = entries.filter(({ isTwin, modelId }) => !isTwin && modelId === own?.id)
  const twinOf = (subject: CaseSubject) =>
    entries.find(
      ({ isTwin, modelId, subjectId }) =>
        isTwin && modelId === own?.id && subjectId === subject.subjectId,
    )
  const card = parseModelCardText(textOf(subjects[0]!.card!))

  test('every file is there, and none is large', () => {
    expect(subjects.length).toBeGreaterThanOrEqual(4)
    for (const { volume, truth } of entries) {
      for (const path of [volume, truth!])
        expect(statSync(join(pages, path)).size).toBeLessThan(1e6)
    }
    for (const { model } of described.models) {
      expect(statSync(join(pages, model)).size, model).toBeLessThan(3e6)
    }
    expect(statSync(join(pages, described.picture!)).size).toBeLessThanOrEqual(15_000)
    for (const text of [described.question, described.answer])
      expect(text.length).toBeGreaterThan(9)
  })

  test('its training log and its folder list the same files, with the same checksums', () => {
    const log: { readonly files_sha256: Readonly<Record<string, string>> } = JSON.parse(
      readFileSync(join(training, 'logs', `${id}.json`), 'utf8'),
    )
    const there = readdirSync(join(cases, id)).toSorted()
    const sums = there.map((name) => [name, sha256(join(cases, id, name))])
    expect(log.files_sha256, 'export again, or run scripts/case-pictures.mjs').toEqual(
      Object.fromEntries(sums),
    )
  })

  test('its description says what its training config says', () => {
    const { id: own, case: texts } = JSON.parse(
      readFileSync(join(training, 'configs', `${id}.json`), 'utf8'),
    )
    expect(own).toBe(id)
    const fields = ['title', 'question', 'answer', 'lesson', 'targetClass', 'methods'] as const
    for (const field of [...fields, 'defaultMethod', 'threshold'] as const)
      expect(json[field], field).toEqual(texts[field])
  })

  test('mask and twin are on the grid of the volume, and the mask is where the two differ', () => {
    for (const subject of subjects) {
      const volume = volumeOf(subject.volume)
      const mask = volumeOf(subject.truth!)
      const twin = volumeOf(twinOf(subject)!.volume)
      for (const { dims, affine } of [mask, twin]) {
        expect(dims).toEqual(volume.dims)
        expect(affine).toEqual(volume.affine)
      }
      // The signal has soft edges of a voxel or two; further away nothing but the signal may differ.
      const near = grow(grow(mask.data, mask.dims), mask.dims)
      let [inside, between, total, found] = [0, 0, 0, 0]
      for (const [at, value] of mask.data.entries()) {
        const difference = Math.abs(volume.data[at]! - twin.data[at]!)
        inside += value
        if (value !== 0 && value !== 1) between += 1
        total += difference
        if (near[at]) found += difference
      }
      expect(between, `${subject.id}: mask of zeros and ones`).toBe(0)
      expect(inside).toBeGreaterThan(0)
      expect(inside / mask.data.length).toBeLessThan(0.05)
      expect(total, subject.id).toBeGreaterThan(0)
      expect(found / total, `${subject.id}: share of the difference near the mask`).toBeGreaterThan(
        0.98,
      )
    }
  })

  test('model, card and description agree', async () => {
    for (const { model: path, card: cardPath } of described.models) {
      const { summary, embeddedCard } = await modelAt(path)
      const own = JSON.parse(textOf(cardPath!))
      expect(JSON.parse(embeddedCard!), path).toEqual(own)
      const classes = summary.outputs[0]?.dims?.at(-1)
      const { output, classNames } = parseModelCardText(textOf(cardPath!))
      expect(output === 'regression' ? 1 : classNames.length, path).toBe(classes)
      expect(json.targetClass).toBeLessThan(Number(classes))
      const supported = summary.methods.filter((one) => one.supported).map((one) => one.id)
      expect(supported, path).toContain(json.defaultMethod)
    }
    const known = attributionMethods.map((method) => method.id)
    for (const method of json.methods) expect(known).toContain(method)
  })

  test('the model says what the description promises, and what Python computed', async () => {
    const file = join(cases, id, 'expected.json')
    const expected: Expected = existsSync(file)
      ? JSON.parse(readFileSync(file, 'utf8'))
      : { subjects: [] }
    for (const [at, subject] of subjects.entries()) {
      const row = json.subjects[at]
      const twin = twinOf(subject)!
      const promised = [
        [subject, row?.expectedClass],
        [twin, row?.twinExpectedClass],
      ] as const
      for (const [entry, wanted] of promised) {
        const scores = await scoresOf(entry, card)
        if (wanted !== undefined) expect(top(scores), entry.id).toBe(wanted)
        const name = entry.volume.slice(entry.volume.lastIndexOf('/') + 1)
        const logits = expected.subjects.find(({ file: one }) => one === name)?.logits
        expect(logits, `${name} in expected.json`).toBeDefined()
        for (const [index, score] of scores.entries()) {
          expect(Math.abs(score - logits![index]!)).toBeLessThan(
            0.01 * (1 + Math.abs(logits![index]!)),
          )
        }
      }
    }
  }, 60_000)
})

test('a case about a shortcut comes with the network that did not take it', async () => {
  for (const id of ids) {
    const json = JSON.parse(textOf(`cases/${id}/case.json`))
    if (json.tags?.includes('clever-hans')) expect(json.models).toHaveLength(2)
  }
})

test('the gallery is below 25 MB, and its notice lists every file as it is', () => {
  const files = readdirSync(cases, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const sizes = files.map(({ parentPath, name }) => statSync(join(parentPath, name)).size)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(25e6)
  const notice = readFileSync(join(cases, 'NOTICE.md'), 'utf8')
  const untold = files.flatMap(({ parentPath, name }) => {
    if (parentPath === cases) return []
    const path = `${parentPath.slice(cases.length + 1)}/${name}`
    const sum = sha256(join(parentPath, name))
    return notice.includes(`| \`${path}\` | \`${sum}\` |`) ? [] : [path]
  })
  expect(untold, 'not in NOTICE.md as they are').toEqual([])
})

test('no JSON file names a field twice', () => {
  // A parser keeps the last of two and says nothing, so the names are counted in the text.
  const named = (text: string) =>
    [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon).length
  const kept = (value: unknown): number => {
    if (typeof value !== 'object' || value === null) return 0
    const inside = Object.values(value).reduce((sum: number, one) => sum + kept(one), 0)
    return inside + (Array.isArray(value) ? 0 : Object.keys(value).length)
  }
  const isUnique = (text: string) => named(text) === kept(JSON.parse(text))
  expect(isUnique('{"a": ["b: \\": {"], "c": {"a": 1}}')).toBe(true)
  expect(isUnique('{"a": {"b": 1, "b": 2}}')).toBe(false)
  const files = [cases, training].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(folder, name)),
  )
  expect(files.length).toBeGreaterThan(3 * ids.length)
  expect(files.filter((file) => !isUnique(readFileSync(file, 'utf8')))).toEqual([])
})

/** By one voxel along every axis. */
function grow(mask: Float32Array, [nx, ny, nz]: Volume['dims']): Float32Array {
  const grown = mask.slice()
  for (const [axis, step] of [1, nx, nx * ny].entries()) {
    const size = [nx, ny, nz][axis]!
    for (let at = 0; at < mask.length; at++) {
      if (mask[at] === 0) continue
      const place = Math.floor(at / step) % size
      if (place > 0) grown[at - step] = 1
      if (place < size - 1) grown[at + step] = 1
    }
  }
  return grown
}
