/** @file What is loaded: opens, replaces and removes it, and predicts when image and model are there. */

import { attributionMethods } from '../core/attribution/methods.ts'
import { Failure } from '../core/failure.ts'
import { peakOf, shownRun } from './active-run.ts'
import type { Slice } from './app-state.ts'
import { type CaseSubject, fetchCase, fetchCaseIds } from './case-files.ts'
import { createDataContext, type DataDependencies } from './data-context.ts'
import type { DataSlice } from './data-state.ts'
import { asSentence } from './describe-error.ts'
import { estimateMs, optionsOf } from './estimate.ts'
import { applyRole, fitTruth, setImages, showTruth } from './layers.ts'
import { reloadModel } from './load-model.ts'
import { loadSubject } from './load-subject.ts'
import { methodChoices } from './method-choices.ts'
import { openLocalFiles } from './open-local-files.ts'
import { createPredictor } from './predict.ts'
import { toMm } from './read-point.ts'

/** A run below this starts by itself after files are opened. */
const quickMs = 10_000

const ownFiles = { caseId: null, caseTitle: null } as const

export const createDataSlice =
  (dependencies: DataDependencies): Slice<DataSlice> =>
  (set, get) => {
    const context = createDataContext(dependencies, get, set)
    const predict = createPredictor(context)
    let subjects: readonly CaseSubject[] = []
    /** The model that `modelOfCase` is the path of; another one means it was replaced. */
    let caseModel: unknown = null
    let modelOfCase: string | null = null
    let opening = new AbortController()
    const renewOpening = () => {
      opening.abort()
      opening = new AbortController()
      return opening.signal
    }

    const explainFirst = async (subject: CaseSubject, truth: Promise<void>) => {
      const method = attributionMethods.find(({ id }) => id === subject.defaultMethod)
      if (method) get().chooseMethod(method.id)
      get().setTarget(subject.target ?? 'argmax')
      await Promise.all([predict(), truth])
      if (opening.signal.aborted || get().prediction.kind !== 'done') return
      await get().startRun()
      void get().describe()
      // The first thing to see of a fresh case is where its map is strongest.
      const shown = shownRun(get())
      if (!shown || shown.run.source.image !== get().images[0]) return
      const { percentile } = subject
      if (percentile !== null) get().changeDisplay(shown.run.id, { percentile }, 'no')
      get().setCrosshair(toMm(shown.run.source.image.voxels.affine, peakOf(shown)))
    }

    /** Own files get a first map without a click too, where that does not keep anyone waiting. */
    const explainIfQuick = async () => {
      const { pace, methodId, prepared, model, pending, prediction, provider } = get()
      if (prediction.kind !== 'done' || pending.length > 0) return
      const choices = methodChoices(model?.loaded.summary ?? null, null).flatMap(
        (group) => group.choices,
      )
      const isPossible = choices.some(({ value, disabled }) => value === methodId && !disabled)
      const expected = estimateMs(pace, methodId, optionsOf(get()), prepared)
      const isQuick = expected === null ? provider?.id === 'webgpu' : expected < quickMs
      if (isPossible && isQuick) await get().startRun()
      await get().describe()
    }

    /** Every case that can be read; gives those that cannot, which do not stop the others. */
    const readCases = async () => {
      const { fetchBytes } = dependencies
      const { signal } = opening
      const ids = await fetchCaseIds(fetchBytes, signal)
      const ends = await Promise.allSettled(ids.map((id) => fetchCase(fetchBytes, id, signal)))
      const read = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
      subjects = read.flatMap(({ entries }) => entries)
      set({ cases: subjects, gallery: read.map(({ card }) => card) })
      return ends.flatMap((end, at) =>
        end.status === 'rejected' ? [{ id: ids[at] ?? '', error: end.reason as unknown }] : [],
      )
    }

    return {
      cases: [],
      gallery: [],
      caseId: null,
      caseTitle: null,
      isOpening: false,
      loading: null,
      images: [],
      model: null,
      provider: null,
      truth: null,
      truthVisible: true,
      prepared: null,
      prediction: { kind: 'none' },
      pending: [],

      async start(caseId) {
        set({ isOpening: true, loading: 'the list of cases' })
        const broken: Awaited<ReturnType<typeof readCases>> = []
        await context.attempt('data', 'the list of cases', async () => {
          broken.push(...(await readCases()))
        })
        const named = subjects.find((one) => one.id === caseId || one.caseId === caseId)
        const chosen = caseId === 'none' ? undefined : (named ?? subjects[0])
        if (chosen) await get().openCase(chosen.id)
        else set({ isOpening: false, loading: null })
        for (const { id, error } of broken) {
          await context.attempt('data', `the case ${id}`, () => Promise.reject(error))
        }
      },

      async openCase(id) {
        const subject = subjects.find((candidate) => candidate.id === id)
        if (!subject) return
        const signal = renewOpening()
        get().clearNotices('data')
        const { title } = subject
        set({ isOpening: true, loading: title, caseId: id, caseTitle: title, pending: [] })
        await context.attempt('data', title, async () => {
          const isLoaded = caseModel === get().model?.loaded && modelOfCase === subject.model
          const { truth } = await loadSubject(context, subject, isLoaded, signal)
          caseModel = get().model?.loaded
          modelOfCase = subject.model
          set({ loading: null })
          await explainFirst(subject, truth)
        })
        if (!signal.aborted) set({ isOpening: false, loading: null })
      },

      async openNeighbour(way) {
        const { gallery, caseId } = get()
        const open = gallery.findIndex(({ id }) => caseId?.startsWith(`${id}/`))
        const last = gallery.length - 1
        const next = way === 'next' ? (open === last ? 0 : open + 1) : open <= 0 ? last : open - 1
        const id = gallery[next]?.subjects[0]?.id
        if (id !== undefined && next !== open) await get().openCase(id)
      },

      async openFiles(files) {
        if (files.length === 0) return
        renewOpening()
        get().clearNotices('data')
        set({ loading: files.map(({ name }) => name).join(', '), isOpening: false })
        const before = get()
        await openLocalFiles(context, files)
        const { images, model, pending } = get()
        set({ loading: null })
        if (pending.length > before.pending.length) get().openDialog('roles')
        if (images === before.images && model === before.model) return
        await predict()
        await explainIfQuick()
      },

      async assignRole(volumeId, role) {
        const { images, pending } = get()
        const found = pending.find(({ layer }) => layer.info.id === volumeId)
        if (!found) return
        set({ pending: pending.filter((other) => other !== found) })
        const { layer } = found
        await context.attempt('data', layer.info.name, () => applyRole(context, layer, role))
        if (get().images === images) return
        await predict()
        await explainIfQuick()
      },

      dismissPending(volumeId) {
        set({ pending: get().pending.filter(({ layer }) => layer.info.id !== volumeId) })
        context.closeUnused([volumeId])
      },

      removeImage(volumeId) {
        set(ownFiles)
        const rest = get().images.filter(({ info }) => info.id !== volumeId)
        void setImages(context, rest).then(predict)
      },

      removeModel() {
        for (const { id } of get().runs) get().cancelRun(id)
        set({ ...ownFiles, model: null, prepared: null, prediction: { kind: 'none' } })
        get().clearNotices('prediction')
      },

      removeTruth() {
        const { truth } = get()
        set({ truth: null })
        if (truth) context.closeUnused([truth.info.id])
        void get().measureRuns()
      },

      async chooseFrame(frame) {
        const [image, ...others] = get().images
        if (!image || image.info.frame === frame) return
        await context.attempt('data', image.info.name, async () => {
          const read = context.reread(image.info.id)
          if (!read)
            throw new Failure('bad-request', 'The file cannot be read again: open it anew.')
          const layer = await context.openVolume(image.info.name, read, frame)
          await setImages(context, [layer, ...others])
          await predict()
        })
      },

      async chooseTruthLabel(label) {
        const { truth, images } = get()
        const [image] = images
        if (!truth || !image) return
        await context.attempt('data', truth.info.name, async () => {
          await showTruth(context, await fitTruth(context, truth.info, image, label))
        })
      },

      setTruthVisible: (truthVisible) => set({ truthVisible }),

      async setRandomSeed(seed) {
        const { model } = get()
        if (!model || model.randomSeed === seed) return
        get().clearNotices('data')
        await context.attempt('data', model.name, async () => {
          await reloadModel(context, seed)
          await predict()
        })
      },

      async setCard(card) {
        const { model } = get()
        if (!model) return
        set({ model: { ...model, card, cardSource: 'edited', guesses: [] } })
        await predict()
        await get().describe()
      },

      async setFeed(input, feed) {
        const { model } = get()
        if (!model) return
        set({ model: { ...model, feeds: model.feeds.with(input, feed) } })
        await predict()
        await get().describe()
      },

      noteProvider(provider) {
        const before = get().provider
        if (before?.label === provider.label) return
        set({ provider })
        if (before && before.id !== provider.id) {
          const text = `The work has moved from ${before.label} to ${provider.label}: ${asSentence(provider.reason)}`
          get().notify({ place: 'run', tone: 'caution', text })
        }
      },
    }
  }
