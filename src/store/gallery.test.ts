import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shownRun, shownTruth } from './active-run.ts'
import type { AppStore } from './app-store.ts'
import { captionLines, describeMap } from './describe-map.ts'
import { caseName, modelName, shownReading, targetName } from './neutral-names.ts'
import { openEntry } from './open-entry.ts'
import {
  fetchPublic,
  type InProcess,
  makeStore,
  startInProcess,
} from './testing/in-process-store.ts'

let page: InProcess
beforeAll(async () => {
  page = await startInProcess()
})
afterAll(() => page.close())

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const readJson = async (path: string) =>
  JSON.parse(new TextDecoder().decode(await fetchPublic(path, new AbortController().signal)))

async function start(caseId: string | null = null, isHidden = false): Promise<AppStore> {
  const store = makeStore(page.clients)
  await store.getState().start(caseId, isHidden)
  return store
}

/** The hippocampus case with a second model: that of the putamen case. */
async function withTwoModels(): Promise<AppStore> {
  const store = makeStore(page.clients, async (path, signal) => {
    const bytes = await fetchPublic(path, signal)
    if (path !== 'cases/hippocampus/case.json') return bytes
    const models = [
      { variant: 'own', title: 'first training', model: 'model.onnx', card: 'model.card.json' },
      {
        variant: 'other',
        title: 'second training',
        model: '../putamen/model.onnx',
        card: '../putamen/model.card.json',
      },
    ]
    return json({ ...JSON.parse(new TextDecoder().decode(bytes)), models })
  })
  await store.getState().start(null)
  return store
}

describe('the gallery', () => {
  test('cards say what the case files say, in the order of their groups', async () => {
    const store = await start()
    const { gallery, galleryGroups, cases } = store.getState()
    const index = await readJson('cases/index.json')
    const { groups } = await readJson('cases/groups.json')
    const ids = gallery.map(({ id }) => id)
    expect(ids.toSorted()).toEqual(index.cases.map(({ id }: { id: string }) => id).toSorted())
    expect(store.getState().caseId, 'a newcomer meets the demo').toBe('hippocampus/subject-1')
    const listed = groups.flatMap(({ cases: own }: { cases: string[] }) => own)
    expect(ids).toEqual(listed.filter((id: string) => ids.includes(id)))
    expect(galleryGroups.flatMap((group) => group.cases)).toEqual(gallery)
    for (const { id, title, question, answer, subjects, models } of gallery) {
      const file = await readJson(`cases/${id}/case.json`)
      expect({ title, question, answer }).toEqual({
        title: file.title,
        question: file.question,
        answer: file.answer,
      })
      expect(subjects.length).toBe(file.subjects.length)
      const twins = file.subjects.filter(({ twin }: { twin?: string }) => twin).length
      const own = cases.filter(({ caseId }) => caseId === id)
      expect(own.length).toBe((subjects.length + twins) * models.length)
    }
    const last = gallery.at(-1)?.subjects[0]?.id
    await store.getState().openNeighbour('previous')
    expect(store.getState().caseId).toBe(last)
    await store.getState().openNeighbour('next')
    expect(store.getState().caseId).toBe('hippocampus/subject-1')
  }, 60_000)

  test('a case opens by its name and by its number; without groups it is a plain list', async () => {
    expect((await start('putamen')).getState().caseId).toBe('putamen/subject-1')
    expect((await start('2/3')).getState().caseId).toBe('putamen/subject-3')
    const store = makeStore(page.clients, async (path, signal) => {
      if (path === 'cases/groups.json') throw new Error('404')
      return fetchPublic(path, signal)
    })
    await store.getState().start('none')
    expect(store.getState().galleryGroups.map(({ title }) => title)).toEqual(['Cases'])
    expect(store.getState().notices).toEqual([])
  }, 60_000)

  test('another model of the case looks at the very same picture', async () => {
    const store = await withTwoModels()
    const [image] = store.getState().images
    const { truth } = store.getState()
    await store.getState().openCase('hippocampus/subject-1@other')
    const app = store.getState()
    expect(app.images[0]).toBe(image)
    expect(app.truth).toBe(truth)
    expect(app.model?.card.title).toBe((await readJson('cases/putamen/model.card.json')).title)
    const runs = app.runs.map(({ source }) => [source.variant?.title, source.image === image])
    expect(runs).toEqual([
      ['first training', true],
      ['second training', true],
    ])
    expect(app.runs.every(({ state }) => state.kind === 'done')).toBe(true)
    await app.openCase('hippocampus/subject-1@other/twin')
    expect(store.getState().images[0]).not.toBe(image)
    expect(shownTruth(store.getState())).not.toBeNull()
  }, 60_000)
})

