/** @file What is loaded: opens, replaces and removes it, and predicts when image and model are there. */

import { attributionMethods } from '../core/attribution/methods.ts'
import { Failure } from '../core/failure.ts'
import { peakOf, shownRun } from './active-run.ts'
import type { Slice } from './app-state.ts'
import type { CaseSubject } from './case-files.ts'
import { createDataContext, type DataDependencies } from './data-context.ts'
import type { DataSlice } from './data-state.ts'
import { asSentence } from './describe-error.ts'
import { defaultDisplay } from './display-slice.ts'
import { estimateMs, optionsOf } from './estimate.ts'
import { isGuessable } from './guessable.ts'
import { fetchKnownTruths } from './known-truths.ts'
import { applyRole, fitTruth, setImages, showTruth } from './layers.ts'
import { reloadModel } from './load-model.ts'
import { createSubjectLoader } from './load-subject.ts'
import { methodChoices } from './method-choices.ts'
import { caseName, findByNeutralId } from './neutral-names.ts'
import { openCard, openEntry } from './open-entry.ts'
import { openLocalFiles } from './open-local-files.ts'
import { createPredictor } from './predict.ts'
import { readGallery } from './read-gallery.ts'
import { toMm } from './read-point.ts'

/** A run below this starts by itself after files are opened. */
const quickMs = 10_000

const ownFiles = { caseId: null, caseTitle: null } as const

export const createDataSlice =
  (dependencies: DataDependencies): Slice<DataSlice> =>
  (set, get) => {
    const context = createDataContext(dependencies, get, set)
    const predict = createPredictor(context)
    const loadSubject = createSubjectLoader(context)
    let subjects: readonly CaseSubject[] = []
    let opening = new AbortController()
    const renewOpening = () => {
      opening.abort()
      opening = new AbortController()
      return opening.signal
    }

    const explainFirst = async (subject: CaseSubject, truth: Promise<void>, isNew: boolean) => {
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
      // Else the threshold of the case before would stay; within a case the user's own does.
      const percentile = subject.percentile ?? defaultDisplay(true).percentile
      if (isNew) get().changeDisplay(shown.run.id, { percentile }, 'no')
      get().setCrosshair(toMm(shown.run.source.image.voxels.affine, peakOf(shown)))
    }

    /** Own files get a first map without a click too, where that does not keep anyone waiting. */
    const explainIfQuick = async () => {
      const { methodId, model, pending, prediction, provider } = get()
      if (prediction.kind !== 'done' || pending.length > 0) return
      const choices = methodChoices(model?.loaded.summary ?? null, null).flatMap(
        (group) => group.choices,
      )
      const isPossible = choices.some(({ value, disabled }) => value === methodId && !disabled)
      const expected = estimateMs(get(), methodId, optionsOf(get()))
      const isQuick = expected === null ? provider?.id === 'webgpu' : expected < quickMs
      if (isPossible && isQuick) await get().startRun()
      await get().describe()
    }

    return {
      cases: [],
      gallery: [],
      galleryGroups: [],
      caseId: null,
      caseTitle: null,
      knownTruths: null,
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

      async start(caseId, isHidden = false) {
        set({ isOpening: true, loading: 'the list of cases' })
        if (isHidden && caseId !== 'none') set({ guessing: { guesses: [], isRevealed: false } })
        let broken: Awaited<ReturnType<typeof readGallery>>['broken'] = []
        await context.attempt('data', 'the list of cases', async () => {
          const read = await readGallery(dependencies.fetchBytes, opening.signal)
          subjects = read.entries
          broken = read.broken
          const gallery = read.groups.flatMap(({ cases }) => cases)
          set({ cases: subjects, gallery, galleryGroups: read.groups })
        })
        const named =
          subjects.find((one) => one.id === caseId || one.caseId === caseId) ??
          findByNeutralId(get(), caseId ?? '')
        const chosen = caseId === 'none' ? undefined : (named ?? subjects[0])
        if (chosen) await get().openCase(chosen.id)
        else set({ isOpening: false, loading: null })
        for (const { id, error } of broken) {
          await context.attempt('data', `the case ${id}`, () => Promise.reject(error))
        }
        // Nothing waits for these numbers, so that they come after the first map.
        await context.attempt('data', 'cases/truth.json', async () => {
          const { signal } = new AbortController()
          set({ knownTruths: await fetchKnownTruths(dependencies.fetchBytes, signal) })
        })
      },

      async openCase(id) {
        const subject = subjects.find((candidate) => candidate.id === id)
        if (!subject) return
        const signal = renewOpening()
        get().clearNotices('data')
        const card = openCard(get(), subject)
        // Of a control there is nothing to guess.
        if (card && !isGuessable(card)) get().stopGuessing()
        const isNew = openEntry(get())?.caseId !== subject.caseId
        const { title } = subject
        const name = caseName(get(), subject)
        set({ isOpening: true, loading: name, caseId: id, caseTitle: title, pending: [] })
        await context.attempt('data', name, async () => {
          const { truth } = await loadSubject(subject, signal)
          set({ loading: null })
          await explainFirst(subject, truth, isNew)
        })
        if (!signal.aborted) set({ isOpening: false, loading: null })
      },

      async openNeighbour(way) {
        const { guessing } = get()
        const gallery = get().gallery.filter((card) => guessing === null || isGuessable(card))
        const open = gallery.findIndex(({ id }) => id === openEntry(get())?.caseId)
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
