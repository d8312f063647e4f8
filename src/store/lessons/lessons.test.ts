import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { LIKENESS_THRESHOLD } from '../../core/metrics/judge-likeness.ts'
import type { AppStore } from '../app-store.ts'
import {
  fetchPublic,
  type InProcess,
  makeStore,
  startInProcess,
} from '../testing/in-process-store.ts'
import { offeredLessons } from './lessons.ts'
import { massOf, similarityOf } from './live-numbers.ts'

let page: InProcess
beforeAll(async () => {
  page = await startInProcess()
})
afterAll(() => page.close())

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

async function demo(): Promise<AppStore> {
  const store = makeStore(page.clients)
  await store.getState().start(null)
  return store
}

/** The lesson shows what its title says, by the bounds that `npm run truth` judges methods with. */
function expectIgnorance(store: AppStore, told: readonly string[]): void {
  const likeness = (id: string) => similarityOf(store.getState(), id) ?? Number.NaN
  expect(likeness('excitation-backprop')).toBeGreaterThan(LIKENESS_THRESHOLD)
  expect(likeness('gradient')).toBeLessThan(LIKENESS_THRESHOLD)
  for (const [step, id] of ['gradient', 'excitation-backprop', 'deep-taylor'].entries()) {
    const rank = likeness(id)
    expect(told[step + 1]).toContain(rank.toFixed(2).replace('-', '−'))
    const verdict = rank > LIKENESS_THRESHOLD ? 'follows the image' : 'follows the weights'
    expect(told[step + 1]).toMatch(new RegExp(`${verdict}\\.`))
  }
  expect(told[4]).toContain('Excitation backprop ignored the model most')
}

describe('lessons', () => {
  test('every lesson that is offered runs to its end, and its numbers are those on the page', async () => {
    const store = await demo()
    const offered = offeredLessons(store.getState().gallery)
    expect(offered.map(({ id }) => id)).toContain('why-grad-cam-misses-it')
    for (const { id, steps } of offered) {
      expect(steps).toHaveLength(5)
      await store.getState().startLesson(id)
      const told: string[] = []
      for (const [step, { say, title }] of steps.entries()) {
        if (step > 0) await store.getState().goToStep(step)
        const app = store.getState()
        told.push(say(app))
        expect(app.lesson, `${id}: ${title}`).toEqual({ id, step, state: { kind: 'ready' } })
        expect(say(app)).not.toContain('—')
        expect(say(app)).not.toMatch(/NaN|undefined|null|not measured/)
      }
      if (id === 'a-map-that-ignores-the-model') expectIgnorance(store, told)
      store.getState().leaveLesson()
      await vi.waitFor(() => expect(store.getState().model?.randomSeed).toBeNull())
      await vi.waitFor(() => expect(store.getState().prediction.kind).toBe('done'))
      expect(store.getState().lesson).toBeNull()
    }
    const mass = store
      .getState()
      .runs.findLast(({ request }) => request.methodId === 'grad-cam')?.state
    const score =
      mass?.kind === 'done' ? mass.measurement?.scores['relevance-mass-accuracy'] : undefined
    expect(massOf(store.getState(), 'grad-cam')?.value).toBe(
      score?.kind === 'value' ? score.value : null,
    )
  }, 300_000)

  test('the shortcut is offered with its case, and runs to its end on a stand-in', async () => {
    // The hippocampus case under another name: its region plays the mark, the putamen's model the clean one.
    const models = ['model.onnx', '../putamen/model.onnx'].map((model, at) => ({
      variant: `v${at}`,
      title: `network ${at}`,
      model,
      card: 'model.card.json',
    }))
    const store = makeStore(page.clients, async (path, signal) => {
      if (path === 'cases/index.json')
        return json({ cases: [{ id: 'clever-hans' }, { id: 'absent' }] })
      const bytes = await fetchPublic(path.replace('clever-hans', 'hippocampus'), signal)
      if (!path.endsWith('case.json')) return bytes
      return json({ ...JSON.parse(new TextDecoder().decode(bytes)), models })
    })
    await store.getState().start(null)
    expect(store.getState().notices.map(({ text }) => text)).toEqual([
      expect.stringMatching(/the case absent/),
    ])
    const offered = offeredLessons(store.getState().gallery)
    expect(offered.map(({ id }) => id)).toContain('the-shortcut')
    await store.getState().startLesson('the-shortcut')
    for (let step = 1; step < 5; step++) {
      await store.getState().goToStep(step)
      expect(store.getState().lesson?.state).toEqual({ kind: 'ready' })
      const { caseId, images } = store.getState()
      if (step === 2) expect(caseId).toBe('clever-hans/subject-1/twin')
      if (step !== 3) continue
      expect(caseId).toBe('clever-hans/subject-1@v1')
      const variants = store
        .getState()
        .runs.filter(({ source }) => source.image === images[0])
        .map(({ source }) => source.variant?.title)
      expect(variants, 'both maps are of one picture').toEqual(['network 0', 'network 1'])
    }
    const words = offered.find(({ id }) => id === 'the-shortcut')?.steps[4]?.say(store.getState())
    expect(words).toMatch(
      /Mass on the mark, where chance gives 0.22 %: Input × gradient [\d.]+ %, .*Grad-CAM [\d.]+ %.*\. Input × gradient points at it most; /,
    )
  }, 120_000)

  test('a step that is left cancels its run, and going back finds the maps there', async () => {
    const store = await demo()
    const id = 'why-grad-cam-misses-it'
    await store.getState().startLesson(id)
    const left = store.getState().goToStep(2)
    await vi.waitFor(() =>
      expect(store.getState().runs.some(({ state }) => state.kind === 'running')).toBe(true),
    )
    await store.getState().goToStep(1)
    await left
    expect(store.getState().runs.map(({ state }) => state.kind)).toContain('cancelled')
    expect(store.getState().lesson).toEqual({ id, step: 1, state: { kind: 'ready' } })
    const count = store.getState().runs.length
    await store.getState().goToStep(0)
    expect(store.getState().runs).toHaveLength(count)
    store.getState().leaveLesson()
    expect(store.getState().optionsByMethod).toEqual({})
  }, 120_000)
})