describe('hidden truth', () => {
  test('the mask and what tells it are gone until it is revealed; guesses are measured', async () => {
    const store = await start()
    const app = () => store.getState()
    const { voxels } = app().images[0]!
    const [nx, ny] = voxels.dims
    const inside = app().truth!.mask.indexOf(1)
    const hit = [inside % nx, Math.floor(inside / nx) % ny, Math.floor(inside / (nx * ny))] as const
    app().startGuessing()
    expect(shownTruth(app())).toBeNull()
    app().setCrosshair([0, 0, 0], hit)
    app().addGuess()
    app().addGuess()
    app().setCrosshair([0, 0, 0], [0, 0, 0])
    app().addGuess()
    expect(app().guessing?.guesses.map(({ distanceMm }) => distanceMm)).toEqual([null, null])
    app().reveal()
    expect(shownTruth(app())).toBe(app().truth)
    const [first, second] = app().guessing!.guesses
    expect(first?.distanceMm).toBe(0)
    let nearest = Number.POSITIVE_INFINITY
    app().truth!.mask.forEach((value, at) => {
      const far = Math.hypot(at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny)))
      if (value) nearest = Math.min(nearest, 2 * far)
    })
    expect(second?.distanceMm).toBeCloseTo(nearest, 6)
    expect(app().announcement).toMatch(/1 of 2 guesses hit the truth; the nearest miss is/)
    await app().openCase('hippocampus/subject-2')
    expect(app().guessing).toEqual({ guesses: [], isRevealed: false })
    app().stopGuessing()
    expect(shownTruth(app())).not.toBeNull()
  })

  test('no name tells what the case is about, from the first moment on', async () => {
    const told: string[] = []
    const store = makeStore(page.clients)
    store.subscribe(({ loading, announcement }) => told.push(loading ?? '', announcement))
    await store.getState().start('2/3', true)
    const app = store.getState()
    expect(openEntry(app)?.id).toBe('putamen/subject-3')
    const shown = shownRun(app)!
    const { source } = shown.run
    const reading = app.prediction.kind === 'done' ? app.prediction.reading : null
    const names = (isHidden: boolean) => [
      caseName(app, openEntry(app)!),
      modelName(app, app.model!),
      targetName(isHidden, shown.result.targetLabel, source),
      describeMap(shown, isHidden),
      ...captionLines(shown, 'radiological', isHidden),
      JSON.stringify(shownReading(isHidden, reading!)),
    ]
    const about = /putamen|putamina|lowered|normal/i
    for (const text of [...names(true), ...told]) expect(text).not.toMatch(about)
    expect(names(true)).toContain('class 1')
    expect(names(true)[0]).toBe('Case 2, subject 3')
    expect(names(false).join()).toMatch(about)
    app.reveal()
    expect(caseName(store.getState(), openEntry(app)!)).toMatch(about)
  }, 30_000)

  test('labels with several names lose each of them, and nothing else', () => {
    const source = { card: { classNames: ['no nodule', 'nodule', '', 'a.b'] } } as never
    const hidden = (label: string) => targetName(true, label, source)
    expect(hidden('no nodule minus nodule')).toBe('class 0 minus class 1')
    expect(hidden('probability of nodule, nodules')).toBe('probability of class 1, nodules')
    expect(hidden('a.b acb')).toBe('class 3 acb')
    expect(targetName(false, 'nodule', source)).toBe('nodule')
  })

  test('a case is drawn by chance, never the one that is open', async () => {
    const store = await start()
    const { gallery } = store.getState()
    const withTruth = gallery.filter(({ tags }) => !tags.includes('control')).map(({ id }) => id)
    for (const chance of [0, 0.999]) {
      const before = openEntry(store.getState())?.caseId
      await store.getState().drawCase(chance)
      const drawn = openEntry(store.getState())?.caseId
      const others = withTruth.filter((id) => id !== before)
      expect(drawn).toBe(chance === 0 ? others[0] : others.at(-1))
      expect(store.getState().guessing).toEqual({ guesses: [], isRevealed: false })
      expect(shownTruth(store.getState())).toBeNull()
    }
  }, 30_000)

  test('a control is never drawn and never hidden: there is nothing to guess', async () => {
    const store = await start('control-random', true)
    const app = () => store.getState()
    expect(openEntry(app())?.caseId, 'asked for by its address').toBe('control-random')
    expect(app().guessing).toBeNull()
    app().startGuessing()
    expect(app().guessing).toBeNull()
    const controls = app().gallery.filter(({ tags }) => tags.includes('control'))
    expect(controls.map(({ id }) => id)).toEqual(['control-untrained', 'control-random'])

    const opened: string[] = []
    const { openCase } = app()
    store.setState({ openCase: async (id) => void opened.push(id) })
    for (let draw = 0; draw < 100; draw++) await app().drawCase(draw / 100)
    const others = app().gallery.filter((card) => !controls.includes(card))
    expect([...new Set(opened)]).toEqual(others.map(({ subjects }) => subjects[0]?.id))
    store.setState({ openCase })

    // Hidden, "next" and "previous" pass over them; not hidden, they are cases like any other.
    await app().openCase(others.at(-1)!.subjects[0]!.id)
    app().startGuessing()
    await app().openNeighbour('next')
    expect(openEntry(app())?.caseId).toBe(others[0]?.id)
    await app().openNeighbour('previous')
    expect(openEntry(app())?.caseId).toBe(others.at(-1)?.id)
    expect(app().guessing).toEqual({ guesses: [], isRevealed: false })
    await app().openCase('control-untrained/subject-2')
    expect(app().guessing, 'a control that is opened ends the guessing').toBeNull()
    expect(shownTruth(app())).not.toBeNull()
  }, 120_000)
})
